"""A sign-up becomes contact, intake, opportunity and visit in Econobis, with one call of its webform.

The call is not safe to repeat (known-limits E1-E3). When nobody knows what came of it, a look finds out: the same call
without what makes opportunity and visit. Econobis stores all of a call or nothing (econobis.md 4.2), so an intake that
was there means that the rest is there too. A dossier goes through Econobis as well: within this very call it calls our
`create_dossier`, and so learns the account id.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from shared.config import Form
from shared.domain.keys import of_contact
from shared.domain.resident import Resident
from shared.domain.submission import SignUp, Submission
from shared.domain.work import Parked
from shared.econobis.answers import WebformAnswer
from shared.econobis.payloads import look_for_visit, other_address_note, sign_up_fields
from shared.errors import LinkError, OutcomeUnknown, Refused
from shared.flows.link_coach import want_link
from shared.flows.request_dossier import KNOWS_IT, want_dossier
from shared.store.port import Document
from shared.work.attempt import Attempt, Attempted, log_attempt, not_done, parked
from shared.work.records import Stored
from shared.work.services import Services

SECONDS = 75.0  # Econobis makes the dossier within the call, and that takes up to 25 seconds of it.
AFTER_THE_FIRST = timedelta(seconds=30)  # Then the sign-up that this one gives another address to may be there.

HALF = "De intake staat in Econobis, maar het is niet zeker of de kans er ook staat."
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
    if submission.same_as and (waits := _wait_for_the_first(services, key, submission, known)):
        services.enqueue("submissions", key, waits)
        return
    if submission.submitted_version < submission.version:
        attempted = _submit(services, key, stored)
        submission, known = attempted.record, attempted.document or known
    if submission.state == "waiting" and submission.submitted_version == submission.version:
        submission = _follow_up(services, key, submission, known)
    services.enqueue("submissions", key, submission)


def _wait_for_the_first(services: Services, key: str, submission: Submission, known: Document) -> Submission | None:
    """Who typed a wrong address signed up twice. None: the first one is in Econobis, so this one can follow.

    When the first one is not going to arrive this one is a sign-up of its own.
    """
    now, first = services.clock(), services.submissions.get(submission.same_as)
    if first and first.first_call_done:
        return None

    def wait(record: Submission | None) -> Submission | None:
        if record and first and first.state == "waiting":
            record.schedule(max(first.due_at or now, now) + AFTER_THE_FIRST)
        elif record:
            record.same_as = ""
            record.schedule(now)
        return record

    return services.submissions.update(key, wait, known)


def _submit(services: Services, key: str, stored: Stored[Submission]) -> Attempted[Submission]:
    """Raises Busy while somebody with the same e-mail address is being submitted."""
    form = services.cooperations[stored.record.cooperation].forms[stored.record.form]

    def before(record: Submission) -> None:
        record.sends(services.clock())

    def send(record: Submission) -> dict[str, Any]:
        answer = services.econobis(record.cooperation).submit_webform(_fields(form, record, key), SECONDS)
        if not answer.intake_id:
            raise NoIntake(answer.why_no_intake)
        return _ids(answer)

    def settle(record: Submission, outcome: Any) -> None:
        now = services.clock()
        if isinstance(outcome, OutcomeUnknown):
            if not record.doubt(now, timedelta(seconds=SECONDS)):
                record.park(parked("submissions", outcome, now))
        elif isinstance(outcome, LinkError):
            record.was_refused()
            not_done(record, "submissions", outcome, now)
        else:
            _submitted(record, form, outcome)

    attempt = Attempt(
        services.submissions,
        send,
        settle,
        SECONDS,
        limits=services.econobis_limits(stored.record.cooperation, share=stored.record.share),
        before=before,
        turn="urgent",
    )
    # Econobis looks for the contact and makes one, without a lock: two at once with one address could make two.
    with services.once.alone(f"sign-up-{stored.record.email_key}", SECONDS, patience=0):
        attempted = attempt.make(services, key, known=stored.document)
    if isinstance(attempted.error, OutcomeUnknown):
        attempted = replace(attempted, record=settle_by_evidence(services, key, attempted.record))
    log_attempt("submit_intake", attempted.record, attempted.error, parked=attempted.record.parked)
    return attempted


def _fields(form: Form, record: Submission, key: str) -> dict[str, str]:
    assert record.sign_up is not None
    fields = sign_up_fields(
        record.sign_up,
        intake_id_extern=record.same_as or key,
        campaign_id=form.campaign,
        measure_ids=form.measures,
        action=form.action,
        coach_contact_id=form.coach,
        reason_ids=form.reasons,
        source_ids=form.sources,
        dossier=form.dossier and not record.same_as,
        first_call=record.is_first_call,
        correction=record.is_correction,
    )
    if record.same_as:
        fields |= other_address_note(record.sign_up)
    if record.unsure and record.intake_alone and form.action:
        fields |= look_for_visit(form.campaign, form.coach)
    return fields


def _ids(answer: WebformAnswer) -> dict[str, Any]:
    return {
        "contact_id": answer.contact_id,
        "intake_id": answer.intake_id,
        "intake_found": answer.intake_found,
        "opportunity_ids": answer.opportunity_ids,
        "visit_ids": answer.visit_ids,
        "visit_found": answer.visit_status_updated,
        "dossier": answer.dossier,
    }


def _submitted(record: Submission, form: Form, answer: dict[str, Any]) -> None:
    """The follow-up keeps it due; a newer version of the sign-up is sent next, in a call of its own."""
    record.contact_id = answer["contact_id"] or record.contact_id
    record.intake_id = answer["intake_id"] or record.intake_id
    record.opportunity_ids = answer["opportunity_ids"] or record.opportunity_ids
    record.visit_ids = answer["visit_ids"] or record.visit_ids
    if record.unsure and not record.first_call_done:
        is_whole = _is_whole(record, form, answer)
        record.is_sure()
        if not is_whole:
            _make_the_rest(record, sure=is_whole is False)
            return
    record.is_sure()
    record.dossier_known = answer["dossier"] in KNOWS_IT
    record.submitted_version, record.first_call_done = record.sending_version, True
    if record.version > record.submitted_version:
        record.effect = None
        record.schedule(record.sent_at or record.accepted_at)


def _is_whole(record: Submission, form: Form, answer: dict[str, Any]) -> bool | None:
    """What a look found: whether opportunity and visit are there as well. None: nothing tells."""
    if record.sent_all or not form.measures:
        return True
    if not answer["intake_found"]:
        return False
    if not record.intake_alone:
        return True
    is_there: bool | None = answer["visit_found"]
    return is_there


def _make_the_rest(record: Submission, *, sure: bool) -> None:
    """The call that nobody answered had not arrived, so opportunity and visit are still to be made."""
    at = record.sent_at or record.accepted_at
    record.intake_alone, record.effect = True, None
    if sure:
        record.schedule(at)
    else:
        record.park(Parked(reason=HALF, advice=HALF_ADVICE, at=at))


def _follow_up(services: Services, key: str, submission: Submission, known: Document) -> Submission:
    """Everything here may run again after a crash: each step finds what is there already."""
    form = services.cooperations[submission.cooperation].forms[submission.form]
    # Another e-mail address is for staff to judge: whoever knows a name and an address could give one.
    if submission.contact_id is not None and not submission.same_as:
        services.came_back(submission.cooperation, submission.contact_id, submission.accepted_at)
        resident = _remember_resident(services, submission, submission.contact_id, form)
        if form.coach:
            want_link(services, submission.cooperation, form.coach, submission.contact_id)
        if form.dossier and (resident.dossier_deleted or not submission.dossier_known):
            want_dossier(services, submission.cooperation, submission.contact_id, share=submission.share)

    def finish(record: Submission | None) -> Submission | None:
        if record and record.state == "waiting":
            if record.submitted_version == record.version:
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
        resident.is_needed(services.clock())
        _know(resident, sign_up, submission)
        services.spare_phone(resident)
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


def _know(resident: Resident, sign_up: SignUp, submission: Submission) -> None:
    """What was typed; but Econobis knows street and town by postcode and number, and tells when it asks for a dossier.

    An e-mail address that is known stays: whoever knows a name and an address could type another one, and mails tell
    of the dossier. Econobis keeps the first one too.
    """
    email = resident.person.email or sign_up.person.email
    resident.email_key = resident.email_key or submission.email_key
    if not (resident.asked_at and submission.sent_at and resident.asked_at >= submission.sent_at):
        resident.person = sign_up.person.model_copy(update={"email": email})
        resident.address = sign_up.address.completed_by(resident.address)
        return
    typed = sign_up.person
    if resident.person.surname == typed.surname:  # Econobis told it in one; it finds nobody but by the parts.
        resident.person.prefix, resident.person.last_name = typed.prefix, typed.last_name
    resident.person.initials = resident.person.initials or typed.initials
    resident.person.phone = resident.person.phone or typed.phone
    resident.address = resident.address.completed_by(sign_up.address)


def settle_by_evidence(services: Services, key: str, submission: Submission) -> Submission:
    """Econobis asked a dossier for this very person during the call: it asks only when all of it is stored.

    Of a correction or a look that proves nothing: the contact was there, so anybody may have asked.
    """
    if not _needs_evidence(submission) or submission.sent_at is None:
        return submission
    during = submission.sent_at, submission.sent_at + timedelta(seconds=SECONDS)
    where = {"cooperation": submission.cooperation, "email_key": submission.email_key}
    for _, resident in services.residents.find(where=where, limit=10):
        if resident.asked_at and during[0] <= resident.asked_at <= during[1]:
            form = services.cooperations[submission.cooperation].forms[submission.form]
            arrived = partial(_arrived, form, resident.contact_id)
            return services.submissions.update(key, arrived) or submission
    return submission


def _needs_evidence(submission: Submission) -> bool:
    return submission.unsure and submission.sent_all and not submission.first_call_done


def _arrived(form: Form, contact_id: int, record: Submission | None) -> Submission | None:
    """The ids of intake and visit stay unknown: Econobis' answer is gone."""
    if record is None or not _needs_evidence(record):
        return None
    answer: dict[str, Any] = {"contact_id": contact_id, "intake_id": None, "opportunity_ids": [], "visit_ids": []}
    assert record.sent_at is not None
    record.release(record.sent_at)
    _submitted(record, form, {**answer, "dossier": "unknown"})
    return record
