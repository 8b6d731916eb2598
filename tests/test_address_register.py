"""The register of addresses: what is asked, what is made of the answer, and that it is never in the way for long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.standins.address_register import AddressRegisterStandIn, Fault
from infra.standins.server import serving
from shared.address_lookups import COLLECTION, UNKNOWN_KEPT, AddressLookups
from shared.address_register import PAUSE, PER_MINUTE, TIMEOUT, AddressRegister, RegisterAway
from shared.config import WrongConfig, from_environment
from shared.domain.homes import Homes
from shared.domain.problem import Problem
from shared.errors import StoreUnavailable
from shared.public_addresses import public_client
from shared.retention import ADDRESS_LOOKUPS
from shared.store.port import Query
from shared.store.sqlite import SqliteStore
from tests.world.firestore_rules import StrictStore
from tests.world.scripted_peer import NO_ANSWER, Peer, answer, peer_that, sends, unreadable

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stand_in() -> AddressRegisterStandIn:
    return AddressRegisterStandIn()


@pytest.fixture
def register(stand_in: AddressRegisterStandIn, clock: Clock) -> Iterator[AddressRegister]:
    with serving(stand_in) as base, public_client(allow_loopback=True) as http:
        yield AddressRegister(http, f"{base}/free", clock)


def at(peer: Peer) -> AddressRegister:
    return AddressRegister(public_client(allow_loopback=True), f"{peer.url}/free")


def found(*rows: dict[str, Any], count: int | None = None) -> bytes:
    return json.dumps({"response": {"numFound": len(rows) if count is None else count, "docs": rows}}).encode()


def row(number: int = 12, **changes: Any) -> dict[str, Any]:
    return {"straatnaam": "Zonnelaan", "woonplaatsnaam": "Zonnig Dorp", "huisnummer": number, **changes}


# -- the question ------------------------------------------------------------------------------------------------------


def test_the_question_is_the_one_of_the_documentation() -> None:
    with peer_that(answer(200, found(row()))) as peer:
        at(peer).homes("1234 AB", 12)
        path = peer.head.split(" ")[1]
    assert urlsplit(path).path == "/free"
    assert "+" not in path
    assert parse_qs(urlsplit(path).query) == {
        "q": ["postcode:1234AB and huisnummer:12"],
        "fq": ["type:adres"],
        "fl": ["straatnaam,woonplaatsnaam,huisnummer,huisletter,huisnummertoevoeging"],
        "rows": ["100"],
    }


@pytest.mark.parametrize("postcode", ["1234 AB or *:*", "*", "1234AB) or (x", "9000", "", "1234AB\nq"])
def test_what_is_no_postcode_never_becomes_part_of_a_query(
    register: AddressRegister, stand_in: AddressRegisterStandIn, postcode: str
) -> None:
    with pytest.raises(Problem):
        register.homes(postcode, 12)
    assert stand_in.received == []


# -- the answer --------------------------------------------------------------------------------------------------------


def test_homes_are_found_with_their_additions_in_order(register: AddressRegister) -> None:
    assert register.homes("1234 AB", 5) == Homes("Zonnelaan", "Zonnig Dorp", ("",))
    assert register.homes("1234AB", 12) == Homes("Zonnelaan", "Zonnig Dorp", ("", "A", "B"))
    assert register.homes("1234AC", 1) == Homes("Windhof", "Zonnig Dorp", ("1", "2", "10", "Abis"))
    assert register.homes("9999 ZZ", 1) is None
    assert register.homes("2011 AB", 3) is None


@pytest.mark.parametrize(
    ("rows", "count", "homes"),
    [
        ([row(), row(number=120, huisletter="Z")], None, Homes("Zonnelaan", "Zonnig Dorp", ("",))),  # what comes near
        ([row(number=120)], None, None),
        ([row(), row(straatnaam="Windhof")], None, Homes("", "")),  # only the resident knows which
        ([row(huisnummertoevoeging="1")], 250, Homes("Zonnelaan", "Zonnig Dorp")),  # more than it tells
        ([row(huisnummertoevoeging="achterhuis")], None, Homes("Zonnelaan", "Zonnig Dorp", ())),  # no peer takes it
        ([row(straatnaam=None, woonplaatsnaam=7)], None, Homes("", "", ("",))),
    ],
    ids=["near", "another number", "two streets", "too many", "a long addition", "no texts"],
)
def test_what_the_register_says_is_read_with_care(rows: list[Any], count: int | None, homes: Homes | None) -> None:
    with peer_that(answer(200, found(*rows, count=count))) as peer:
        assert at(peer).homes("1234 AB", 12) == homes


WRONG = {
    "refused": answer(400, {"error": "Onbekende parameter"}),
    "broken": answer(500, b""),
    "broken, with an answer": answer(500, found(row())),
    "redirect": answer(302, b"", Location="https://elsewhere.example/"),
    "another form": answer(200, {"docs": []}),
    "rows of text": answer(200, {"response": {"numFound": 1, "docs": ["x"]}}),
    "rows left out": answer(200, {"response": {"numFound": 3, "docs": []}}),
    **{f"no answer: {name}": behave for name, behave in NO_ANSWER.items()},
    **{f"unreadable: {name}": behave for name, behave in unreadable(200).items()},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_register_that_answers_wrongly_is_away_within_its_time(case: str) -> None:
    with peer_that(WRONG[case]) as peer:
        register = at(peer)
        started = time.monotonic()
        with pytest.raises(RegisterAway):
            register.homes("1234 AB", 12)
        assert time.monotonic() - started < TIMEOUT + 0.5


def test_a_slow_register_is_away_after_a_second_in_all() -> None:
    """It sends a byte now and then, so a limit per read would wait for ever."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with peer_that(sends(head, *[b" "] * 30, pause=0.2)) as peer:
        started = time.monotonic()
        with pytest.raises(RegisterAway):
            at(peer).homes("1234 AB", 12)
        assert TIMEOUT - 0.1 < time.monotonic() - started < TIMEOUT + 0.5


# -- when it failed, and how often -------------------------------------------------------------------------------------


def test_after_a_failure_it_is_left_alone_for_a_while(
    register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    stand_in.faults = [Fault(status=503)]
    for _ in range(3):
        with pytest.raises(RegisterAway):
            register.homes("1234 AB", 12)
    assert len(stand_in.received) == 1
    clock.now += PAUSE - timedelta(seconds=1)
    with pytest.raises(RegisterAway):
        register.homes("1234 AB", 12)
    clock.now += timedelta(seconds=1)
    assert register.homes("1234 AB", 12)


def test_one_process_asks_only_so_often(
    register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    for number in range(PER_MINUTE.most):
        register.homes("1234 AB", number + 1)
    with pytest.raises(RegisterAway):
        register.homes("1234 AB", 5)
    assert len(stand_in.received) == PER_MINUTE.most
    clock.now += timedelta(seconds=PER_MINUTE.seconds / PER_MINUTE.most)
    assert register.homes("1234 AB", 5)  # Its own limit is no failure: there is no pause.


# -- what is remembered ------------------------------------------------------------------------------------------------


class AwayStore:
    """Every call fails."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable("the store is away")

        return fail


def test_an_address_is_asked_once_in_thirty_days(
    tmp_path: Path, register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    store = StrictStore(SqliteStore(tmp_path / "link.sqlite", clock))
    lookups = AddressLookups(store, register, "secret", clock)
    first = lookups.homes("1234 AB", 12)
    assert lookups.homes("1234 AB", 12) == first == Homes("Zonnelaan", "Zonnig Dorp", ("", "A", "B"))
    assert len(stand_in.received) == 1
    (kept,) = store.find(Query(COLLECTION))
    assert "1234" not in f"{kept.key}{kept.data}"
    assert "12" not in kept.data.values()
    clock.now += ADDRESS_LOOKUPS - timedelta(minutes=1)
    assert lookups.homes("1234 AB", 12)
    assert len(stand_in.received) == 1
    clock.now += timedelta(minutes=2)
    assert lookups.homes("1234 AB", 12)
    assert len(stand_in.received) == 2


def test_an_unknown_home_is_remembered_for_a_day(
    tmp_path: Path, register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    lookups = AddressLookups(SqliteStore(tmp_path / "link.sqlite", clock), register, "secret", clock)
    assert lookups.homes("9999 ZZ", 1) is lookups.homes("9999 ZZ", 1) is None
    assert len(stand_in.received) == 1
    clock.now += UNKNOWN_KEPT + timedelta(seconds=1)
    assert lookups.homes("9999 ZZ", 1) is None
    assert len(stand_in.received) == 2


def test_a_failure_is_not_remembered(
    tmp_path: Path, register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    store = SqliteStore(tmp_path / "link.sqlite", clock)
    stand_in.faults = [Fault(body="{}")]
    with pytest.raises(RegisterAway):
        AddressLookups(store, register, "secret", clock).homes("1234 AB", 12)
    assert store.find(Query(COLLECTION)) == []


def test_another_secret_finds_nothing_of_it(
    tmp_path: Path, register: AddressRegister, stand_in: AddressRegisterStandIn, clock: Clock
) -> None:
    store = SqliteStore(tmp_path / "link.sqlite", clock)
    for secret in ("one", "two"):
        AddressLookups(store, register, secret, clock).homes("1234 AB", 12)
    assert len(stand_in.received) == 2


def test_a_store_that_is_away_is_no_reason_not_to_answer(register: AddressRegister, clock: Clock) -> None:
    away: Any = AwayStore()
    assert AddressLookups(away, register, "secret", clock).homes("1234 AB", 5)


# -- the setting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "deployed", "reason"),
    [
        ("http://register.example", "", "an address starts with https://"),
        ("http://127.0.0.1:8080/free", "receive-webform", "only for a local run"),
        ("https://user:secret@register.example", "", "no user or password"),
    ],
)
def test_a_wrong_address_of_the_register_stops_the_start(tmp_path: Path, url: str, deployed: str, reason: str) -> None:
    named = dict.fromkeys(("LINK_CONFIG", "LINK_STORE", "LINK_TASKS", "LINK_BLOBS"), str(tmp_path))
    with pytest.raises(WrongConfig, match=reason):
        from_environment({**named, "LINK_ADDRESS_REGISTER": url, "K_SERVICE": deployed})
