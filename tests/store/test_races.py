"""Many at once: exactly one creates, and no change of a document is lost."""

from __future__ import annotations

import pytest

from shared.errors import AlreadyExists, Changed
from shared.store import firestore
from shared.store.port import Addition, Data, Store, update
from tests.world.clock import TestClock
from tests.world.threads import MANY, count_outcomes


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator on a busy machine may stand still for seconds, which says nothing about who wins."""
    monkeypatch.setattr(firestore, "SECONDS", 30.0)  # See above.


def test_of_many_who_create_one_wins(store: Store) -> None:
    def create(number: int) -> str:
        store.create("effects", "one", {"by": number})
        winners.append(number)
        return "made it"

    winners: list[int] = []
    assert count_outcomes(create) == {"made it": 1, AlreadyExists: MANY - 1}
    found = store.get("effects", "one")
    assert found is not None
    assert found.data == {"by": winners[0]}


def test_of_many_who_create_over_an_expired_document_one_wins(store: Store, clock: TestClock) -> None:
    store.create("effects", "one", {"expires_at": clock.in_seconds(1)})
    clock.advance(1)
    assert count_outcomes(lambda number: store.create("effects", "one", {"by": number}).key) == {
        "one": 1,
        AlreadyExists: MANY - 1,
    }


def test_of_many_who_replace_one_version_one_wins(store: Store) -> None:
    """Also when all of them write the same."""
    version = store.create("effects", "one", {"n": 1}).version
    outcomes = count_outcomes(lambda _: store.replace("effects", "one", {"n": 1}, version).key)
    assert outcomes == {"one": 1, Changed: MANY - 1}


def test_every_change_of_a_counter_counts(store: Store) -> None:
    def add_one(data: Data | None) -> Data:
        return {"n": (data or {"n": 0})["n"] + 1}

    assert set(count_outcomes(lambda _: update(store, "counters", "one", add_one) is not None)) == {True}
    found = store.get("counters", "one")
    assert found is not None
    assert found.data == {"n": MANY}


def test_create_and_delete_of_one_key_leave_a_whole_store(store: Store) -> None:
    """Each create or delete happens, or says that the document is there; nothing else comes out."""

    def turn(number: int) -> str:
        store.delete("effects", "one")
        store.create("effects", "one", {"by": number})
        return "made it"

    outcomes = count_outcomes(turn, 16)
    assert set(outcomes) <= {"made it", AlreadyExists}
    assert outcomes["made it"] >= 1


def test_all_that_many_add_to_one_document_is_in_its_sum(store: Store) -> None:
    """Each of 32 makes, changes and deletes documents of its own; all add to one tally, without a conflict."""

    def turn(number: int) -> str:
        first = store.create("residents", f"{number}", {"n": 1}, [adding(made=1, now=1)])
        second = store.replace("residents", f"{number}", {"n": 2}, first.version, [adding(seconds=number)])
        store.delete("residents", f"{number}", second.version, [adding(now=-1)])
        return "done"

    assert count_outcomes(turn, 32) == {"done": 32}
    found = store.get("tallies", "one")
    assert found is not None
    assert found.data == {"counts": {"made": 32, "now": 0, "seconds": sum(range(32))}}


def test_of_many_who_write_the_same_document_only_the_winner_adds(store: Store) -> None:
    assert count_outcomes(lambda _: store.create("effects", "one", {}, [adding(made=1)]).key) == {
        "one": 1,
        AlreadyExists: MANY - 1,
    }
    found = store.get("effects", "one")
    assert found is not None
    outcomes = count_outcomes(lambda _: store.replace("effects", "one", {}, found.version, [adding(changed=1)]).key)
    assert outcomes == {"one": 1, Changed: MANY - 1}
    count_outcomes(lambda _: store.delete("effects", "one", adding=[adding(deleted=1)]))
    tally = store.get("tallies", "one")
    assert tally is not None
    assert tally.data == {"counts": {"made": 1, "changed": 1, "deleted": 1}}


def adding(**counts: int) -> Addition:
    return Addition("tallies", "one", {}, counts)
