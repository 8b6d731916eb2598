"""Quotas are counted over all instances, cost nothing when little is used, and take a bounded amount of memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.domain.quota import Quota
from shared.errors import StoreUnavailable
from shared.store.port import Data, Document
from shared.store.sqlite import SqliteStore
from shared.work.quotas import COLLECTION, FEW, Quotas
from tests.world.clock import TestClock

TEN = Quota(10, 3600)
HUNDRED = Quota(100, 3600)


class Counting(SqliteStore):
    """Counts its calls, and can be made unavailable."""

    calls = 0
    is_away = False

    def get(self, collection: str, key: str) -> Document | None:
        self._asked()
        return super().get(collection, key)

    def create(self, collection: str, key: str, data: Data) -> Document:
        self._asked()
        return super().create(collection, key, data)

    def replace(self, collection: str, key: str, data: Data, version: str) -> Document:
        self._asked()
        return super().replace(collection, key, data, version)

    def _asked(self) -> None:
        self.calls += 1
        if self.is_away:
            raise StoreUnavailable("away")


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def store(tmp_path: Path, clock: TestClock) -> Iterator[Counting]:
    store = Counting(tmp_path / "link.db", clock)
    yield store
    store.close()


def taken(quotas: Quotas, count: int, quota: Quota = TEN, key: str = "a") -> int:
    return sum(quotas.take(key, quota) == 0 for _ in range(count))


def test_a_quota_is_used_up_and_then_frees_one_at_a_time(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    assert taken(quotas, 50) == 10
    assert quotas.take("a", TEN) == pytest.approx(360)
    clock.advance(360)
    assert taken(quotas, 50) == 1


def test_a_few_uses_cost_no_call_to_the_store(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    for number in range(1000):
        assert taken(quotas, FEW - 1, key=str(number)) == FEW - 1
    assert store.calls == 0


def test_many_uses_are_written_in_batches_and_refused_ones_are_not(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    assert taken(quotas, 1000, HUNDRED) == 100
    assert store.calls == 20  # A read and a write for each batch of ten.


def test_instances_share_a_quota_except_for_a_batch_each(store: Counting, clock: TestClock) -> None:
    instances = [Quotas(store, clock) for _ in range(4)]
    assert 100 <= sum(taken(instances[number % 4], 1, HUNDRED) for number in range(1000)) <= 100 + 3 * 10


def test_a_new_instance_gets_the_use_from_the_store(store: Counting, clock: TestClock) -> None:
    assert taken(Quotas(store, clock), 1000, HUNDRED) == 100
    assert taken(Quotas(store, clock), 1000, HUNDRED) == 10 - 1


def test_threads_share_a_quota(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: quotas.take("a", HUNDRED) == 0, range(1000))) == 100


def test_the_same_twice_in_a_row_counts_once(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    assert [quotas.take("a", Quota(2, 60), what=what) > 0 for what in "xxxyyyxxx"] == [False] * 6 + [True] * 3


def test_a_use_that_the_store_refuses_is_refused_again_when_repeated(store: Counting, clock: TestClock) -> None:
    few = Quota(5, 60)
    assert taken(Quotas(store, clock), 9, few) == 5
    quotas = Quotas(store, clock)
    answers = [quotas.take("a", few, what=str(number // 2)) > 0 for number in range(12)]
    assert answers == [False] * 4 + [True] * 8


def test_without_the_store_an_instance_counts_its_own_uses(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    store.is_away = True
    assert taken(quotas, 50, HUNDRED) == 50
    assert store.calls == 5  # Not for each use: a caller waits for the answer.
    store.is_away = False
    assert taken(quotas, 1000, HUNDRED) == 50
    assert taken(Quotas(store, clock), 1000, HUNDRED) < 10


def test_memory_is_bounded_and_a_dropped_key_is_still_in_the_store(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock, most_kept=100)
    assert taken(quotas, 1000, HUNDRED) == 100
    for number in range(10_000):
        taken(quotas, 1, key=str(number))
    assert len(quotas._used) == 100
    assert taken(quotas, 1000, HUNDRED) < 10


def test_here_only_never_asks_the_store(store: Counting, clock: TestClock) -> None:
    quotas = Quotas(store, clock)
    assert sum(quotas.take("a", HUNDRED, here_only=True) == 0 for _ in range(1000)) == 100
    assert store.calls == 0


def test_a_key_expires_when_its_whole_quota_is_free_again(store: Counting, clock: TestClock) -> None:
    taken(Quotas(store, clock), 50)
    assert store.get(COLLECTION, "a")
    clock.advance(3601)
    assert not store.get(COLLECTION, "a")
    assert taken(Quotas(store, clock), 50) == 10
