"""Every piece of work goes from waiting to done or parked, and back when a person says so."""

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


def test_parked_is_for_a_person_and_for_no_task(parked: Work) -> None:
    assert (parked.state, parked.needs_person, parked.due_at, parked.parked) == ("parked", True, None, WHY)


def test_each_task_has_a_generation_of_its_own_and_the_newest_counts(parked: Work) -> None:
    generations = []
    for _ in range(3):
        parked.schedule(LATER)
        generations.append(parked.generation)
    assert generations == sorted(set(generations))
    assert parked.due_at == LATER


def test_a_document_made_anew_does_not_use_the_names_of_the_old_ones_tasks() -> None:
    old, new = (Work(cooperation="dorp", accepted_at=at) for at in (START, START + timedelta(seconds=1)))
    for _ in range(100):
        old.schedule(LATER)
    new.schedule(LATER)
    assert new.generation > old.generation


def test_finished_nobody_has_to_look(parked: Work) -> None:
    parked.finish()
    assert (parked.state, parked.needs_person, parked.due_at, parked.parked) == ("done", False, None, None)
    assert parked.attempts == Attempts()


def test_released_it_is_as_if_it_had_never_been_tried(parked: Work) -> None:
    parked.release(LATER)
    fresh = Work(cooperation="dorp", accepted_at=START, due_at=LATER, generation=parked.generation)
    assert parked == fresh


def test_a_known_outcome_takes_it_from_the_dead_letters(parked: Work) -> None:
    parked.unpark()
    assert (parked.state, parked.needs_person, parked.parked) == ("waiting", False, None)


def test_what_was_not_parked_stays_as_it_is_when_the_outcome_is_known() -> None:
    work = Work(cooperation="dorp", accepted_at=START)
    work.finish()
    work.unpark()
    assert work.state == "done"


def test_closed_nothing_is_to_be_done(parked: Work) -> None:
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
