"""Names and addresses cannot carry a header, a command or another address in, and do not get out through an error."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import fast_mail_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.person import email_for_people
from shared.errors import Refused
from shared.mail.address import Address, header_text, on_the_wire, printable_line, without_addresses
from shared.mail.headers import ON_THE_WIRE

LONG = "Coöperatieve Vereniging Énergie voor Iedereen in Súdwest-Fryslân en de Fryske Marren, u.a. te Boalsert"
EVIL_NAMES = [
    "Marie\r\nBcc: boos@example.org",
    "Marie\nBcc: boos@example.org",
    "Marie\rBcc: boos@example.org",
    "Marie\x00\x0b\x0c\x85\u2028\u2029Bcc: boos@example.org",
    "=?utf-8?q?Marie=0aBcc:_boos@example.org?=",
    "=?utf-8?b?TWFyaWUKQmNjOiBib29zQGV4YW1wbGUub3Jn?=",
    "Marie <boos@example.org>, ",
    '"Marie" <boos@example.org',
    'Marie" <boos@example.org>, "',
    "boos@example.org",
    "Marie, Boos",
    "Marie (boos@example.org)",
    "groep: boos@example.org;",
    "Marie\\",
    "\ud83d half",
    "\u202eeiraM",
    "Jan, Piet, Klaas en de anderen, samen wonende aan de Lange Kerkstraat, te Gent, in België, enz.",
    "Jan, Piet, Klaas en de anderen, samen wonende aan de Lange Kerkstraat te Gent, tot nader order",
    "Anna <anna@boos.example>, van den Berg en nog veel langer dan dat, want zo heet zij nu eenmaal",
    f"{'x' * 75}é",
    f"{'Jan ' * 30}é",
    f"{'=?' * 40}é",
]


def read_back(address: Address) -> tuple[str, str]:
    """Name and e-mail address, as three readers find them in the header; one of them is not Python's."""
    message = EmailMessage(policy=ON_THE_WIRE)
    message["To"] = address.header()
    message["From"] = address.header()
    message["Subject"] = "x"
    written = message.as_bytes()
    assert max(map(len, written.splitlines())) < 200
    assert b"=?utf-8?q??=" not in written
    foreign = fast_mail_parser.parse_email(written)
    (one,) = foreign.to
    assert one.address == foreign.from_.address == on_the_wire(address.email)
    assert (one.display_name or "") == header_text(address.name)
    back = message_from_bytes(written, policy=default)
    assert list(back.keys()) == ["To", "From", "Subject"]
    (read,) = back["To"].addresses
    # Of a long name Python's newer reader keeps the spaces between encoded words, against RFC 2047 6.2.
    name, email = parseaddr(message_from_bytes(message.as_bytes())["To"])
    assert read.addr_spec == email
    return str(make_header(decode_header(name))), email


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_a_name_adds_no_header_and_no_recipient(name: str) -> None:
    assert read_back(Address(name, "marie@example.org")) == (header_text(name), "marie@example.org")


NAMES = st.one_of(
    st.text(max_size=100),
    st.lists(
        st.sampled_from(["Jan", "van den", "Müller", "é", ",", ";", ":", "<", ">", "@", '"', "\\", "(", ")", "=?", "?=",
                         "utf-8", "anna@boos.example", "<anna@boos.example>", "x" * 70, "é" * 40, "🌞", "=?utf-8?q??="]),
        max_size=30,
    ).map(" ".join),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(NAMES)
def test_any_name_is_read_back_as_one_line(name: str) -> None:
    assert read_back(Address(name, "marie@example.org")) == (header_text(name), "marie@example.org")


@pytest.mark.parametrize(
    "name",
    [
        "Jan de Vries",
        "Zoë d'Été-Müller",
        'Coöperatie "Zonnig"; Dorp, u.a.',
        "張偉",
        "Ánh 🌞",
        "A" * 150,
        LONG,
        "é" * 150,
        "",
    ],
)
def test_an_ordinary_name_arrives_as_it_is(name: str) -> None:
    assert read_back(Address(name, "marie@example.org"))[0] == name


@pytest.mark.parametrize(
    "address",
    [
        "", "marie", "marie@", "@example.org", "marie@@example.org", "marie example@example.org",
        "marie@example.org\r\nRCPT TO:<boos@example.org>", "marie@example.org\nx", "marie@example.org\x00",
        "marie@example.org, boos@example.org", "<marie@example.org>", "Marie <marie@example.org>",
        "marie@exa mple.org", "marie@-example.org", "marie@example..org", ".marie@example.org", "marie@[127.0.0.1]",
        "mar\ud83die@example.org", "marie@" + "a" * 64 + ".org", '"marie "@example.org',
        "marie@example.org>", "marie@example.org SIZE=1", "marie\u202e@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Refused) as refused:
        on_the_wire(address)
    assert "marie" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    with pytest.raises(Refused):
        Address("Marie", address).header()


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("marie@example.org", "marie@example.org"),
        ("Marie.vd.Veen+hoom@Example.ORG", "Marie.vd.Veen+hoom@example.org"),
        ("o'neill@example.org", "o'neill@example.org"),
        ("marie@coöperatie.example", "marie@xn--coperatie-17a.example"),
        ("marie@COÖPERATIE.example", "marie@xn--coperatie-17a.example"),
        ("marie@例え.テスト", "marie@xn--r8jz45g.xn--zckzah"),
        ("jörg@example.org", "jörg@example.org"),
    ],
)
def test_a_domain_goes_in_ascii(address: str, wire: str) -> None:
    assert on_the_wire(address) == wire


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("zoe@xn--bcher-kva.example", "zoe@bücher.example"),
        ("marie@example.org", "marie@example.org"),
        ("", ""),
        ("geen adres", "geen adres"),
    ],
)
def test_people_see_an_address_as_its_owner_types_it(address: str, shown: str) -> None:
    assert email_for_people(address) == shown


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"[a-z]{1,5}.?@[a-z]{1,5}.?\.nl.?", fullmatch=True)))
def test_any_text_is_an_address_of_one_line_or_refused(text: str) -> None:
    try:
        wire = on_the_wire(text)
    except Refused:
        return
    assert wire.count("@") == 1
    assert wire.isprintable()
    assert not set(wire) & set(' <>,;\r\n"')


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<marie@example.org>: no such user", "[address] no such user"),
        ("marie@example.org", "[address]"),
        ("MARIE@EXAMPLE.ORG is full", "[address] is full"),
        ("mailbox marie is full", "mailbox [address] is full"),
        ("mailbox Marie, is full", "mailbox [address], is full"),
        ("mariette is another", "mariette is another"),
        ("see http://x/?to=marie%40example.org", "see [address]"),
        ("other boos@example.org", "other [address]"),
        ("two\r\nlines\x1b[31m", "two lines [31m"),
        ("x" * 400, "x" * 300),
    ],
)
def test_an_answer_of_a_server_is_kept_without_addresses(text: str, left: str) -> None:
    assert without_addresses(text, "marie@example.org") == left


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_a_printable_line_is_printable_and_one_line(name: str) -> None:
    assert printable_line(name).isprintable()
    assert printable_line(name).splitlines() in ([], [printable_line(name)])


@pytest.mark.parametrize(
    "name",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 thuis",
        "\u0645\u06cc\u200c\u0631\u0648\u062f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_what_joins_signs_into_one_stays(name: str):
    """A family, a Persian word, a flag."""
    assert printable_line(name) == name
