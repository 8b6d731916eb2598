"""The mailbox: it keeps and shows every message, and fails on request."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.standins.mailbox import Mailbox, create_mailbox_app, start
from infra.standins.mailbox.box import Fault
from infra.standins.server import serving
from shared.errors import OutcomeUnknown, Unavailable
from shared.mail.address import Address
from shared.mail.calendar import Visit, appointment
from shared.mail.message import build
from shared.mail.render import Rendered
from shared.mail.smtp import Smtp

ROOT = Path(__file__).parents[2]
SENDER = Address("Coöperatie Zonnig", "dossier@zonnig.example")
MARIE = Address("Marie", "marie@example.org")
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
RUN = """
import sys, time
from pathlib import Path
from infra.standins.mailbox import start
mailbox = start(Path(sys.argv[1]))
print(mailbox.port, flush=True)
time.sleep(60)
"""


def post(port: int, subject: str = "Hallo", html: str = "<html><head></head><p>Hoi</p></html>", **more: Any) -> None:
    message = build(
        Rendered(subject, "Beste Marie\n", html),
        sender=SENDER,
        recipient=MARIE,
        reply_to="hulp@zonnig.example",
        message_id="mail-1",
        date=NOW,
        **more,
    )
    Smtp("127.0.0.1", port, tls="none", timeout=2).send(message, MARIE.email)


def calendar(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "uid": "a@dossierlink", "sequence": 3, "stamp": NOW, "starts_at": NOW + timedelta(days=11), "minutes": 90,
        "summary": "Bezoek <b>coach</b>", "location": "Zonnelaan 12",
    }  # fmt: skip
    return appointment(Visit(**{**facts, **changes}), SENDER, [MARIE])


@contextmanager
def running(path: Path) -> Iterator[Mailbox]:
    mailbox = start(path)
    try:
        yield mailbox
    finally:
        mailbox.stop()


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with running(tmp_path / "mailbox.sqlite") as mailbox:
        yield mailbox


@pytest.fixture
def web(mailbox: Mailbox) -> Iterator[httpx.Client]:
    """A client of the pages, mounted under /mail as in a local run."""
    app = DispatcherMiddleware(NotFound(), {"/mail": create_mailbox_app(mailbox)})
    with serving(app) as url, httpx.Client(base_url=f"{url}/mail") as client:
        yield client


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# -- messages ------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_as_json(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port, "Je dossier, José", calendar=calendar())
    (message,) = web.get("/messages").json()
    assert message["id"] == 1
    assert message["to"] == "marie@example.org"
    assert message["from"] == "Coöperatie Zonnig <dossier@zonnig.example>"
    assert message["subject"] == "Je dossier, José"
    assert message["message_id"] == "<mail-1@zonnig.example>"
    assert message["text"].splitlines() == ["Beste Marie"]
    assert "<p>Hoi</p>" in message["html"]
    assert "METHOD:REQUEST" in message["calendar"]
    assert message["headers"]["Auto-Submitted"] == "auto-generated"
    assert abs(datetime.fromisoformat(message["at"]) - datetime.now(UTC)) < timedelta(seconds=5)


def test_recipients_come_from_the_smtp_dialogue(mailbox: Mailbox) -> None:
    """As a mail server it uses the recipients of the SMTP dialogue, not those in the headers."""
    with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.sendmail("a@b.example", ["een@x.example", "twee@x.example"], "To: drie@x.example\r\n\r\nx")
    assert mailbox.letters()[0].recipients == ["een@x.example", "twee@x.example"]


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"Subject: \xff\xfe\r\n\r\n\x80\x81", b"\xe9" * 900, b"Subject: x\r\nMIME-Version"]
)
def test_any_message_is_kept_and_shown(mailbox: Mailbox, web: httpx.Client, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.sendmail("a@b.example", ["c@d.example"], raw)
    assert [message["to"] for message in web.get("/messages").json()] == ["c@d.example"]
    assert web.get("/1").status_code == 200
    assert web.get("/").status_code == 200


def test_mail_is_kept_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mailbox.sqlite"
    for subject in ("een", "twee"):
        with running(path) as mailbox:
            post(mailbox.port, subject)
    assert [letter.header("Subject") for letter in Mailbox(path).letters()] == ["een", "twee"]
    assert [letter.id for letter in Mailbox(path).letters()] == [1, 2]


def test_a_fault_is_kept_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.sqlite"
    Mailbox(path).add_faults([Fault(kind="reply", match="RCPT")])
    with running(path) as mailbox, pytest.raises(Unavailable):
        post(mailbox.port)


def test_mail_that_got_its_answer_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "mailbox.sqlite"
    for number in range(2):
        run = [sys.executable, "-c", RUN, str(path)]
        with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            try:
                port = int(server.stdout.readline())
                for _ in range(5):
                    post(port, f"mail {number}")
            finally:
                os.kill(server.pid, signal.SIGKILL)
    assert [letter.header("Subject") for letter in Mailbox(path).letters()] == [
        f"mail {n}" for n in (0, 1) for _ in "12345"
    ]


# -- pages -------------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_newest_first_and_each_leads_to_its_mail(mailbox: Mailbox, web: httpx.Client) -> None:
    assert "Er is nog geen e-mail." in web.get("/").text
    post(mailbox.port, "Eerste")
    assert "1 e-mail<" in web.get("/").text
    post(mailbox.port, "Tweede <script>alert(1)</script>")
    page = Page(web.get("/").text)
    assert page.words.index("Tweede <script>") < page.words.index("Eerste")
    assert page.all("script") == []
    assert page.all("html") == [{"lang": "nl"}]
    links = [link["href"] for link in page.all("a")]
    assert links == ["/mail/", "/mail/2", "/mail/1"]
    assert [heading["scope"] for heading in page.all("th")] == ["col"] * 3


def test_a_mail_is_shown_as_mail_programs_do(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port, "Je dossier", calendar=calendar())
    page = Page(web.get("/1").text)
    for shown in (
        "Je dossier", "Coöperatie Zonnig <dossier@zonnig.example>", "hulp@zonnig.example", "Beste Marie",
        "Bezoek <b>coach</b>", "dinsdag 1 december 2026 om 09:00 uur", "Zonnelaan 12", "afspraak of wijziging", "Message-ID",
    ):  # fmt: skip
        assert shown in page.words, shown
    assert page.all("b") == []
    (frame,) = page.all("iframe")
    assert frame["src"] == "/mail/1/html"
    assert frame["title"]
    assert "allow-scripts" not in (frame["sandbox"] or "")
    assert "/mail/1/afspraak.ics" in [link["href"] for link in page.all("a")]


def test_a_cancellation_is_shown_as_one(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port, calendar=calendar(cancelled=True))
    assert "afgezegd" in Page(web.get("/1").text).words


def test_the_appointment_can_be_opened(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port, calendar=calendar())
    answer = web.get("/1/afspraak.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.content.replace(b"\r\n", b"\n") == calendar().replace(b"\r\n", b"\n")


def test_a_mail_in_the_page_cannot_run_or_load_anything(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port, html="<html><head></head><script>alert(1)</script><a href='https://x.example'>x</a></html>")
    answer = web.get("/1/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert '<base target="_blank">' in answer.text
    for path in ("/", "/1", "/1/html", "/messages"):
        answer = web.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/7", "/7/html", "/1/afspraak.ics", "/x", "/../etc/passwd"])
def test_an_unknown_message_or_part_is_404(mailbox: Mailbox, web: httpx.Client, path: str) -> None:
    post(mailbox.port)
    assert web.get(path).status_code == 404


def test_a_person_and_a_program_can_empty_it(mailbox: Mailbox, web: httpx.Client) -> None:
    post(mailbox.port)
    page = Page(web.get("/").text)
    (form,), (button,) = page.all("form"), page.all("button")
    answer = web.post(str(form["action"]).removeprefix("/mail"), data={str(button["name"]): button["value"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mail/")
    assert web.get("/messages").json() == []
    post(mailbox.port)
    mailbox.add_faults([Fault(kind="reset")])
    assert web.post("/_reset").json() == []
    post(mailbox.port)
    assert len(mailbox.letters()) == 1


# -- faults ------------------------------------------------------------------------------------------------------------


def test_a_fault_strikes_as_often_as_asked(mailbox: Mailbox, web: httpx.Client) -> None:
    answer = web.post("/_faults", json=[{"kind": "reply", "match": "data end", "status": 451, "times": 2}])
    assert [fault["times"] for fault in answer.json()] == [2]
    for _ in range(2):
        with pytest.raises(Unavailable, match="451 not now"):
            post(mailbox.port)
    post(mailbox.port)
    assert len(mailbox.letters()) == 1


def test_faults_strike_in_the_order_given_and_only_at_their_step(mailbox: Mailbox) -> None:
    mailbox.add_faults([
        Fault(kind="reply", match="RCPT", body="first"),
        Fault(kind="lost_answer"),
        Fault(kind="reply", match="RCPT", body="second"),
    ])  # fmt: skip
    for said in ("first", "second"):
        with pytest.raises(Unavailable, match=said):
            post(mailbox.port)
    with pytest.raises(OutcomeUnknown):
        post(mailbox.port)
    assert len(mailbox.letters()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "nothing"},
        {"kind": "reply", "status": 99},
        {"kind": "hang", "seconds": -1},
        {"kind": "reset", "mtach": "x"},
        {},
    ],
)
def test_an_unknown_fault_is_refused(web: httpx.Client, fault: dict[str, Any]) -> None:
    answer = web.post("/_faults", json=[fault])
    assert answer.status_code == 422
    assert answer.json()[0]["loc"][0] == 0


def test_it_stops_while_a_sender_hangs(tmp_path: Path) -> None:
    mailbox = start(None)
    mailbox.add_faults([Fault(kind="hang", match="MAIL")])
    with pytest.raises(Unavailable):
        Smtp("127.0.0.1", mailbox.port, tls="none", timeout=0.1).send(
            build(Rendered("x", "x", "x"), sender=SENDER, recipient=MARIE, reply_to=None, message_id="x", date=NOW),
            MARIE.email,
        )
    mailbox.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", mailbox.port)
