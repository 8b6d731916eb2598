"""Names, e-mail addresses and telephone numbers as people type them, in a form that both peers accept."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accepted import accepts_phone
from shared.domain.person import (
    apart,
    check_length,
    email,
    email_for_people,
    first_name,
    full_last_name,
    initials,
    last_name,
    phone,
    prefix,
)
from shared.domain.prefixes import PREFIXES, split_prefix
from shared.domain.problem import Problem
from shared.hoomdossier.payloads import phone_number as phone_for_hoomdossier
from tests.domain.attempt import COUNTRIES, attempt
from tests.fixtures import rows

NAME_READERS = (first_name, last_name, prefix, initials)


@pytest.mark.parametrize(
    "name", ["Anna", "J.P.", "\u00cfsbrand", "'t Hooft", "O", "Bakkerij De Gouden Aar B.V.", "Bewoner", "3M"]
)
def test_name_stays_as_it_is(name):
    assert first_name(name) == last_name(name) == name


def test_name_is_composed_and_on_one_line_without_invisible_characters():
    assert last_name(" \ufeffde\u00a0\t Groe\u0308n\u200b\u202e\r\n") == "de Gro\u00ebn"


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u3164", "123", "-", "100%", "a_b", "%", "x" * 192, "Jan\ud800"])
def test_what_is_no_name_is_refused(name):
    for read in (first_name, last_name):
        with pytest.raises(Problem):
            read(name)


NAMES = [
    "St. Clair", "J.P. de Vries", "J.P.de Vries", "J.Li", "j.te Riele", "Jansen-v.d. Berg", "Fam.Jansen", "Dr.Kuyper", "A.De Wit", "v.d.Berg",
    "Jansen & Zn", "Jansen / De Wit", "D'Arcy",
    "Fam.de Wit", "J.de Boer", "M.E. van Dam", "St. Maarten", "Bakker V.O.F.", "Bakkerij De Aar c.s.", "Ph.D. Co", "A. Page", "Geen", "Nul", "Null", "Nee", "R&D",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a joiner
    "Anna \U0001f469\u200d\U0001f469\u200d\U0001f467",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_name_with_signs_is_a_name(name):
    for read in (first_name, last_name):
        assert read(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Gratis iPhone https://spam.example/x",
        "Gratis HTTP://spam",
        "www.spam.example",
        "Gratis iphone.shop",
        "Win bij casino.bet",
        "t.me",
        "Ga naar T.Me",
        "x.ai",
        "a.b.nl",
        "x.com",
        "WWW . spam",
        "spam.example/x",
        "spam.nl",
        "Win nu op spam.com!",
        "t.me/spam",
        "mailto:jan",
        "jan@example.org",
        "Jan @ example",
        "//spam",
        "\uff57\uff57\uff57.spam.example",
        "http:spam",
        "javascript:alert(1)",
        "spam.co.uk",
        "10.0.0.1/x",
        "spam\u3002com/x",
        "&#104;ttps:&#47;&#47;spam.example",
        "hxxp:spam",
        "hXXps://spam",
        "www .spam.nl",
        "w w w . s p a m",
        "spam .com",
        "spam. com",
        "spam .\nnl",
        "spam[.]bank",
        "spam (dot) bank",
        "spam punt nl",
        "spam\u2024bank",
        "spam\uff0ebank",
        "spam\uff61bank",
        "spam\ufe52bank",
        "spam\u30fbcom",
        "\U0001d42c\U0001d429\U0001d41a\U0001d426.\U0001d41b\U0001d41a\U0001d427\U0001d424",
        "spam.de",
        "Spam.Bank",
        "spam.amsterdam",
        "spam.xn--p1ai",
        "spam.\u0440\u0444",
        "sp\u00e4m.c\u043em",
        "spam\u200b.ban\u00adk",
        "St.spam.bank",
        "klik.hier",
        "[2001:db8::1]",
        "fe80:0:0:1",
        "ftp:spam",
        "whatsapp:31612345678",
    ],
)
def test_name_with_a_link_is_refused(name):
    for read in NAME_READERS:
        with pytest.raises(Problem, match="webadres"):
            read(name)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("O&#039;Neill", "O'Neill"),
        ("O&#x27;Neill", "O'Neill"),
        ("O&amp;#039;Neill", "O'Neill"),
        ("O&apos;Neill", "O'Neill"),
        ("Jansen &amp; Zn", "Jansen & Zn"),
        ("Ren&eacute;&nbsp;", "Ren\u00e9"),
        ("\\'t Hooft", "'t Hooft"),
        ("\\\\\\'t Hooft", "'t Hooft"),
        ('Jan \\"Jansen\\"', 'Jan "Jansen"'),
        ("&#8206;Anna&shy;", "Anna"),
    ],
)
def test_name_that_software_escaped_is_as_it_was_typed(typed, expected):
    for read in NAME_READERS:
        assert read(typed) == expected


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("O&#039Neill", "&#"),
        ("Jansen &zn;", "&zn;"),
        ("Ren&eacute", "&eacute"),
        ("Jansen &amp Zn", "&amp"),
        ("Jos\\u00e9", "schuine streep naar links (\\)"),
        ("Jansen\\de Wit", "schuine streep naar links (\\)"),
        ("<b>Jan</b>", "teken <"),
        ("Jos\ufffd", "teken \ufffd"),
    ],
)
def test_name_with_a_code_of_which_the_meaning_is_not_certain_is_a_question(typed, shown):
    for read in NAME_READERS:
        with pytest.raises(Problem, match=re.escape(f"{shown} in, en dat hoort niet in een naam")):
            read(typed)


NOTHING = ["", " ", "-", "--", "\u2014", ".", "/", "geen", "GEEN", "(geen)", "n.v.t.", "nvt", "n/a", "nee", "null", "NULL",
           "None", "undefined", "NaN", "0", "0.0", "geen tussenvoegsel", "niet van toepassing"]  # fmt: skip


@pytest.mark.parametrize("nothing", NOTHING)
def test_words_for_nothing_are_no_prefix_no_initials_and_no_telephone_number(nothing):
    assert prefix(nothing) == initials(nothing) == phone(nothing, "NL") == ""
    assert phone_for_hoomdossier(nothing, "NL") == ""


def test_prefix_is_what_was_typed():
    assert prefix(" van  den ") == "van den"
    assert prefix("x") == phone("x", "NL") == phone("NA", "BE") == ""
    assert initials("X") == "X"
    with pytest.raises(Problem, match="letters"):
        prefix("12")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("van den", "van den Berg"), ("van den", "Berg")),
        (("van den", "Van den Berg"), ("van den", "Berg")),
        (("Van Den", "van den Berg"), ("Van Den", "Berg")),
        (("van", "van den Berg"), ("van den", "Berg")),
        (("van den", "den Berg"), ("van den", "Berg")),
        (("van den", "Berg, van den"), ("van den", "Berg")),
        (("van den", "Berg van den"), ("van den", "Berg")),
        (("v.d.", "v.d. Berg"), ("v.d.", "Berg")),
        (("v.d.", "van den Berg"), ("van den", "Berg")),
        (("'t", "\u2019t Hooft"), ("'t", "Hooft")),
        (("van den", "Berg"), ("van den", "Berg")),
        (("van", "den Berg"), ("van", "den Berg")),
        (("de", "Jong-de Wit"), ("de", "Jong-de Wit")),
        (("de", "De"), ("de", "De")),
        (("", "van den Berg"), ("", "van den Berg")),
        (("", "Van den Berg"), ("", "Van den Berg")),
        (("van", "Vandenberg"), ("van", "Vandenberg")),
        (("den", "van den Berg"), ("van den", "Berg")),
        (("der", "Van der Elst"), ("van der", "Elst")),
        (("d'", "d'Hondt"), ("d'", "Hondt")),
        (("d'", "D\u2019Hondt"), ("d'", "Hondt")),
    ],
)
def test_a_prefix_that_stands_in_both_fields_is_there_once(typed, expected):
    assert apart(*typed) == expected
    assert apart(*expected) == expected


PARTS = st.lists(st.sampled_from(["van", "Van", "de", "den", "v.d.", "'t", "Berg", "\u0130", ","]), max_size=4).map(
    " ".join
)


@given(PARTS, PARTS)
def test_apart_leaves_a_last_name_and_makes_nothing_up(front, back):
    once = apart(front, back)
    assert bool(once[1]) == bool(back)
    assert set(" ".join(once).casefold().split()) <= {
        *(word.strip(",") for word in f"{front} {back}".casefold().split()),
        ",",
    }


def test_prefix_and_last_name_share_one_column_of_hoomdossier():
    assert full_last_name("van den", "Berg") == "van den Berg"
    assert full_last_name("", "Berg") == "Berg"
    with pytest.raises(Problem):
        check_length("Anna", "van", "x" * 188)


def test_a_full_name_fits_the_line_that_hoomdossier_logs_of_it():
    check_length("x" * 90, "van", "y" * 58)
    for name in (("x" * 90, "van", "y" * 59), ("x" * 85, "", "y" * 81)):
        with pytest.raises(Problem, match="samen"):
            check_length(*name)


@given(st.text())
def test_any_text_is_no_name_or_one_that_fits_and_stays(text):
    for read in NAME_READERS:
        name = attempt(read, text)
        if name:
            assert read(name) == name == unicodedata.normalize("NFC", name).strip()
            assert len(name) <= 191
            assert not re.search(r"[%_\x00-\x1f]", name)
            name.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("van den Berg", ("van den", "Berg")),
        ("de Jong", ("de", "Jong")),
        ("'t Hooft", ("'t", "Hooft")),
        ("van \u2019t Hof", ("van \u2019t", "Hof")),
        ("in 't Veld", ("in 't", "Veld")),
        ("op de Beek", ("op de", "Beek")),
        ("van de Ven-de Wit", ("van de", "Ven-de Wit")),
        ("de la Roche", ("de la", "Roche")),
        ("von der Heide", ("von der", "Heide")),
        ("el Idrissi", ("el", "Idrissi")),
        ("d' Ancona", ("d'", "Ancona")),
        ("Van den Berg", ("", "Van den Berg")),
        ("Jansen van Dam", ("", "Jansen van Dam")),
        ("Berg", ("", "Berg")),
        ("van", ("", "van")),
        ("van de", ("van", "de")),
        ("", ("", "")),
    ],
)
def test_prefix_is_found_in_front_of_a_last_name(name, expected):
    assert split_prefix(name) == expected


@given(st.sampled_from(sorted(PREFIXES)), st.from_regex(r"[A-Z][a-z]{1,8}(-[A-Z][a-z]{1,8})?", fullmatch=True))
def test_split_is_the_reverse_of_joining(front, name):
    assert split_prefix(full_last_name(front, name)) == (front, name)


@given(st.text("van de'tBrg "))
def test_splitting_loses_nothing(name):
    front, back = split_prefix(name)
    assert (f"{front} {back}" if front else back) == name


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" Jan@Example.ORG\u200b ", "Jan@example.org"),
        ("jan+zon@example.org", "jan+zon@example.org"),
        ("o'brien_1@sub.voorbeeld.example", "o'brien_1@sub.voorbeeld.example"),
        ("jan@zonne\u00ebnergie.example", "jan@xn--zonneenergie-cjb.example"),
        ("jan@example.org.", "jan@example.org"),
        ("jan@example.org;", "jan@example.org"),
        ("jan@example.org, ", "jan@example.org"),
        ("<jan@example.org>", "jan@example.org"),
        ("Jan <jan@example.org>", "jan@example.org"),
        ('"Vries, Jan de" <jan@example.org>;', "jan@example.org"),
        ("jan@example.org <jan@example.org>", "jan@example.org"),
        ("mailto:jan@example.org", "jan@example.org"),
        ("MAILTO:jan@example.org?subject=Dag", "jan@example.org"),
        ("<mailto:jan@example.org>", "jan@example.org"),
        ("'jan@example.org'", "jan@example.org"),
        ("(jan@example.org).", "jan@example.org"),
        ("<jan@example.org", "jan@example.org"),
        ("jan@example.org>/", "jan@example.org"),
        ("o&#039;brien@example.org", "o'brien@example.org"),
        ("o\\'brien@example.org", "o'brien@example.org"),
        ("r&d@example.org", "r&d@example.org"),
        ("Lea <lea@b\u00fccher.example>", "lea@xn--bcher-kva.example"),
    ],
)
def test_email_address_is_kept_with_its_domain_in_ascii(typed, expected):
    if "xn--" in expected:
        expected = expected.partition("@")[0] + "@" + typed.strip(">").partition("@")[2].encode("idna").decode()
    assert email(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jan",
        "jan@",
        "jan@example",
        "@example.org",
        "jan..b@example.org",
        ".jan@example.org",
        "jan@-a.example",
        "jan @example.org",
        "Jan <jan@example.org>, Piet <piet@example.org>",
        "piet@example.org <jan@example.org>",
        '"jan p"@example.org',
        "j\u00e4n@example.org",
        "j\u0430n@example.org",
        "jan@[127.0.0.1]",
        "jan@example.org, piet@example.org",
        "jan@example.org\r\nBcc: piet@example.org",
        "x" * 65 + "@example.org",
        "a@" + ".".join(["x" * 60] * 4) + ".nl",
        "jan\ud800@example.org",
    ],
)
def test_email_address_that_one_of_the_two_cannot_use_is_refused(typed):
    with pytest.raises(Problem):
        email(typed)


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("jan @example.org", "een spatie"),
        ("jan@example,org", "een komma"),
        ("jan@exa mple.org", "een spatie"),
        ("jan;@example.org", "een puntkomma"),
        ("j\u00e4n@example.org", "het teken \u00e4"),
        ("jan@exam_ple.org", "een laag streepje"),
        ("Naam: jan@example.org", "een dubbele punt"),
    ],
)
def test_email_address_with_a_sign_too_much_is_refused_with_its_name(typed, sign):
    with pytest.raises(Problem, match=f"kan {sign} niet staan"):
        email(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "a?bcc=evil%40evil.example&body=hoi@example.org",
        "a?bcc=b@example.org",
        "a%40evil.example@example.org",
        "jan%2Cpiet@example.org",
        "evil.example!jan@example.org",
        "spam.example/x@example.org",
        "jan=evil.example@example.org",
        "{jan}@example.org",
    ],
)
def test_email_address_that_a_mail_program_reads_more_of_is_refused(typed):
    with pytest.raises(Problem, match="In een e-mailadres kan"):
        email(typed)


@pytest.mark.parametrize(
    "name", ["Bel 0900-1234567", "Bel 06 12 34 56 78", "Bel +31 (0)20 1234567", "Win 06.12345678 nu"]
)
def test_name_with_a_telephone_number_is_refused(name):
    for read in NAME_READERS:
        with pytest.raises(Problem, match="telefoonnummer"):
            read(name)


@pytest.mark.parametrize(
    "typed", ["jan@example.org, piet@example.org", "piet@example.org <jan@example.org>", "jan@@a.nl"]
)
def test_two_email_addresses_are_asked_for_one(typed):
    with pytest.raises(Problem, match="één e-mailadres"):
        email(typed)


def test_email_address_is_shown_as_it_was_typed():
    typed = "zoe@b\u00fccher.example"
    assert email("zoe@B\u00dcCHER.example") == "zoe@xn--bcher-kva.example"
    assert email_for_people(email(typed)) == typed
    assert email_for_people("Jan@example.org") == "Jan@example.org"
    for broken in ("", "geen", "jan@xn--\u00fc.example", "jan@xn--99999999.example"):
        assert email_for_people(broken) == broken


@given(st.one_of(st.text(), st.emails()))
def test_what_is_shown_of_any_text_leads_to_the_same_address(text):
    shown = email_for_people(text)
    stored = attempt(email, text)
    if stored is not None:
        assert email(email_for_people(stored)) == stored
    assert isinstance(shown, str)


DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9-]+\.)+[a-z0-9-]+")


@given(st.one_of(st.text(), st.emails(), st.text("ab.@-_+ \u00eb", max_size=20).map(lambda text: text + "@a-b.nl")))
def test_any_text_is_no_email_address_or_a_plain_one(text):
    """A dot-atom and a host name of at most 191 characters passes Hoomdossier's rule and fits both columns."""
    found = attempt(email, text)
    if found is not None:
        assert DOT_ATOM.fullmatch(found)
        assert len(found) <= 191
        assert email(found) == found


@pytest.mark.parametrize(
    "typed",
    [
        "0612345678",
        "06 12345678",
        "06-12 34 56 78",
        "06.12.34.56.78",
        "06/12345678",
        "(06) 12345678",
        "06\u00a012345678",
        "06\u201112345678",
        "+31612345678",
        "+31 6 12345678",
        "+31 (0)6 1234 5678",
        "(+31)(0)612345678",
        "(+31)612345678",
        "0031 6 12345678",
        "003106 12345678",
        "06-12345678.",
        "06-12345678,",
        "tel. 06-12345678",
        "Tel: 0612345678;",
        "31612345678",
        "612345678",
    ],
)
def test_dutch_number_in_any_usual_spelling(typed):
    assert phone(typed, "NL") == phone_for_hoomdossier(typed, "NL") == "0612345678"


@pytest.mark.parametrize(
    "typed", ["0470/12.34.56", "0470 12 34 56", "+32 470 12 34 56", "0032470123456", "+32(0)470123456"]
)
def test_belgian_mobile_number_in_any_usual_spelling(typed):
    assert phone(typed, "BE") == phone_for_hoomdossier(typed, "BE") == "0470123456"


@pytest.mark.parametrize(
    ("typed", "country", "kept", "for_hoomdossier"),
    [
        ("02 555 12 34", "BE", "025551234", ""),  # Hoomdossier takes mobile numbers only in Belgium.
        ("+31 6 12345678", "BE", "+31612345678", ""),
        ("+32 470 12 34 56", "NL", "+32470123456", "+32470123456"),
        ("+49 151 23456789", "NL", "+4915123456789", ""),  # It wants nine digits after the country's code.
        ("0800-1234", "NL", "08001234", ""),
        ("(020) 123-4567", "NL", "0201234567", "0201234567"),
    ],
)
def test_number_that_hoomdossier_refuses_is_kept_for_econobis_and_left_out_there(typed, country, kept, for_hoomdossier):
    assert phone(typed, country) == kept
    assert phone_for_hoomdossier(typed, country) == for_hoomdossier


@pytest.mark.parametrize(
    "typed",
    [
        "06",
        "06-1234567",
        "0612345",
        "bel mij",
        "06 twaalf",
        "0612345678 ext 3",
        "06 12345678 / 06 87654321",
        "x" * 300,
    ],
)
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(Problem):
        phone(typed, "NL")
    assert phone_for_hoomdossier(typed, "NL") == ""


def test_every_recorded_number_that_hoomdossier_accepts_reaches_it():
    for row in rows("phone_number"):
        country = row["country"].upper()
        if country in COUNTRIES:
            found = phone_for_hoomdossier(row["input"], country)
            assert not found or accepts_phone(found, country)
            if row["accepted"] == "true":
                assert found
            if country == "NL" and re.fullmatch(r"0[1-9](?:[ -]?[0-9]){8}", row["input"]):
                assert attempt(phone, row["input"], "NL"), row["input"]


DIGITS = st.text("0123456789 -+()./", max_size=18)


@given(st.one_of(st.text(), DIGITS), st.sampled_from(COUNTRIES))
def test_any_text_is_no_telephone_number_or_a_plain_one(text, country):
    found = attempt(phone, text, country)
    if found:
        assert re.fullmatch(r"\+?[0-9]{3,17}", found)
        assert phone(found, country) == found
    sent = phone_for_hoomdossier(text, country)
    assert not sent or (accepts_phone(sent, country) and phone_for_hoomdossier(sent, country) == sent)
