"""Proof that a sign-up arrived although its answer was lost: Econobis asked for the dossier during that call."""

from __future__ import annotations

from functools import partial

from shared.domain.ids import ContactId
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.work.records import Stored
from shared.work.services import Services


def settle_by_evidence(services: Services, key: str, submission: Submission) -> Stored[Submission] | None:
    """Marks the submission as arrived when a resident with its e-mail address proves that. Returns it, or else None.

    Econobis asks for a dossier only after it stored the sign-up. Raises StoreUnavailable.
    """
    if not submission.needs_evidence:
        return None
    where = {"cooperation": submission.cooperation, "email_key": submission.email_key}
    for _, resident in services.records(Resident).find(where=where, limit=10):
        if resident.asked_at and submission.was_under_way(resident.asked_at):
            form = services.cooperations[submission.cooperation].forms[submission.form]
            arrived = partial(_prove_arrived, resident.contact_id, makes_visit=bool(form.measures))
            return services.records(Submission).revise(key, arrived)
    return None


def _prove_arrived(contact_id: ContactId, record: Submission | None, *, makes_visit: bool) -> Submission | None:
    if record is None or not record.needs_evidence:
        return None
    record.prove_arrived(contact_id, makes_visit=makes_visit)
    return record
