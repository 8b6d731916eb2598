"""Sends a sign-up to Econobis: one call of its webform makes contact, intake, opportunity and visit.

The call is not safe to repeat (known-limits E1-E3). When its outcome is unknown, a look finds out: the same call
without the fields that make an opportunity and a visit. Econobis stores all of a call or nothing
(docs/peers/econobis.md 4.2), so when the look finds the intake, opportunity and visit exist too.

The dossier is made within the same call: Econobis calls our `create_dossier`, because it stores an account id only from
a call of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from shared.config import Form
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.rate import Turn
from shared.domain.resident import Resident
from shared.domain.retry import parked
from shared.domain.submission import LONGEST_CALL, Brought, Submission
from shared.errors import Gone, LinkError, OutcomeUnknown, Refused
from shared.sign_ups.call_fields import call_fields
from shared.work.evidence import settle_by_evidence
from shared.work.records import Stored
from shared.work.requests import want_dossier, want_link
from shared.work.services import Services
from shared.work.step import Step, log_attempt

AFTER_THE_FIRST = timedelta(seconds=30)
"""How long a sign-up with a corrected e-mail address waits after the next attempt of the first sign-up."""


class NoIntake(Refused):
    """Econobis answered with success but made no intake (known-limits E8)."""


def submit_intake(services: Services, key: str, stored: Stored[Submission]) -> None:
    """Makes the call that the submission needs, and then its follow-up. Raises Busy and Gone: see `_submit`."""
    submission = stored.record
    if submission.sign_up is None or submission.state != "waiting":
        return
    if submission.same_as and (waits := _wait_for_the_first(services, key, stored)):
        services.enqueue(key, waits)
        return
    if submission.submitted_version < submission.version:
        stored = _submit(services, key, stored)
    submission = stored.record
    if submission.state == "waiting" and submission.submitted_version == submission.version:
        submission = _follow_up(services, key, stored)
    services.enqueue(key, submission)


def _wait_for_the_first(services: Services, key: str, stored: Stored[Submission]) -> Submission | None:
    """For somebody who signed up twice, because the first e-mail address was wrong.

    Returns None when the first sign-up arrived, so that this one may be sent. Else reschedules this one, or makes it
    independent when the first will never arrive, and returns it.
    """
    submissions = services.records(Submission)
    first = submissions.get(stored.record.same_as)
    if first and first.first_call_done:
        return None
    return submissions.edit(key, partial(_postpone, first, services.clock()), stored)


def _postpone(first: Submission | None, now: datetime, record: Submission) -> None:
    if first and first.state == "waiting":
        record.schedule(max(first.due_at or now, now) + AFTER_THE_FIRST)
    else:
        record.same_as = ""
        record.schedule(now)


class SubmitIntake(Step[Submission, Brought]):
    """The call of Econobis' webform: a sign-up, a correction of one, or a look whether one arrived."""

    seconds = LONGEST_CALL.total_seconds()
    turn: Turn = "urgent"

    def __init__(self, services: Services, key: str, submission: Submission) -> None:
        limits = services.limits.econobis(submission.cooperation, share=submission.share)
        super().__init__(services, services.records(Submission), key, limits)
        self._form = services.cooperations[submission.cooperation].forms[submission.form]

    def before(self, record: Submission) -> None:
        record.mark_sending(self.services.clock())

    def send(self, record: Submission) -> Brought:
        fields = call_fields(self._form, record, self.key)
        answer = self.services.econobis(record.cooperation).submit_webform(fields, self.seconds)
        if not answer.intake_id:
            raise NoIntake(answer.why_no_intake)
        return Brought(
            contact_id=answer.contact_id,
            intake_id=answer.intake_id,
            intake_found=answer.intake_found,
            opportunity_ids=answer.opportunity_ids,
            visit_ids=answer.visit_ids,
            # A look "updates" a visit to a status that Econobis does not know (`look_for_visit`). That changes nothing,
            # so here it says only whether a visit was found.
            visit_found=answer.visit_status_updated,
            has_dossier=answer.has_dossier,
        )

    def worked(self, record: Submission, answer: Brought) -> None:
        record.record_answer(answer, makes_visit=bool(self._form.measures))

    def failed(self, record: Submission, error: LinkError) -> None:
        """As in Step. After an unknown outcome it schedules a look, and after the last look it makes a dead letter."""
        now = self.services.clock()
        if not isinstance(error, OutcomeUnknown):
            record.record_refusal()
            super().failed(record, error)
        elif not record.schedule_look(now, timedelta(seconds=self.seconds)):
            record.park(parked(error, now))


def _submit(services: Services, key: str, stored: Stored[Submission]) -> Stored[Submission]:
    """Raises Busy while another sign-up with this e-mail address is being sent, Gone when it was erased meanwhile."""
    step = SubmitIntake(services, key, stored.record)
    # Econobis looks for the contact and else makes one, without a lock: two calls at once could make two contacts.
    with services.once.alone(f"sign-up-{stored.record.email_key}", step.seconds, patience=0):
        attempted = step.run(stored)
    stored = attempted.stored
    if isinstance(attempted.error, OutcomeUnknown):
        stored = settle_by_evidence(services, key, stored.record) or stored
    log_attempt("submit_intake", stored.record, attempted.error, parked=stored.record.parked)
    if attempted.is_erased:
        raise Gone("the sign-up was erased during the call")
    return stored


def _follow_up(services: Services, key: str, stored: Stored[Submission]) -> Submission:
    """Stores the resident, and asks for the coach link and the dossier. May run again after a crash."""
    submission = stored.record
    form = services.cooperations[submission.cooperation].forms[submission.form]
    # A second e-mail address changes nothing here, because anybody who knows a name and an address could send one.
    if submission.contact_id is not None and not submission.same_as:
        services.erasures.end(submission.cooperation, submission.contact_id, submission.accepted_at)
        resident = _remember_resident(services, submission, submission.contact_id, form)
        if form.coach:
            want_link(services, submission.cooperation, coach=form.coach, resident=submission.contact_id)
        if form.dossier and (resident.dossier_deleted or not submission.dossier_known):
            want_dossier(services, submission.cooperation, submission.contact_id, share=submission.share)
    return services.records(Submission).edit(key, partial(_finish, services.clock()), stored) or submission


def _finish(now: datetime, record: Submission) -> None:
    if record.state != "waiting":
        return
    if record.submitted_version == record.version:
        record.finish()
    else:
        record.schedule(now)  # A correction arrived meanwhile.


def _remember_resident(services: Services, submission: Submission, contact_id: ContactId, form: Form) -> Resident:
    key = of_contact(submission.cooperation, contact_id)
    signed_up = partial(_signed_up, services, submission, contact_id, form)
    resident = services.records(Resident).update(key, signed_up)
    assert resident is not None
    return resident


def _signed_up(
    services: Services, submission: Submission, contact_id: ContactId, form: Form, record: Resident | None
) -> Resident:
    now, settings = services.clock(), services.cooperations[submission.cooperation]
    resident = record or Resident.first_seen(submission.cooperation, contact_id, submission.accepted_at)
    resident.expires_at = services.expiry(Resident)
    resident.keep_personal_data_from(now)
    assert submission.sign_up is not None
    econobis_asked = resident.asked_at and submission.sent_at and resident.asked_at >= submission.sent_at
    resident.learn_person(
        submission.sign_up.person, submission.sign_up.address, submission.email_key, econobis_asked=bool(econobis_asked)
    )
    resident.drop_phone(letters=settings.mail is not None)
    resident.begin_journey(
        submission.campaign_id,
        submission.form,
        submission.posted_at or submission.accepted_at,
        coach=form.coach,
        dossier=form.dossier,
        visit=form.action == "visit",
    )
    resident.intake_id = submission.intake_id or resident.intake_id
    resident.opportunity_ids = submission.opportunity_ids or resident.opportunity_ids
    resident.visit_ids = submission.visit_ids or resident.visit_ids
    resident.visit_coach = resident.visit_coach or form.coach
    resident.reach("signed_up", submission.accepted_at)
    resident.reach("intake", submission.sent_at or now)
    return resident
