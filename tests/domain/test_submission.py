"""The next call for a sign-up sends all of it, a correction or a look, also after a person replayed or closed it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.effect import claim
from shared.domain.resident import Address, Person
from shared.domain.submission import LOOKS, SignUp, Submission
from shared.domain.work import Parked
from tests.world.clock import START

LATER = START + timedelta(hours=1)
PARKED = {unknown: Parked(code="x", at=START, unknown=unknown) for unknown in (True, False)}


@pytest.fixture
def submission() -> Submission:
    sign_up = SignUp(person=Person(last_name="Maes"), address=Address(number=1), consent_at=START)
    return Submission(
        cooperation="dorp",
        accepted_at=START,
        form="aanmelden",
        campaign_id=1,
        sign_up=sign_up,
        email_key="k",
        digest="d",
    )


def test_nothing_of_a_new_sign_up_was_sent(submission: Submission) -> None:
    assert (submission.version, submission.submitted_version, submission.sending_version) == (1, 0, 0)
    assert not (submission.first_call_done or submission.unsure or submission.intake_alone or submission.dossier_known)


@pytest.mark.parametrize("unsure", [True, False])
def test_a_replay_looks_first_when_the_sign_up_may_have_arrived(submission: Submission, unsure: bool) -> None:
    submission.unsure, submission.looks = unsure, len(LOOKS)
    submission.park(PARKED[unsure])
    submission.release(LATER)
    assert submission.unsure is unsure
    assert submission.looks == 0
    assert submission.is_first_call is not unsure
    assert (submission.state, submission.due_at) == ("waiting", LATER)


def test_the_looks_come_ever_later_and_end(submission: Submission) -> None:
    minute, now, waits = timedelta(minutes=1), START, []
    submission.mark_sending(START)
    while submission.schedule_look(now, minute):
        assert submission.due_at
        waits.append(submission.due_at - now)
        now = submission.due_at
    assert waits == [minute * times for times in LOOKS]
    assert not submission.is_first_call


def test_the_look_after_a_call_of_long_ago_is_due_at_once(submission: Submission) -> None:
    submission.mark_sending(START)
    assert submission.schedule_look(LATER, timedelta(minutes=1))
    assert submission.due_at == LATER


def test_an_intake_may_be_without_its_opportunity_only_after_a_lost_look(submission: Submission) -> None:
    submission.mark_sending(START)
    submission.schedule_look(START, timedelta(minutes=1))
    assert not submission.intake_alone
    submission.mark_sending(START)
    submission.schedule_look(START, timedelta(minutes=1))
    assert submission.intake_alone


def test_a_later_version_is_a_correction_when_an_earlier_one_may_have_arrived(submission: Submission) -> None:
    submission.mark_sending(START)
    submission.record_refusal()
    submission.version = 2
    submission.mark_sending(START)
    assert not submission.is_correction
    submission.schedule_look(START, timedelta(minutes=1))
    submission.version = 3
    submission.mark_sending(START)
    assert submission.is_correction


def test_a_replay_of_a_sign_up_that_was_not_parked_needs_no_look(submission: Submission) -> None:
    submission.release(LATER)
    assert submission.unsure is False


def test_a_sign_up_closed_without_a_contact_is_done_and_loses_its_content(submission: Submission) -> None:
    submission.park(PARKED[True])
    submission.close(LATER)
    assert (submission.state, submission.due_at, submission.sign_up) == ("done", None, None)
    assert submission.submitted_version == 0


@pytest.mark.parametrize("unsure", [True, False])
def test_a_sign_up_after_a_close_looks_first_when_the_closed_one_may_have_arrived(
    submission: Submission, unsure: bool
) -> None:
    submission.unsure, submission.effect = unsure, claim("me", START, 30)
    submission.park(PARKED[unsure])
    submission.close(LATER)
    assert submission.unsure is unsure
    assert submission.effect is None


def test_closing_a_sign_up_that_was_not_parked_asks_for_no_look(submission: Submission) -> None:
    submission.close(LATER)
    assert submission.unsure is False


def test_a_sign_up_closed_with_a_contact_counts_as_sent_and_goes_on(submission: Submission) -> None:
    submission.contact_id, submission.version = 4711, 3
    submission.park(PARKED[True])
    submission.close(LATER)
    assert (submission.state, submission.due_at) == ("waiting", LATER)
    assert (submission.submitted_version, submission.first_call_done, submission.unsure) == (3, True, False)
