"""Real SMTP against the mailbox and against servers that break off: was the mail taken, and what may be done next?"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import fast_mail_parser
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.standins.mailbox import Mailbox
from infra.standins.mailbox.box import Fault
from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable
from shared.mail.address import Address, header_text
from shared.mail.calendar import Visit, appointment
from shared.mail.facts import example
from shared.mail.headers import ON_THE_WIRE
from shared.mail.message import build
from shared.mail.render import Rendered, render
from shared.mail.settings import MailSettings
from shared.mail.smtp import Smtp
from tests.mail.tls import server_context

SENDER = Address("Zonnig Dorp", "dossier@zonnig-dorp.example")
MARIE = Address("Marie van der Veen", "marie.geheim@example.org")
WORDS = Rendered("Je Hoomdossier staat klaar", "Beste Marie\n", "<p>Beste Marie</p>")
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def mail(**changes: Any) -> EmailMessage:
    facts = {"sender": SENDER, "recipient": MARIE, "reply_to": None, "message_id": "mail-7f3a", "date": NOW}
    return build(changes.pop("rendered", WORDS), **{**facts, **changes})


def to(mailbox: Mailbox, **changes: Any) -> Smtp:
    return Smtp(**{"host": "127.0.0.1", "port": mailbox.port, "tls": "none", "timeout": 5.0, **changes})


def send(smtp: Smtp, message: EmailMessage | None = None, recipient: str = MARIE.email) -> None:
    smtp.send(message or mail(), recipient)


def failure(smtp: Smtp, **sent: Any) -> PeerError:
    with pytest.raises(PeerError) as failed:
        send(smtp, **sent)
    error: BaseException | None = failed.value
    assert "LINK_SMTP" in str(error) or "marie" not in str(error).lower()
    while error:  # A traceback shows the causes of an error too.
        assert "marie" not in f"{error!r}{error}".lower()
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return failed.value


# -- taken -------------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_made(mailbox: Mailbox, cooperation: MailSettings) -> None:
    rendered = render("welcome", cooperation, example("welcome"))
    send(to(mailbox), mail(rendered=rendered, reply_to="hulp@zonnig-dorp.example"))
    (letter,) = mailbox.letters()
    assert letter.recipients == [MARIE.email]
    assert letter.header("From") == "Zonnig Dorp <dossier@zonnig-dorp.example>"
    assert letter.header("To") == "Marie van der Veen <marie.geheim@example.org>"
    assert letter.header("Reply-To") == "hulp@zonnig-dorp.example"
    assert letter.header("Subject") == rendered.subject
    assert letter.header("Date") == "Fri, 20 Nov 2026 08:00:00 +0000"
    assert letter.header("Message-ID") == "<mail-7f3a@zonnig-dorp.example>"
    assert letter.header("Auto-Submitted") == "auto-generated"
    suppressed = set(letter.header("X-Auto-Response-Suppress").split(", "))
    assert suppressed == {"OOF", "AutoReply"}  # A notice that it was not delivered (NDR) has to come.
    assert letter.part("text/plain").splitlines() == rendered.text.splitlines()
    assert letter.part("text/html").splitlines() == rendered.html.splitlines()


def test_a_long_name_is_one_sender_and_one_recipient(mailbox: Mailbox) -> None:
    name = "Zon, wind & water, de coöperatie van, voor en door ons allen in <het> dorp, de stad en daarbuiten u.a. é"
    send(to(mailbox), mail(sender=Address(name, SENDER.email), recipient=Address(name, MARIE.email)))
    foreign = fast_mail_parser.parse_email(mailbox.letters()[0].message.as_bytes(policy=ON_THE_WIRE))
    assert (foreign.from_.display_name, foreign.from_.address) == (name, SENDER.email)
    assert [(it.display_name, it.address) for it in foreign.to] == [(name, MARIE.email)]


def test_text_html_and_appointment_are_one_mail(mailbox: Mailbox) -> None:
    visit = Visit("a@dossierlink", 1, stamp=NOW, starts_at=NOW + timedelta(days=3), minutes=90, summary="Bezoek")
    content = appointment(visit, SENDER, [MARIE])
    send(to(mailbox), mail(calendar=content))
    message = mailbox.letters()[0].message
    mixed = list(message.iter_parts())
    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in mixed] == ["multipart/alternative", "application/ics"]
    shown = list(mixed[0].iter_parts())
    assert [part.get_content_type() for part in shown] == ["text/plain", "text/html", "text/calendar"]
    assert shown[2]["Content-Type"].params["method"] == "REQUEST"
    assert shown[2].get_content().replace("\r\n", "\n") == content.decode().replace("\r\n", "\n")
    assert mixed[1].get_content() == content
    assert mixed[1].get_filename() == "afspraak.ics"


def test_a_cancellation_says_so_in_its_part() -> None:
    visit = Visit("a@dossierlink", 2, stamp=NOW, starts_at=NOW, minutes=90, summary="x", cancelled=True)
    content = appointment(visit, SENDER, [])
    part = next(part for part in mail(calendar=content).walk() if part.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == "CANCEL"


def test_the_same_item_is_the_same_message(mailbox: Mailbox) -> None:
    for _ in range(2):
        send(to(mailbox))
    send(to(mailbox), mail(message_id="mail-other"))
    first, second, third = (letter.header("Message-ID") for letter in mailbox.letters())
    assert first == second == "<mail-7f3a@zonnig-dorp.example>"
    assert third != first
    assert without_boundary(mail()) == without_boundary(mail())


def without_boundary(message: EmailMessage) -> bytes:
    """The message with a fixed boundary: the library draws the boundary between the parts at random."""
    message.set_boundary("between")
    return message.as_bytes()


@pytest.mark.parametrize("wrong", ["", "a b", "a>", "a@b", "a\r\nBcc: x", "é", "x" * 101])
def test_an_id_that_could_break_the_header_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="a message id"):
        mail(message_id=wrong)


@pytest.mark.parametrize("text", [".", "..", ".\n.\n", "a\n.\nb\n", "\n.b", "a" * 5000, "é\n.ë", "\r", "a\rb\n", "x"])
def test_a_text_arrives_whole_also_with_dots_and_long_lines(mailbox: Mailbox, text: str) -> None:
    """A line of one dot ends a message in SMTP."""
    send(to(mailbox), mail(rendered=Rendered("x", text, f"<p>{text}</p>")))
    send(to(mailbox))
    letter, after = mailbox.letters()
    assert letter.part("text/plain").splitlines() == text.splitlines()
    assert after.part("text/plain").splitlines() == ["Beste Marie"]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_and_no_subject_adds_a_header(name: str, subject: str) -> None:
    """`render` has put the subject through `header_text`."""
    message = mail(recipient=Address(name, MARIE.email), rendered=Rendered(header_text(subject), "x", "x"))
    back = message_from_bytes(message.as_bytes(), policy=default)
    assert list(back.keys()) == list(mail().keys())
    assert [address.addr_spec for address in back["To"].addresses] == [MARIE.email]


def test_an_address_outside_ascii_goes_with_smtputf8(mailbox: Mailbox) -> None:
    recipient = Address("Jörg", "jörg@coöperatie.example")
    send(to(mailbox), mail(recipient=recipient), recipient.email)
    (letter,) = mailbox.letters()
    assert letter.recipients == ["jörg@coöperatie.example"]


def test_a_domain_outside_ascii_needs_nothing_of_the_server(mailbox: Mailbox) -> None:
    recipient = Address("Jo", "jo@coöperatie.example")
    send(to(mailbox), mail(recipient=recipient), recipient.email)
    assert mailbox.letters()[0].recipients == ["jo@xn--coperatie-17a.example"]


def test_a_server_without_smtputf8_cannot_take_such_an_address() -> None:
    with scripted("220 x", "250 x") as server:
        error = failure(server, message=mail(recipient=Address("", "jörg@example.org")), recipient="jörg@example.org")
    assert isinstance(error, Refused)


# -- TLS and login -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("immediate", "tls"), [(False, "starttls"), (True, "immediate")])
def test_a_mail_goes_over_tls(
    open_mailbox: Callable[..., Mailbox], authority: trustme.CA, ca_file: str, immediate: bool, tls: str
) -> None:
    mailbox = open_mailbox(tls=server_context(authority, "localhost"), immediate=immediate)
    send(to(mailbox, host="localhost", tls=tls, ca=ca_file))
    assert len(mailbox.letters()) == 1


@pytest.mark.parametrize(("immediate", "tls"), [(False, "starttls"), (True, "immediate")])
@pytest.mark.parametrize("why", ["authority", "name", "expired"])
def test_a_certificate_that_cannot_be_trusted_gets_no_mail(
    open_mailbox: Callable[..., Mailbox], authority: trustme.CA, ca_file: str, immediate: bool, tls: str, why: str
) -> None:
    """A setting to mend, on their side or ours; the mail waits."""
    names = ["other.example"] if why == "name" else ["localhost"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ended = datetime(2020, 1, 1, tzinfo=UTC) if why == "expired" else None
    authority.issue_cert(*names, not_after=ended).configure_cert(context)
    mailbox = open_mailbox(tls=context, immediate=immediate)
    error = failure(to(mailbox, host="localhost", tls=tls, ca=None if why == "authority" else ca_file))
    assert isinstance(error, Unavailable)
    assert error.reason.startswith("LINK_SMTP: ")
    assert "certificate" in error.reason.lower()
    assert mailbox.letters() == []


def test_a_server_without_tls_gets_no_mail(mailbox: Mailbox) -> None:
    error = failure(to(mailbox, tls="starttls", user="me", password="geheim-71"))
    assert isinstance(error, Unavailable)
    assert error.reason.startswith("LINK_SMTP: STARTTLS")
    assert mailbox.letters() == []


def test_tls_that_is_refused_is_safe_to_repeat(
    open_mailbox: Callable[..., Mailbox], authority: trustme.CA, ca_file: str
) -> None:
    mailbox = open_mailbox(tls=server_context(authority, "localhost"))
    mailbox.add_faults([Fault(kind="tls_refused")])
    smtp = to(mailbox, host="localhost", tls="starttls", ca=ca_file)
    error = failure(smtp)
    assert isinstance(error, Unavailable)
    assert error.code == 454
    send(smtp)
    assert len(mailbox.letters()) == 1


def test_what_stands_between_cannot_answer_before_tls() -> None:
    """Text that follows the answer to STARTTLS in plain text is not taken for the server's (CVE-2011-0411)."""
    with scripted("220 x", "250-x\r\n250 STARTTLS", "220 go\r\n250 x\r\n250 x\r\n250 x") as server:
        error = failure(Smtp(server.host, server.port, tls="starttls", timeout=0.5))
    assert isinstance(error, Unavailable)


@pytest.fixture
def with_login(open_mailbox: Callable[..., Mailbox], authority: trustme.CA) -> Mailbox:
    return open_mailbox(tls=server_context(authority, "localhost"), login=("zonnig", "geheim-71"))


def logged_in(mailbox: Mailbox, ca: str, **changes: Any) -> Smtp:
    return to(
        mailbox,
        **{"host": "localhost", "tls": "starttls", "ca": ca, "user": "zonnig", "password": "geheim-71", **changes},
    )


def test_a_mail_goes_after_a_login(with_login: Mailbox, ca_file: str) -> None:
    send(logged_in(with_login, ca_file))
    assert len(with_login.letters()) == 1


@pytest.mark.parametrize("changes", [{"password": "geheim-72"}, {"user": "zonig"}, {"password": ""}])
def test_a_login_that_is_refused_is_told_as_a_setting(
    with_login: Mailbox, ca_file: str, changes: dict[str, str]
) -> None:
    error = failure(logged_in(with_login, ca_file, **changes))
    assert isinstance(error, Refused)
    assert (error.code, error.reason[:15]) == (535, "LINK_SMTP: AUTH")
    assert "geheim" not in f"{error!r}"
    assert with_login.letters() == []


def test_a_server_that_wants_a_login_which_we_have_not_is_told_as_a_setting(with_login: Mailbox, ca_file: str) -> None:
    error = failure(logged_in(with_login, ca_file, user=None, password=None))
    assert isinstance(error, Refused)
    assert error.reason.startswith("LINK_SMTP: MAIL: 530")


def test_a_server_that_offers_no_login_is_told_as_a_setting(mailbox: Mailbox) -> None:
    error = failure(to(mailbox, user="zonnig", password="geheim-71"))
    assert isinstance(error, Unavailable)
    assert error.reason.startswith("LINK_SMTP: AUTH")


# -- what each failure means -------------------------------------------------------------------------------------------

BEFORE = ("connect", "EHLO", "MAIL", "RCPT", "DATA")


@pytest.mark.parametrize("step", [*BEFORE, "DATA end"])
@pytest.mark.parametrize("status", [421, 450, 451, 452])
def test_not_now_is_safe_to_repeat_at_every_step(mailbox: Mailbox, step: str, status: int) -> None:
    mailbox.add_faults([Fault(match=step, kind="reply", status=status, body="probeer marie.geheim@example.org straks")])
    error = failure(to(mailbox))
    assert (type(error), error.code) == (Unavailable, status)
    assert mailbox.letters() == []
    send(to(mailbox))
    assert len(mailbox.letters()) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DATA end"])
@pytest.mark.parametrize("status", [550, 552, 554])
def test_no_to_this_mail_is_final(mailbox: Mailbox, step: str, status: int) -> None:
    mailbox.add_faults([Fault(match=step, kind="reply", status=status, body="no such user\nmarie.geheim@example.org")])
    error = failure(to(mailbox))
    assert (type(error), error.code) == (Refused, status)
    assert "no such user" in error.reason
    assert mailbox.letters() == []


@pytest.mark.parametrize("step", ["connect", "EHLO"])
def test_no_to_our_connection_says_nothing_about_the_mail(mailbox: Mailbox, step: str) -> None:
    # smtplib tries HELO when EHLO is refused; we need no more than the first answer.
    mailbox.add_faults([Fault(match=step, kind="reply", status=554, body="no service")])
    error = failure(to(mailbox))
    assert (type(error), error.code) == (Unavailable, 554)


@pytest.mark.parametrize("step", BEFORE)
def test_a_connection_that_is_lost_before_the_text_is_safe_to_repeat(mailbox: Mailbox, step: str) -> None:
    mailbox.add_faults([Fault(match=step, kind="reset")])
    assert type(failure(to(mailbox))) is Unavailable
    send(to(mailbox))
    assert len(mailbox.letters()) == 1


@pytest.mark.parametrize("step", BEFORE)
def test_a_server_that_hangs_before_the_text_is_left_in_time(mailbox: Mailbox, step: str) -> None:
    mailbox.add_faults([Fault(match=step, kind="hang")])
    began = time.monotonic()
    assert type(failure(to(mailbox, timeout=0.15))) is Unavailable
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "hang"])
def test_without_an_answer_to_the_text_the_outcome_is_unknown(mailbox: Mailbox, kind: str) -> None:
    """Taken or not: the sender sees the same, so it may not be sent again blindly."""
    mailbox.add_faults([Fault(match="DATA end", kind=kind)])
    assert type(failure(to(mailbox, timeout=0.15))) is OutcomeUnknown
    assert len(mailbox.letters()) == (1 if kind == "lost_answer" else 0)


def test_an_answer_to_the_text_that_is_neither_yes_nor_no_is_unknown() -> None:
    with scripted("220 x", "250 x", "250 x", "250 x", "354 x", "399 what") as server:
        assert type(failure(server)) is OutcomeUnknown


def test_a_connection_that_breaks_within_the_text_is_safe_to_repeat() -> None:
    """The server has not seen the end, so it has no message; a text this long does not fit into the buffers between."""
    with scripted("220 x", "250 x", "250 x", "250 x", "354 x", None) as server:
        long = Rendered("x", "lang " * 1_600_000, "<p>x</p>")
        assert type(failure(server, message=mail(rendered=long))) is Unavailable


@pytest.mark.timed
def test_a_server_that_scans_a_mail_gets_all_the_time_that_is_left(mailbox: Mailbox) -> None:
    """To give up there leaves an unknown outcome, so it may take longer than another step."""
    mailbox.add_faults([Fault(match="DATA end", kind="hang", seconds=0.3)])
    send(to(mailbox, timeout=0.2))
    assert len(mailbox.letters()) == 1


@pytest.mark.timed
def test_a_server_that_drips_is_left_when_the_time_is_up() -> None:
    """Each step in time, and all together too slow."""
    with scripted("220 x", "250 x", "250 x", "250 x", "354 x", delay=0.09) as server:
        began = time.monotonic()
        assert type(failure(Smtp(server.host, server.port, tls="none", timeout=0.1))) is Unavailable
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("rude", ["reset", "hang"])
def test_a_taken_mail_stays_taken_whatever_follows(rude: str) -> None:
    """Even to a server that does not answer our QUIT."""
    last: Any = None if rude == "reset" else ...
    with scripted("220 x", "250 x", "250 x", "250 x", "354 x", "250 taken", last) as server:
        send(server)


def test_nobody_there_is_safe_to_repeat() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = failure(Smtp("127.0.0.1", held.getsockname()[1], tls="none"))
    assert type(error) is Unavailable
    assert error.reason.startswith("LINK_SMTP: connect")
    assert type(failure(Smtp("nobody.invalid", 25, tls="none"))) is Unavailable


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "hello", "\x16\x03\x01", "220 " + "x" * 20_000, ""])
def test_what_is_no_mail_server_is_safe_to_repeat(greeting: str) -> None:
    with scripted(greeting, None) as server:
        assert type(failure(server)) is Unavailable


def test_a_reason_is_one_short_line() -> None:
    with scripted("220 x", "250 x", "250 x", "550-no\r\n550-" + "word " * 90 + "\r\n550 \x1b[31mno\x00") as server:
        reason = failure(server).reason
    assert len(reason) < 330
    assert reason.isprintable()


# -- the setting -------------------------------------------------------------------------------------------------------


def test_the_setting_says_all(ca_file: str) -> None:
    assert Smtp.from_url("smtp://mail.example") == Smtp("mail.example", 587, "starttls")
    assert Smtp.from_url("smtps://mail.example") == Smtp("mail.example", 465, "immediate")
    assert Smtp.from_url("smtp://127.0.0.1:1025") == Smtp("127.0.0.1", 1025, "none")
    assert Smtp.from_url(f"smtp://a%40b:p%2F%3Aw@mail.example:25?timeout=2.5&ca={ca_file}") == Smtp(
        "mail.example", 25, "starttls", "a@b", "p/:w", ca_file, 2.5
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "starts with smtp://"),
        ("http://me:geheim-71@mail.example", "starts with smtp://"),
        ("smtp://", "starts with smtp://"),
        ("smtp://me:geheim-71@mail.example?starttls=never", "only sent over TLS"),
        ("smtp://me:geheim-71@mail.example?starttls=maybe", "only starttls=required or never"),
        ("smtp://me:geheim-71@mail.example?tls=no", "only starttls=required or never"),
        ("smtp://me:geheim-71@mail.example?timeout=0", "a number of seconds"),
        ("smtp://me:geheim-71@mail.example?timeout=soon", "a number of seconds"),
        ("smtp://me:geheim-71@mail.example?ca=/nowhere/geheim-71", "the file of ca is not there"),
        ("smtp://me:geheim-71/x@mail.example", "followed by a host"),
        ("smtp://me:geheim-71@mail.example:port", "not a URL like"),
        ("smtp://me:geheim-71%C3%A9@mail.example", "in ASCII"),
        ("smtp://me:geheim-71@[mail.example", "not a URL like"),
    ],
)
def test_a_wrong_setting_is_told_without_the_password(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as refused:
        Smtp.from_url(url)
    assert str(refused.value).startswith("LINK_SMTP: ")
    assert "geheim" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("url", ["smtp://mail.example?starttls=never", "smtp://127.0.0.1:1025"])
def test_in_google_cloud_no_letter_goes_without_tls(url: str) -> None:
    Smtp.from_url(url)
    with pytest.raises(ValueError, match="only go over TLS"):
        Smtp.from_url(url, only_tls=True)
    for with_tls in ("smtp://mail.example", "smtps://mail.example"):
        Smtp.from_url(with_tls, only_tls=True)


def test_the_password_is_not_in_what_python_shows() -> None:
    assert "geheim" not in repr(Smtp.from_url("smtp://me:geheim-71@mail.example"))


# -- a server that says what it is told --------------------------------------------------------------------------------


@contextmanager
def scripted(*answers: Any, delay: float = 0) -> Iterator[Smtp]:
    """Says each answer in turn, after one command (the text counts as one); None resets, `...` says nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as connection, connection.makefile("rb") as commands:
            for at, answer in enumerate(answers):
                if at and answer is not None and not _next(commands, text=answers[at - 1] == "354 x"):
                    return
                time.sleep(delay)
                if answer is None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if answer is ...:
                    done.wait(5)
                    return
                connection.sendall(f"{answer}\r\n".encode())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Smtp("127.0.0.1", listener.getsockname()[1], tls="none", timeout=0.5)
    finally:
        done.set()
        listener.close()
        thread.join()


def _next(commands: Any, *, text: bool) -> bool:
    return any(not text or line == b".\r\n" for line in commands)


def test_a_templates_folder_that_is_relative_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/welcome.txt.j2").write_text("Hoi\n\nEigen <b>tekst</b> voor {{ first_name }}.\n", encoding="utf-8")
    (tmp_path / "own/welcome.html.j2").write_text("<p>{{ first_name }}</p>", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    own = MailSettings(
        name="X", sender_address="a@b.example", dossier_url="https://c.example", templates_folder=Path("own")
    )
    rendered = render("welcome", own, {"first_name": "<i>Jan</i>"})
    message = mail(rendered=rendered)
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    assert parts["text/plain"].strip() == "Eigen <b>tekst</b> voor <i>Jan</i>."
    assert parts["text/html"].strip() == "<p>&lt;i&gt;Jan&lt;/i&gt;</p>"
