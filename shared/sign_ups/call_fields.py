"""The fields of Econobis' web form for a sign-up as it stands: the first call, a correction, or a look."""

from __future__ import annotations

from shared.config import Form
from shared.domain.submission import Submission
from shared.econobis.payloads import look_for_visit, other_address_note, sign_up_fields


def call_fields(form: Form, record: Submission, key: str) -> dict[str, str]:
    """What the next call sends. `key` is that of the submission, which still holds what was filled in."""
    assert record.sign_up is not None
    fields = sign_up_fields(
        record.sign_up,
        our_id=record.same_as or key,
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
