"""An alarm writes one line an hour, however often its cause occurs and in however many instances."""

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


def lines_written(capsys: pytest.CaptureFixture[str]) -> int:
    return capsys.readouterr().out.count('"called with a wrong key"')


def test_the_next_line_comes_an_hour_later(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(store, clock)
    for _ in range(120):
        alarms.wrong_key("receive_event", COOPERATION)
        clock.advance(60)
    assert lines_written(capsys) == 2


def test_instances_write_one_line_together(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        Alarms(store, clock).wrong_key("receive_event", COOPERATION)
    assert lines_written(capsys) == 1
    clock.advance(PAUSE.total_seconds())
    for _ in range(5):
        Alarms(store, clock).wrong_key("receive_event", COOPERATION)
    assert lines_written(capsys) == 1


def test_threads_write_one_line_together(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(store, clock)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: alarms.wrong_key("receive_event", COOPERATION), range(100)))
    assert lines_written(capsys) == 1


def test_each_cooperation_and_each_function_has_an_alarm_of_its_own(
    store: SqliteStore, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(store, clock)
    for function in ("receive_event", "link_coach"):
        for cooperation in (COOPERATION, "meer-energie", None):
            alarms.wrong_key(function, cooperation)
    assert lines_written(capsys) == 6


def test_without_the_store_each_instance_writes_its_line(
    tmp_path: Path, clock: TestClock, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = Alarms(Away(tmp_path / "link.db", clock), clock)
    for _ in range(5):
        alarms.wrong_key("receive_event", COOPERATION)
    assert lines_written(capsys) == 1
