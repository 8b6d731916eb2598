"""The states of work: waiting, done, parked, and what each method changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.effect import claim
from shared.domain.work import Attempts, Parked, Work
from tests.world.clock import START

LATER = START + timedelta(hours=1)
WHY = Parked(code="Refused", reason="no", at=START)


@pytest.fixture
def parked() -> Work:
    work = Work(cooperation="dorp", accepted_at=START, due_at=START, attempts=Attempts(failed=3), crashes=2)
    work.effect = claim("me", START, 30)
    work.park(WHY)
    return work


def test_parked_work_needs_a_person_and_has_no_task(parked: Work) -> None:
    assert (parked.state, parked.needs_person, parked.due_at, parked.parked) == ("parked", True, None, WHY)


def test_work_is_undelivered_since_it_first_failed_or_else_since_it_is_due(parked: Work) -> None:
    assert parked.undelivered_since is None
    assert Work(cooperation="dorp", accepted_at=START).undelivered_since is None
    parked.release(LATER)
    assert parked.undelivered_since == LATER
    parked.attempts = Attempts(failed=1, first_failed_at=START)
    assert parked.undelivered_since == START


def test_each_schedule_has_a_higher_generation(parked: Work) -> None:
    generations = []
    for _ in range(3):
        parked.schedule(LATER)
        generations.append(parked.generation)
    assert generations == sorted(set(generations))
    assert parked.due_at == LATER


def test_work_that_is_created_again_has_higher_generations_than_before() -> None:
    old, new = (Work(cooperation="dorp", accepted_at=at) for at in (START, START + timedelta(seconds=1)))
    for _ in range(100):
        old.schedule(LATER)
    new.schedule(LATER)
    assert new.generation > old.generation


def test_finished_work_needs_nobody(parked: Work) -> None:
    parked.finish()
    assert (parked.state, parked.needs_person, parked.due_at, parked.parked) == ("done", False, None, None)
    assert parked.attempts == Attempts()


def test_released_work_is_as_if_it_had_never_been_tried(parked: Work) -> None:
    parked.release(LATER)
    fresh = Work(cooperation="dorp", accepted_at=START, due_at=LATER, generation=parked.generation)
    assert parked == fresh


def test_unpark_takes_work_from_the_dead_letters(parked: Work) -> None:
    parked.unpark()
    assert (parked.state, parked.needs_person, parked.parked) == ("waiting", False, None)


def test_unpark_leaves_work_that_is_not_parked_as_it_is() -> None:
    work = Work(cooperation="dorp", accepted_at=START)
    work.finish()
    work.unpark()
    assert work.state == "done"


def test_closed_work_is_done(parked: Work) -> None:
    parked.close(LATER)
    assert (parked.state, parked.needs_person, parked.due_at) == ("done", False, None)


def test_new_work_is_due_when_it_was_accepted_or_later_when_it_says_so() -> None:
    now, later = (Work(cooperation="dorp", accepted_at=START, due_at=due_at) for due_at in (None, LATER))
    assert now.begin(LATER).due_at == START
    assert later.begin(LATER).due_at == LATER
    assert now.expires_at == LATER
    first = now.generation
    now.schedule(LATER)
    assert now.generation == first + 1
