"""What follows when a resident or a coach has an account: the welcome, the coaches who waited, the evidence it is."""

from __future__ import annotations

from datetime import timedelta

from shared.domain.resident import Resident
from shared.errors import OutcomeUnknown
from shared.flows.attempt import parked, tell
from shared.flows.link_coach import wake_links
from shared.flows.request_dossier import want_dossier
from shared.flows.submit_intake import settle_by_evidence
from shared.flows.want_email import want_email
from shared.records import Stored
from shared.services import Services

LOST = "Hoomdossier gaf geen leesbaar antwoord, en niemand heeft het dossier daarna opnieuw aangevraagd."


def follow_registration(services: Services, key: str, stored: Stored[Resident]) -> None:
    """May run again after a crash: each step finds what is there already."""
    resident = stored.record
    if resident.account_id is not None:  # Else it was deleted again before anything followed.
        _follow(services, key, resident)
    is_asked_again = resident.is_unsure and _is_asked_again(services, key, resident)

    def finish(record: Resident | None) -> Resident | None:
        if record and record.generation == resident.generation:  # A newer one has a task of its own.
            if record.is_unsure and not is_asked_again:
                record.park(parked("residents", OutcomeUnknown(LOST), services.clock()))
            else:
                record.finish()
        return record

    followed = services.residents.update(key, finish, stored.document)
    if followed and followed.parked:
        tell("follow_registration", followed, None, parked=followed.parked)


def _is_asked_again(services: Services, key: str, resident: Resident) -> bool:
    """A campaign wants the dossier: Econobis is asked, unless it is already, or a person has to mend that first."""
    if resident.campaign_id is None:
        return False
    request = services.dossier_requests.get(key)
    if request is None or request.state == "done":
        want_dossier(services, resident.cooperation, resident.contact_id, after=timedelta(0))
    return True


def _follow(services: Services, key: str, resident: Resident) -> None:
    if not resident.is_coach:
        want_email(services, f"welcome-{key}", resident.cooperation, kind="welcome", contact_id=resident.contact_id)
        _settle_submissions(services, resident)
    wake_links(services, resident.cooperation, resident.contact_id)


def _settle_submissions(services: Services, resident: Resident) -> None:
    """Only Econobis, with the sign-up stored, could have asked for this dossier."""
    where = {"cooperation": resident.cooperation, "email_key": resident.email_key, "unsure": True}
    for key, submission in services.submissions.find(where=where):
        settled = settle_by_evidence(services, key, submission)
        services.enqueue("submissions", key, settled)
