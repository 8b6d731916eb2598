"""A sign-up becomes contact, intake, opportunity and visit in Econobis, with one call of its webform.

The call is not safe to repeat (known-limits E1-E3), so an unknown outcome waits for evidence or for a person. A
dossier goes through Econobis too: within this very call it calls our `create_dossier`, and so learns the account id.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from shared.config import Cooperation, Form
from shared.domain.keys import of_contact
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.domain.work import Parked
from shared.econobis.answers import WebformAnswer
from shared.econobis.payloads import sign_up_fields
from shared.errors import LinkError, OutcomeUnknown, Refused
from shared.flows.attempt import Attempt, Attempted, not_done, tell
from shared.flows.link_coach import want_link
from shared.flows.request_dossier import KNOWS_IT, want_dossier
from shared.records import Stored
from shared.services import Services
from shared.store.port import Document

SECONDS = 75.0  # Econobis makes the dossier within the call, and that takes up to 25 seconds of it.


HALF = "De intake staat in Econobis, maar het is niet zeker of de kans en het bezoek er ook staan."
HALF_ADVICE = (
    "Zoek de bewoner op in Econobis. Staat de kans er, sluit dit dan af. Staat zij er niet, speel dit dan opnieuw af."
)


class NoIntake(Refused):
    """Econobis said yes but made no intake (known-limits E8)."""


def submit_intake(services: Services, key: str, stored: Stored[Submission]) -> None:
    """What the submission needs next: the call, and then what follows from it."""
    submission, known = stored.record, stored.document
    if submission.sign_up is None or submission.state != "waiting":
        return
    if submission.submitted < submission.accepted:
        attempted = _submit(services, key, stored)
        submission, known = attempted.record, attempted.document or known
    if submission.state == "waiting" and submission.submitted == submission.accepted:
        submission = _follow_up(services, key, submission, known)
    services.enqueue("submissions", key, submission)


def _submit(services: Services, key: str, stored: Stored[Submission]) -> Attempted[Submission]:
    """Raises Busy while somebody with the same e-mail address is being submitted."""

    def before(record: Submission) -> None:
        record.sending, record.sent_at = record.accepted, services.clock()

    def send(record: Submission) -> dict[str, Any]:
        fields = _sign_up_fields(services.cooperations[record.cooperation], record, key)
        answer = services.econobis(record.cooperation).submit_webform(fields, SECONDS)
        if not answer.intake_id:
            raise NoIntake(answer.lines[-2] if len(answer.lines) > 1 else "geen intake")
        return _ids(answer)

    def settle(record: Submission, outcome: Any) -> None:
        if isinstance(outcome, LinkError):
            record.look_lost = record.look_lost or (record.unsure and isinstance(outcome, OutcomeUnknown))
            not_done(record, "submissions", outcome, services.clock())
        else:
            record.unpark()
            _submitted(record, outcome)

    attempt = Attempt(
        services.submissions,
        send,
        settle,
        SECONDS,
        peering=services.to_econobis(stored.record.cooperation),
        before=before,
        urgent=True,
    )
    # Econobis looks for the contact and makes one, without a lock: two at once with one address could make two.
    with services.once.alone(f"sign-up-{stored.record.email_key}", SECONDS, patience=0):
        attempted = attempt.make(services, key, known=stored.document)
    if isinstance(attempted.error, OutcomeUnknown):
        attempted = replace(attempted, record=settle_by_evidence(services, key, attempted.record))
    tell("submit_intake", attempted.record, attempted.error, parked=attempted.record.parked)
    return attempted


def _sign_up_fields(cooperation: Cooperation, record: Submission, key: str) -> dict[str, str]:
    assert record.sign_up is not None
    form = cooperation.forms[record.form]
    return sign_up_fields(
        record.sign_up,
        intake_id_extern=key,
        campaign_id=form.campaign,
        measure_ids=form.measures,
        action=form.action,
        coach_contact_id=form.coach,
        reason_ids=form.reasons,
        source_ids=form.sources,
        dossier=form.dossier,
        first_call=not (record.first_call_done or record.unsure),
    )


def _ids(answer: WebformAnswer) -> dict[str, Any]:
    return {
        "contact_id": answer.contact_id,
        "intake_id": answer.intake_id,
        "intake_found": answer.intake_found,
        "opportunity_ids": answer.opportunity_ids,
        "visit_ids": answer.visit_ids,
        "dossier": answer.dossier,
    }


def _submitted(record: Submission, answer: dict[str, Any]) -> None:
    """The follow-up keeps it due; a newer version of the sign-up is sent next, in a call of its own."""
    record.contact_id = answer["contact_id"] or record.contact_id
    record.intake_id = answer["intake_id"] or record.intake_id
    record.opportunity_ids = answer["opportunity_ids"] or record.opportunity_ids
    record.visit_ids = answer["visit_ids"] or record.visit_ids
    if record.unsure and not answer["intake_found"]:
        # The call that nobody answered had not arrived: opportunity and visit are still to be made.
        record.unsure, record.look_lost, record.effect = False, False, None
        record.schedule(record.sent_at or record.accepted_at)
        return
    if record.unsure and record.look_lost:
        record.unsure, record.look_lost, record.effect = False, False, None
        record.park(Parked(reason=HALF, advice=HALF_ADVICE, at=record.sent_at or record.accepted_at))
        return
    record.unsure = False
    record.dossier_known = answer["dossier"] in KNOWS_IT
    record.submitted, record.first_call_done = record.sending, True
    if record.accepted > record.submitted:
        record.effect = None
        record.schedule(record.sent_at or record.accepted_at)


def _follow_up(services: Services, key: str, submission: Submission, known: Document) -> Submission:
    """Everything here may run again after a crash: each step finds what is there already."""
    form = services.cooperations[submission.cooperation].forms[submission.form]
    if submission.contact_id is not None:
        resident = _remember_resident(services, submission, submission.contact_id, form)
        if form.coach:
            want_link(services, submission.cooperation, form.coach, submission.contact_id)
        if form.dossier and (resident.dossier_deleted or not submission.dossier_known):
            want_dossier(services, submission.cooperation, submission.contact_id)

    def finish(record: Submission | None) -> Submission | None:
        if record and record.state == "waiting":
            if record.submitted == record.accepted:
                record.finish()
            else:
                record.schedule(services.clock())  # A correction came in meanwhile.
        return record

    return services.submissions.update(key, finish, known) or submission


def _remember_resident(services: Services, submission: Submission, contact_id: int, form: Form) -> Resident:
    sign_up = submission.sign_up
    assert sign_up is not None

    def merge(stored: Resident | None) -> Resident:
        resident = stored or Resident.first_seen(submission.cooperation, contact_id, submission.accepted_at)
        resident.expires_at = services.expiry("residents")
        resident.person, resident.address, resident.email_key = sign_up.person, sign_up.address, submission.email_key
        resident.campaign_id = submission.campaign_id
        resident.intake_id = submission.intake_id or resident.intake_id
        resident.opportunity_ids = submission.opportunity_ids or resident.opportunity_ids
        resident.visit_ids = submission.visit_ids or resident.visit_ids
        resident.visit_coach = resident.visit_coach or form.coach
        resident.reach("signed_up", submission.accepted_at)
        resident.reach("intake", submission.sent_at or services.clock())
        return resident

    resident = services.residents.update(of_contact(submission.cooperation, contact_id), merge)
    assert resident is not None
    return resident


def settle_by_evidence(services: Services, key: str, submission: Submission) -> Submission:
    """Econobis asked a dossier for this very person during the call: it asks only when all of it is stored.

    Of a correction that proves nothing: the contact was there, so anybody may have asked.
    """
    if submission.first_call_done or submission.sent_at is None:
        return submission
    during = submission.sent_at, submission.sent_at + timedelta(seconds=SECONDS)
    where = {"cooperation": submission.cooperation, "email_key": submission.email_key}
    for _, resident in services.residents.find(where=where, limit=10):
        if resident.asked_at and during[0] <= resident.asked_at <= during[1]:
            return services.submissions.update(key, partial(_arrived, contact_id=resident.contact_id)) or submission
    return submission


def _arrived(record: Submission | None, contact_id: int) -> Submission | None:
    """The ids of intake and visit stay unknown: Econobis' answer is gone."""
    if record is None or record.parked is None or not record.parked.unknown:
        return None
    assert record.sent_at is not None
    answer: dict[str, Any] = {"contact_id": contact_id, "intake_id": None, "opportunity_ids": [], "visit_ids": []}
    answer |= {"dossier": "unknown", "intake_found": True}
    effect = record.effect and record.effect.model_copy(update={"state": "done", "answer": answer})
    was_a_look = record.unsure
    record.release(record.sent_at)
    record.effect, record.unsure = effect, was_a_look
    _submitted(record, answer)
    return record
