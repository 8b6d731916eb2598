"""What follows a registration: the welcome, the coaches who waited, the sign-ups that it proves to have arrived.

Of one whose outcome is still unknown: Econobis is asked to ask again.
"""

from __future__ import annotations

from datetime import timedelta

from shared.domain.resident import Resident
from shared.flows.link_coach import wake_links
from shared.flows.request_dossier import want_dossier
from shared.flows.submit_intake import settle_by_evidence
from shared.flows.want_email import want_email
from shared.work.records import Stored
from shared.work.services import Services


def follow_registration(services: Services, key: str, stored: Stored[Resident]) -> None:
    """May run again after a crash: each step finds what is there already."""
    resident = stored.record
    if resident.account_id is not None:  # Else it was deleted again before anything followed.
        _follow(services, key, resident)
    elif resident.is_unsure:
        _ask_again(services, key, resident)

    def finish(record: Resident | None) -> Resident | None:
        if record and record.generation == resident.generation:  # A newer one has a task of its own.
            record.finish()
        return record

    services.residents.update(key, finish, stored.document)


def _ask_again(services: Services, key: str, resident: Resident) -> None:
    """Through Econobis, which is to learn the account id; not when such a request already waits for a person."""
    request = services.dossier_requests.get(key)
    if request is None or request.state == "done":
        want_dossier(services, resident.cooperation, resident.contact_id, after=timedelta(0))


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
