"""A sign-up that a person replays or closes: what the next call to Econobis may make."""

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


def test_of_a_new_sign_up_nothing_was_sent(submission: Submission) -> None:
    assert (submission.version, submission.submitted_version, submission.sending_version) == (1, 0, 0)
    assert not (submission.first_call_done or submission.unsure or submission.intake_alone or submission.dossier_known)


@pytest.mark.parametrize("unsure", [True, False])
def test_replayed_after_an_unknown_outcome_it_looks_before_it_makes(submission: Submission, unsure: bool) -> None:
    submission.unsure, submission.looks = unsure, len(LOOKS)
    submission.park(PARKED[unsure])
    submission.release(LATER)
    assert submission.unsure is unsure
    assert submission.looks == 0
    assert submission.is_first_call is not unsure
    assert (submission.state, submission.due_at) == ("waiting", LATER)


def test_looks_come_ever_later_and_end(submission: Submission) -> None:
    minute, now, waits = timedelta(minutes=1), START, []
    submission.sends(START)
    while submission.doubt(now, minute):
        assert submission.due_at
        waits.append(submission.due_at - now)
        now = submission.due_at
    assert waits == [minute * times for times in LOOKS]
    assert not submission.is_first_call


def test_a_call_that_broke_off_long_ago_is_looked_into_at_once(submission: Submission) -> None:
    submission.sends(START)
    assert submission.doubt(LATER, timedelta(minutes=1))
    assert submission.due_at == LATER


def test_an_intake_proves_the_rest_unless_a_call_without_the_rest_may_have_made_it(submission: Submission) -> None:
    submission.sends(START)
    submission.doubt(START, timedelta(minutes=1))
    assert not submission.intake_alone
    submission.sends(START)
    submission.doubt(START, timedelta(minutes=1))
    assert submission.intake_alone


def test_a_later_version_is_a_correction_once_an_earlier_one_may_be_there(submission: Submission) -> None:
    submission.sends(START)
    submission.was_refused()
    submission.version = 2
    submission.sends(START)
    assert not submission.is_correction
    submission.doubt(START, timedelta(minutes=1))
    submission.version = 3
    submission.sends(START)
    assert submission.is_correction


def test_replayed_without_having_been_parked_it_is_not_unsure(submission: Submission) -> None:
    submission.release(LATER)
    assert submission.unsure is False


def test_closed_without_a_contact_it_is_over_and_forgets_what_was_typed(submission: Submission) -> None:
    submission.park(PARKED[True])
    submission.close(LATER)
    assert (submission.state, submission.due_at, submission.sign_up) == ("done", None, None)
    assert submission.submitted_version == 0


@pytest.mark.parametrize("unsure", [True, False])
def test_who_signs_up_again_after_it_was_closed_is_looked_for_first_if_it_may_have_arrived(
    submission: Submission, unsure: bool
) -> None:
    submission.unsure, submission.effect = unsure, claim("me", START, 30)
    submission.park(PARKED[unsure])
    submission.close(LATER)
    assert submission.unsure is unsure
    assert submission.effect is None


def test_closed_without_having_been_parked_it_is_not_unsure(submission: Submission) -> None:
    submission.close(LATER)
    assert submission.unsure is False


def test_closed_with_a_contact_counts_as_sent_and_what_follows_is_still_done(submission: Submission) -> None:
    submission.contact_id, submission.version = 4711, 3
    submission.park(PARKED[True])
    submission.close(LATER)
    assert (submission.state, submission.due_at) == ("waiting", LATER)
    assert (submission.submitted_version, submission.first_call_done, submission.unsure) == (3, True, False)
