"""The requests of our client to Hoomdossier. Each answer, and no answer, becomes a result or a PeerError."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import trustme

from shared.domain.application import Registered
from shared.errors import AddressUnknown, OutcomeUnknown, PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import BY_STATUS, NoSuchPage
from shared.hoomdossier.client import HoomdossierClient, NoFeed
from tests.fixtures import read
from tests.hoomdossier.peer import TOKEN, client, running
from tests.world.clock import START
from tests.world.ports import closed_port
from tests.world.scripted_peer import (
    HTML,
    NO_ANSWER,
    answer,
    everything_on,
    peer_that,
    peer_that_never_accepts,
    unreadable,
)

BODY = read("examples/econobis-register-request.json")
SHORT = 0.4  # seconds
Call = Callable[[HoomdossierClient, float], Any]


def register(hoomdossier: HoomdossierClient, timeout: float = 5) -> Any:
    return hoomdossier.register(BODY, timeout)


REPEATABLE: dict[str, Call] = {
    "link": lambda hoomdossier, timeout: hoomdossier.link_coach(87, 2481, timeout),
    "appointments": lambda hoomdossier, timeout: hoomdossier.appointments(START, None, 100, timeout),
    "ping": lambda hoomdossier, timeout: hoomdossier.ping(timeout),
}


def failure(hoomdossier: HoomdossierClient, call: Call, timeout: float = 5) -> PeerError:
    with pytest.raises(PeerError) as raised:
        call(hoomdossier, timeout)
    assert TOKEN not in everything_on(raised.value)
    assert BODY["email"] not in everything_on(raised.value)
    assert raised.value.reason
    return raised.value


def test_register_as_the_api_wants_it() -> None:
    with running(answer(201, {"account_id": 901, "user_id": 1902})) as (peer, hoomdossier):
        assert register(hoomdossier) == Registered(901, 1902)
    assert peer.head.startswith("POST /api/v1/register HTTP/1.1\r\n")
    headers = dict(line.split(": ", 1) for line in peer.head.lower().split("\r\n")[1:])
    assert headers["authorization"] == f"bearer {TOKEN}"
    assert headers["accept"] == headers["content-type"] == "application/json"
    assert json.loads(peer.body) == BODY


def test_link_as_the_api_wants_it() -> None:
    """The word is plural. Hoomdossier's documentation has the singular (known-limits B7)."""
    with running(answer(200, [])) as (peer, hoomdossier):
        assert hoomdossier.link_coach(87, 2481, 5) is None
    assert peer.head.startswith("POST /api/v1/building-coach-status HTTP/1.1\r\n")
    assert json.loads(peer.body) == read("examples/econobis-coach-link-request.json")


def test_ping_as_the_api_wants_it() -> None:
    with running(answer(200, [])) as (peer, hoomdossier):
        hoomdossier.ping(5)
    assert peer.head.startswith("GET /api/v1/ HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"account_id": None, "user_id": 5},
        {"account_id": 0, "user_id": 5},
        {"account_id": -1, "user_id": 5},
        {"account_id": True, "user_id": 5},
        {"account_id": 901.0, "user_id": 5},
        {"account_id": "", "user_id": 5},
        {"account_id": "9e2", "user_id": 5},
        {"account_id": "٩٠١", "user_id": 5},
        {"account_id": 2**53, "user_id": 5},
        {"account_id": [901], "user_id": 5},
        {"data": {"account_id": 901, "user_id": 5}},
        [{"account_id": 901}],
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_without_an_account_id_is_never_a_success(status: int, body: Any) -> None:
    with running(answer(status, body)) as (_, hoomdossier):
        assert type(failure(hoomdossier, register)) is OutcomeUnknown


@pytest.mark.parametrize("user_id", [None, 0, "x", [], False])
def test_an_account_counts_without_its_user(user_id: Any) -> None:
    with running(answer(201, {"account_id": "901", "user_id": user_id})) as (_, hoomdossier):
        assert register(hoomdossier) == Registered(901, 0)


@pytest.mark.parametrize("case", unreadable(201))
def test_unreadable_success_leaves_a_registration_unknown(case: str) -> None:
    with running(unreadable(201)[case]) as (_, hoomdossier):
        assert type(failure(hoomdossier, register, SHORT)) is OutcomeUnknown


@pytest.mark.parametrize("case", unreadable(200))
@pytest.mark.parametrize("name", ["link", "appointments"])
def test_unreadable_success_of_what_may_be_repeated_is_no_success(name: str, case: str) -> None:
    with running(unreadable(200)[case]) as (_, hoomdossier):
        assert type(failure(hoomdossier, REPEATABLE[name], SHORT)) is Unavailable


@pytest.mark.parametrize("case", NO_ANSWER)
def test_no_answer_leaves_a_registration_unknown(case: str) -> None:
    with running(NO_ANSWER[case]) as (peer, hoomdossier):
        error = failure(hoomdossier, register, SHORT)
    assert (type(error), error.peer_is_down) == (OutcomeUnknown, True)
    assert len(peer.requests) == 1, "a registration is never sent again by itself"


@pytest.mark.parametrize("case", NO_ANSWER)
@pytest.mark.parametrize("name", REPEATABLE)
def test_no_answer_to_what_may_be_repeated_is_unavailable(name: str, case: str) -> None:
    with running(NO_ANSWER[case]) as (_, hoomdossier):
        error = failure(hoomdossier, REPEATABLE[name], SHORT)
    assert (type(error), error.peer_is_down) == (Unavailable, True)


def assert_nothing_was_sent(url: str, kind: type[Unavailable] = Unavailable) -> None:
    with client(url) as hoomdossier:
        for call in (register, *REPEATABLE.values()):
            error = failure(hoomdossier, call, SHORT)
            assert (type(error), error.peer_is_down, error.code) == (kind, True, None)


def test_closed_port_is_unavailable() -> None:
    assert_nothing_was_sent(closed_port())


def test_connection_that_hangs_is_unavailable() -> None:
    with peer_that_never_accepts() as url:
        assert_nothing_was_sent(url)


def test_an_untrusted_certificate_is_unavailable() -> None:
    with peer_that(answer(201, {"account_id": 1, "user_id": 1}), tls=trustme.CA()) as peer:
        assert_nothing_was_sent(peer.url, AddressUnknown)
        assert not peer.requests


def test_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # The same on a machine whose DNS answers for any name.
    assert_nothing_was_sent("https://zonnedorp.hoomdossier.invalid", AddressUnknown)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", [register, REPEATABLE["link"], REPEATABLE["ping"]])
def test_redirect_is_not_followed(call: Call, status: int) -> None:
    """A renamed sub-domain: a POST would go on as a GET (known-limits A15), and the token with it."""
    with running(answer(status, b"", Location="/api/v1/register")) as (peer, hoomdossier):
        error = failure(hoomdossier, call)
    assert (type(error), error.peer_is_down) == (NoSuchPage, True)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", BY_STATUS)
@pytest.mark.parametrize("body", [HTML, b"", b'{"message": "Anders"}', b"[]", b"null"])
def test_status_alone_tells_what_comes_before_the_work(status: int, body: bytes) -> None:
    with running(answer(status, body)) as (_, hoomdossier):
        error = failure(hoomdossier, register)
    assert type(error) is BY_STATUS[status]
    assert not isinstance(error, OutcomeUnknown)
    assert error.code == status


@pytest.mark.parametrize("status", [402, 409, 412, 418, 419, 499, 500, 501, 502, 503, 504, 520, 599])
@pytest.mark.parametrize("body", [HTML, b"", b'{"message": "Server Error"}', b'{"account_id": 901, "user_id": 1902}'])
def test_every_other_status_leaves_a_registration_unknown(status: int, body: bytes) -> None:
    with running(answer(status, body)) as (_, hoomdossier):
        error = failure(hoomdossier, register)
    assert (type(error), error.peer_is_down) == (OutcomeUnknown, True)


@pytest.mark.parametrize(("status", "peer_is_down"), [(500, False), (502, True), (503, True), (504, True), (418, True)])
def test_every_other_status_of_a_link_is_a_reason_to_repeat(status: int, peer_is_down: bool) -> None:
    """A resident without a home is a 500 each time: it is no reason to leave the others waiting."""
    with running(answer(status, HTML)) as (_, hoomdossier):
        error = failure(hoomdossier, REPEATABLE["link"])
    assert isinstance(error, Unavailable)
    assert error.peer_is_down is peer_is_down


def test_maintenance_comes_before_the_work() -> None:
    with running(answer(503, {"message": "Service Unavailable"}, Retry_After="60")) as (_, hoomdossier):
        error = failure(hoomdossier, register)
    assert (type(error), error.retry_after) == (Unavailable, 60)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("37", 37),
        ("0", 0),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(START - timedelta(hours=1), usegmt=True), 0),
        ("99999999", 86400),
        ("straks", None),
        ("-5", None),
    ],
)
@pytest.mark.parametrize("call", [register, REPEATABLE["link"]])
def test_too_fast_says_until_when(call: Call, header: str, seconds: float | None) -> None:
    with running(answer(429, {"message": "Too Many Attempts."}, Retry_After=header)) as (_, hoomdossier):
        error = failure(hoomdossier, call)
    assert (type(error), error.retry_after) == (TooFast, seconds)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"email": ["A."], "number": ["B.", "C."]}, {"email": ["A."], "number": ["B.", "C."]}),
        ({"message": "Fout", "errors": {"email": ["A."]}}, {"email": ["A."]}),
        ({"email": "A.", "number": ["B.", 5, None], "city": []}, {"number": ["B."]}),
        ({"message": "Fout"}, {}),
        (["A."], {}),
    ],
)
def test_refusal_is_kept_per_field(body: Any, fields: dict[str, list[str]]) -> None:
    with running(answer(422, body)) as (_, hoomdossier):
        error = failure(hoomdossier, register)
    assert (type(error), error.fields) == (Refused, fields)
    assert all(text in error.reason for texts in fields.values() for text in texts)


def test_a_token_that_comes_back_is_taken_out() -> None:
    with running(answer(422, {"email": [f"Bearer {TOKEN} is raar."]})) as (_, hoomdossier):
        assert failure(hoomdossier, register).reason == "Bearer *** is raar."


def test_text_that_cannot_be_sent_is_refused_before_the_call() -> None:
    with running(answer(201, {"account_id": 1})) as (peer, hoomdossier):
        error = failure(hoomdossier, lambda it, _: it.register({"first_name": "\ud800"}, 5))
        assert type(error) is Refused
        assert not peer.requests


ACCOUNT = {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}
ENTRY = {
    "id": 12,
    "updated_at": "2026-11-23T09:30:00.000000Z",
    "account_related": ACCOUNT,
    "appointment_date": "2026-12-14 10:30:00",
    "coaches": [],
}


def test_page_of_appointments() -> None:
    later = {**ENTRY, "updated_at": "2026-11-23T11:00:00+01:00", "coaches": [{"contact_id": 500}]}
    removed = {**ENTRY, "appointment_date": None}
    page = {"data": [ENTRY, later, removed], "next_cursor": "abc"}
    since = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    with running(answer(200, page)) as (peer, hoomdossier):
        found = hoomdossier.appointments(since, "x y", 50, 5)
    query = "updated_since=2026-11-22T08%3A00%3A00.000000Z&cursor=x+y&limit=50"
    assert peer.head.startswith(f"GET /api/v1/appointments?{query} HTTP/1.1\r\n")
    assert found.next_cursor == "abc"
    first, second, third = found.items
    assert first.updated_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert second.updated_at == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    assert second.event.coaches[0].contact_id == 500
    assert third.event.raw["appointment_date"] is None
    assert first.event.raw == {"account_related": ACCOUNT, "appointment_date": "2026-12-14 10:30:00"}, "as pushed"


def test_first_page_asks_for_everything() -> None:
    with running(answer(200, {"data": [], "next_cursor": None})) as (peer, hoomdossier):
        page = hoomdossier.appointments(None, None, 100, 5)
    assert peer.head.startswith("GET /api/v1/appointments?limit=100 HTTP/1.1\r\n")
    assert (page.items, page.next_cursor) == ((), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"updated_at": "gisteren"},
        {"updated_at": "2026-11-23T09:30:00"},
        {"account_related": None},
    ],
)
def test_an_entry_that_cannot_be_read_does_not_stop_the_others(wrong: dict[str, Any]) -> None:
    with running(answer(200, {"data": [{**ENTRY, **wrong}, {}, ENTRY], "next_cursor": None})) as (_, hoomdossier):
        page = hoomdossier.appointments(None, None, 100, 5)
    assert [it.event.building_id for it in page.items] == [333]


@pytest.mark.parametrize("odd", [{"appointment_date": "14-12-2026"}, {"coaches": [{"contact_id": "x"}]}])
def test_an_entry_that_says_which_home_it_is_about_is_kept(odd: dict[str, Any]) -> None:
    """As for a push: a person decides when another field of the entry cannot be read."""
    with running(answer(200, {"data": [{**ENTRY, **odd}, ENTRY], "next_cursor": None})) as (_, hoomdossier):
        page = hoomdossier.appointments(None, None, 100, 5)
    assert [it.event.building_id for it in page.items] == [333, 333]
    assert "".join(page.items[0].event.unreadable) if "appointment_date" in odd else True


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {"a": 1}}, {"data": ["x"]}])
def test_what_is_no_page_is_unavailable(body: Any) -> None:
    with running(answer(200, body)) as (_, hoomdossier):
        assert type(failure(hoomdossier, REPEATABLE["appointments"])) is Unavailable


@pytest.mark.parametrize("status", [302, 404, 405])
def test_hoomdossier_without_a_feed_is_not_down(status: int) -> None:
    """The real one has none: asking for it must not stop the registrations."""
    with running(answer(status, {"message": "The route api/v1/appointments could not be found."})) as (_, hoomdossier):
        error = failure(hoomdossier, REPEATABLE["appointments"])
    assert (type(error), error.peer_is_down) == (NoFeed, False)


@pytest.mark.parametrize(
    "around", [(b"\xef\xbb\xbf", b""), (b"\xef\xbb\xbf\n\xef\xbb\xbf ", b"\r\n\0"), (b"\r\n", b" ")]
)
def test_a_registration_is_read_whatever_stands_around_it(around: tuple[bytes, bytes]) -> None:
    body = b'{"account_id":901,"user_id":1902}'.join(around)
    with running(answer(201, body, Content_Type="application/json; charset=iso-8859-1")) as (_, hoomdossier):
        assert hoomdossier.register({}, 5) == Registered(901, 1902)
