"""An alarm goes off once an hour, whoever sees the cause and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.errors import StoreUnavailable
from shared.store.port import Document
from shared.store.sqlite import SqliteStore
from shared.work.alarms import PAUSE, Alarms
from tests.world.clock import TestClock

COOPERATION = "zonnig-dorp"


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def store(tmp_path: Path, clock: TestClock) -> SqliteStore:
    return SqliteStore(tmp_path / "link.db", clock)


class Away(SqliteStore):
    def create(self, *_: object) -> Document:
        raise StoreUnavailable("away")


def went_off(capsys: pytest.CaptureFixture[str]) -> int:
    return capsys.readouterr().out.count('"called with a wrong key"')


def test_the_next_one_is_an_hour_later(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(store, clock)
    for _ in range(120):
        alarms.wrong_key("receive_event", COOPERATION)
        clock.advance(60)
    assert went_off(capsys) == 2


def test_instances_share_it(store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        Alarms(store, clock).wrong_key("receive_event", COOPERATION)
    assert went_off(capsys) == 1
    clock.advance(PAUSE.total_seconds())
    for _ in range(5):
        Alarms(store, clock).wrong_key("receive_event", COOPERATION)
    assert went_off(capsys) == 1


def test_threads_share_it(store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]) -> None:
    alarms = Alarms(store, clock)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: alarms.wrong_key("receive_event", COOPERATION), range(100)))
    assert went_off(capsys) == 1


def test_each_cooperation_and_each_function_has_its_own(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(store, clock)
    for function in ("receive_event", "link_coach"):
        for cooperation in (COOPERATION, "meer-energie", None):
            alarms.wrong_key(function, cooperation)
    assert went_off(capsys) == 6


def test_with_the_store_away_it_goes_off_all_the_same(
    tmp_path: Path, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(Away(tmp_path / "link.db", clock), clock)
    for _ in range(5):
        alarms.wrong_key("receive_event", COOPERATION)
    assert went_off(capsys) == 1
