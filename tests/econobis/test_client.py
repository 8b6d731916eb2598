"""The requests of our client to Econobis, and the error for every answer, or none."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
import trustme

from shared.econobis.answers import (
    BY_STATUS,
    AccountDiffers,
    AccountNotStoredYet,
    BrokenAnswer,
    ContactGone,
    KeyUnknown,
    NoAddress,
    NoRoomInMinute,
    NotACoach,
    NotEconobis,
    RolledBack,
    StillInUse,
    SwitchedOff,
    VisitNotFound,
)
from shared.econobis.client import EconobisClient
from shared.errors import AddressUnknown, OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from tests.econobis.peer import EVENT_KEY, WEBFORM_KEY, client, running
from tests.fixtures import read
from tests.world.clock import START
from tests.world.ports import closed_port
from tests.world.scripted_peer import (
    HTML,
    NO_ANSWER,
    answer,
    everything_on,
    peer_that,
    peer_that_never_accepts,
    reset,
    unreadable,
)

SHORT = 0.4  # seconds
Call = Callable[[EconobisClient, float], Any]
FIELDS = {"voornaam": "Zoë & co", "achternaam": "de Vries", "emailadres": "zoe+1@voorbeeld.nl"}
SECRETS = (WEBFORM_KEY, EVENT_KEY, quote(EVENT_KEY, safe=""))
CALLS: dict[str, Call] = {
    "webform": lambda econobis, timeout: econobis.submit_webform(FIELDS, timeout),
    "push": lambda econobis, timeout: econobis.push("appointment", {"email": FIELDS["emailadres"]}, timeout),
}
LOGGED = "Log is gelogd naar het applicatielog."
both = pytest.mark.parametrize("name", CALLS)


def failure(econobis: EconobisClient, name: str, timeout: float = 5) -> PeerError:
    with pytest.raises(PeerError) as raised:
        CALLS[name](econobis, timeout)
    told = everything_on(raised.value)
    assert not any(secret in told for secret in (*SECRETS, FIELDS["emailadres"]))
    assert raised.value.reason
    return raised.value


def fault(text: str) -> list[str]:
    return ["Start EndPoint", f"Fout opgetreden: {text}", "Gehele API aanroep is ongedaan gemaakt!", LOGGED]


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_form_as_a_browser_would_send_it() -> None:
    with running(answer(200, ["Webform gevonden", LOGGED])) as (peer, econobis):
        econobis.submit_webform(FIELDS, 5)
    assert peer.head.startswith(f"POST /api/webform/external/{WEBFORM_KEY} HTTP/1.1\r\n")
    headers = dict(line.split(": ", 1) for line in peer.head.lower().split("\r\n")[1:])
    assert headers["accept"] == "application/json"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(peer.body.decode("ascii"), strict_parsing=True)) == FIELDS


def test_event_as_hoomdossier_would_push_it() -> None:
    payload = read("examples/push-afspraak-request.json")
    with running(answer(200, read("examples/push-afspraak-response-200.json"))) as (peer, econobis):
        econobis.push("appointment", payload, 5)
    assert peer.head.startswith(f"POST /api/{quote(EVENT_KEY, safe='')}/hoomdossier/afspraak HTTP/1.1\r\n")
    assert json.loads(peer.body) == payload


@both
def test_text_that_cannot_be_sent_is_refused_before_the_call(name: str) -> None:
    with running(answer(200, [LOGGED])) as (peer, econobis), pytest.raises(Refused):
        if name == "webform":
            econobis.submit_webform({"voornaam": "\ud800"}, 5)
        else:
            econobis.push("report", {"a": "\ud800"}, 5)
    assert not peer.requests


# -- where a key could get out -----------------------------------------------------------------------------------------


@both
def test_a_key_in_an_answer_is_taken_out(name: str) -> None:
    """Econobis repeats the key in its log lines (known-limits D5, E19)."""
    key = {"webform": WEBFORM_KEY, "push": EVENT_KEY}[name]
    with running(answer(422, fault(f"Iets met code {key} en {quote(key)}"))) as (_, econobis):
        assert failure(econobis, name).reason == "Iets met code *** en ***"
    lines = ["Aanroep succesvol afgerond.", f"Endpoint gevonden bij code {key}.", LOGGED]
    with running(answer(200, lines)) as (_, econobis):
        assert name == "push" or CALLS[name](econobis, 5).why_no_intake == "Endpoint gevonden bij code ***."


@both
def test_no_log_line_has_the_address(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with running(answer(200, ["Aanroep succesvol afgerond.", LOGGED])) as (_, econobis):
        CALLS[name](econobis, 5)
    assert not any(secret in caplog.text for secret in SECRETS)


# -- nothing was sent --------------------------------------------------------------------------------------------------


def assert_nothing_was_sent(url: str, kind: type[Unavailable] = Unavailable) -> None:
    with client(url) as econobis:
        for name in CALLS:
            error = failure(econobis, name, SHORT)
            assert (type(error), error.peer_is_down, error.code) == (kind, True, None)


def test_closed_port_is_unavailable() -> None:
    assert_nothing_was_sent(closed_port())


def test_connection_that_hangs_is_unavailable() -> None:
    with peer_that_never_accepts() as url:
        assert_nothing_was_sent(url)


def test_an_untrusted_certificate_is_unavailable() -> None:
    with peer_that(answer(200, [LOGGED]), tls=trustme.CA()) as peer:
        assert_nothing_was_sent(peer.url, AddressUnknown)
        assert not peer.requests


def test_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # The same on a machine whose DNS answers for any name.
    assert_nothing_was_sent("https://zonnedorp.econobis.invalid", AddressUnknown)


def test_a_report_that_was_sent_in_part_is_unavailable() -> None:
    """Econobis does not process a body that breaks off, so a repeat is safe."""

    def reads_the_start(connection: socket.socket) -> None:
        connection.recv(1000)
        reset(connection)

    with running(reads_the_start, reads=False) as (_, econobis), pytest.raises(PeerError) as raised:
        econobis.push("report", {"pdf": {"contents": "A" * 20_000_000}}, 5)
    assert (type(raised.value), raised.value.reason) == (
        Unavailable,
        "Econobis verbrak de verbinding voordat alles was verstuurd.",
    )


# -- no readable answer ------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("case", NO_ANSWER)
def test_no_answer_leaves_the_outcome_unknown(name: str, case: str) -> None:
    with running(NO_ANSWER[case]) as (peer, econobis):
        error = failure(econobis, name, SHORT)
    assert (type(error), error.peer_is_down) == (OutcomeUnknown, True)
    assert len(peer.requests) == 1, "nothing is sent again by itself"


@both
@pytest.mark.parametrize("case", unreadable(200))
def test_unreadable_success_leaves_the_outcome_unknown(name: str, case: str) -> None:
    with running(unreadable(200)[case]) as (_, econobis):
        assert type(failure(econobis, name, SHORT)) is BrokenAnswer


@both
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        None,
        ["Aanroep succesvol afgerond."],
        [LOGGED, "Aanroep succesvol afgerond."],
        ["Aanroep succesvol afgerond.", LOGGED, 5],
        [["Aanroep succesvol afgerond.", LOGGED]],
        {"message": "OK"},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_status_200_without_the_closing_lines_is_no_success(name: str, status: int, body: Any) -> None:
    script = answer(status, b"") if status == 204 else answer(status, body)
    with running(script) as (_, econobis):
        assert type(failure(econobis, name)) is BrokenAnswer


def test_event_is_done_only_when_econobis_says_that_it_is() -> None:
    with running(answer(200, ["Start", LOGGED])) as (_, econobis):
        assert type(failure(econobis, "push")) is BrokenAnswer


@both
def test_success_with_a_fault_in_it_is_a_fault(name: str) -> None:
    with running(answer(200, fault("Voornaam ontbreekt"))) as (_, econobis):
        assert type(failure(econobis, name)) is Refused


@both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(name: str, status: int) -> None:
    with running(answer(status, b"", Location="/api/elders")) as (peer, econobis):
        error = failure(econobis, name)
    assert (type(error), error.peer_is_down) == (NotEconobis, True)
    assert len(peer.requests) == 1


@both
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 429, 500, 503])
@pytest.mark.parametrize("body", [HTML, b"", b'{"message": "Iets"}'])
def test_without_lines_the_status_has_the_meaning(name: str, status: int, body: bytes) -> None:
    with running(answer(status, body)) as (_, econobis):
        error = failure(econobis, name)
    assert type(error) is BY_STATUS[status]
    assert error.code == status


@both
@pytest.mark.parametrize(("status", "kind"), [(422, BrokenAnswer), (409, OutcomeUnknown), (501, OutcomeUnknown), (502, OutcomeUnknown), (504, OutcomeUnknown), (599, OutcomeUnknown)])  # fmt: skip
def test_status_that_may_come_after_the_work_leaves_the_outcome_unknown(name: str, status: int, kind: Any) -> None:
    with running(answer(status, HTML)) as (_, econobis):
        assert type(failure(econobis, name)) is kind


# -- its own words -----------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("37", 37),
        (format_datetime(START + timedelta(hours=1), usegmt=True), 3600),
        ("99999999", 86400),
        ("straks", None),
    ],
    ids=["seconds", "date", "too long", "unreadable"],
)
def test_too_fast_says_until_when(name: str, header: str, seconds: float | None) -> None:
    with running(answer(429, {"message": "Too Many Attempts."}, Retry_After=header)) as (_, econobis):
        error = failure(econobis, name)
    assert type(error) is TooFast
    assert error.retry_after == seconds


MEANINGS: list[tuple[int, str, type[PeerError]]] = [
    (422, "Maximum aantal aanroepen per minuut is bereikt.", NoRoomInMinute),
    (404, "Webform not found", KeyUnknown),
    (404, "Endpoint not found", KeyUnknown),
    (404, "Cooperation doesn't have Hoomdossier synchronisation", SwitchedOff),
    (404, "Contact 4711 not found or removed in Econobis", ContactGone),
    (422, "Geen contact gevonden voor contact_nummer C2024-9", ContactGone),
    (404, 'Mismatch account_id 901 (Hoom account id for contact in Econobis: "empty")', AccountNotStoredYet),
    (404, "Mismatch account_id 901 (Hoom account id for contact in Econobis: empty)", AccountNotStoredYet),
    (404, "Mismatch account_id 901 (Hoom account id for contact in Econobis: 44)", AccountDiffers),
    (422, "Geen woningdossier gevonden voor contact 1 Jan\nBerg. Geen nieuwe", NoAddress),
    (404, "Afspraak niet gevonden in Econobis", VisitNotFound),
    (404, "Gekoppelde coach (500) is geen coach in Econobis", NotACoach),
    (404, "Woningdossier heeft kansen die in behandeling zijn. Woningdossier niet verwijderd in Econobis", StillInUse),
    (412, "Er zijn nog gekoppelde kansen in behandeling.;Er zijn nog gekoppelde kansen in behandeling.", StillInUse),
    (412, "Onder kans bij contact Berg met maatregel Dak hangen nog kansacties, verwijderen kans niet", StillInUse),
    (404, "Geen appointment_date meegegeven", Refused),
    (422, "Achternaam ontbreekt", Refused),
    (422, "Iets met Webform not found erin", Refused),
    (500, "Onbekend", RolledBack),
]


@pytest.mark.parametrize(("status", "text", "kind"), MEANINGS)
def test_meaning_follows_from_the_text_and_not_from_the_status(status: int, text: str, kind: type[PeerError]) -> None:
    """Econobis refuses with a 404, and its 422 may be a rate limit (known-limits D5)."""
    with running(answer(status, fault(text))) as (_, econobis):
        error = failure(econobis, "push")
    assert type(error) is kind
    assert error.reason == " ".join(text.split())
    assert error.retry_after == (60 if kind is NoRoomInMinute else None)


def test_every_meaning_is_shown() -> None:
    shown = {kind for _, _, kind in MEANINGS}
    assert {KeyUnknown, SwitchedOff, ContactGone, AccountNotStoredYet, AccountDiffers, NoAddress} <= shown
    assert {VisitNotFound, NotACoach, StillInUse, NoRoomInMinute, RolledBack, Refused} <= shown


def test_which_errors_stop_all_calls_with_the_key() -> None:
    """A wrong key concerns every call; a missing contact or visit concerns one item."""
    assert {kind for _, _, kind in MEANINGS if kind.peer_is_down} == {KeyUnknown, SwitchedOff}
    assert not BrokenAnswer.peer_is_down
    assert NotEconobis.peer_is_down


def test_undone_without_a_reason_is_rolled_back() -> None:
    lines = ["Start", "Onbekende fout opgetreden.", "Gehele API aanroep is ongedaan gemaakt!", LOGGED]
    with running(answer(500, lines)) as (_, econobis):
        assert type(failure(econobis, "webform")) is RolledBack


def test_name_in_a_line_cannot_pass_for_an_id() -> None:
    """Names are free text: a name like a log line must not be read as an id."""
    evil = "Contact met nummer C9 (Contact met id 666 aangemaakt., id: 7) gevonden."
    lines = ["Actie: UPC", evil, "Actie bij contact: 7", "Aanroep succesvol afgerond.", LOGGED]
    with running(answer(200, lines)) as (_, econobis):
        found = econobis.submit_webform(FIELDS, 5)
    assert found.contact_id == 7


# -- how an answer is written ------------------------------------------------------------------------------------------

MARK = b"\xef\xbb\xbf"
DONE = json.dumps(
    [
        "Intake met id 5 aangemaakt en gekoppeld aan adres id 8.",
        "Kans met id 6 aangemaakt met maatregel categorie 'Comfort é'.",
        LOGGED,
    ],
    ensure_ascii=False,
)
WRITTEN = {
    "byte order mark": (MARK + DONE.encode(), "application/json"),
    "several, with blanks": (MARK + b"\r\n" + MARK + b" \t" + DONE.encode() + b"\n" + MARK + b"\0 ", "text/html"),
    "blanks around": (b" \r\n\t" + DONE.encode() + b"\n\n", "text/html; charset=UTF-8"),
    "UTF-16 with a mark": (DONE.encode("utf-16"), "application/json; charset=utf-16"),
    "UTF-16 that claims UTF-8": (DONE.encode("utf-16"), "application/json; charset=utf-8"),
    "UTF-8 that claims Latin 1": (DONE.encode(), "application/json; charset=iso-8859-1"),
    "Latin 1 that says so": (DONE.encode("latin-1"), 'application/json; charset="ISO-8859-1"'),
    "an unknown charset": (DONE.encode(), "application/json; charset=utf8mb4"),
}


@pytest.mark.parametrize(("body", "content_type"), WRITTEN.values(), ids=WRITTEN)
def test_a_success_is_read_however_it_is_written(body: bytes, content_type: str) -> None:
    """As a broken answer, it would make the sign-up go twice."""
    with running(answer(200, body, Content_Type=content_type)) as (_, econobis):
        said = econobis.submit_webform({}, 10)
    assert (said.opportunity_ids, said.intake_id) == ([6], 5)


def test_a_refusal_with_a_byte_order_mark_is_a_refusal() -> None:
    lines = ["Fout opgetreden: Webform not found", "Gehele API aanroep is ongedaan gemaakt!"]
    with running(answer(404, MARK + json.dumps(lines).encode())) as (_, econobis), pytest.raises(KeyUnknown):
        econobis.submit_webform({}, 10)
    body = MARK + b' {"message":"Too Many Attempts."}'
    with running(answer(429, body)) as (_, econobis), pytest.raises(TooFast) as raised:
        econobis.push("report", {}, 10)
    assert raised.value.reason == "Too Many Attempts."


@pytest.mark.parametrize(
    "body", [MARK, b"\xff", b"\xff\xfe\x00", DONE.encode("latin-1")], ids=["mark", "ff", "half", "latin 1"]
)
def test_what_cannot_be_read_leaves_the_outcome_unknown(body: bytes) -> None:
    behaviour = answer(200, body, Content_Type="application/json; charset=utf8mb4")
    with running(behaviour) as (_, econobis), pytest.raises(OutcomeUnknown):
        econobis.submit_webform({}, 10)
