"""What follows a registration in Hoomdossier.

When it worked: sends the welcome letter, wakes the links of coaches that waited for it, and settles sign-ups that it
proves to have arrived. When its outcome is unknown: makes Econobis ask again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from shared.domain.dossier_request import DossierRequest
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.work.evidence import settle_by_evidence
from shared.work.records import Stored
from shared.work.requests import wake_links, want_dossier, want_email
from shared.work.services import Services


def follow_registration(services: Services, key: str, stored: Stored[Resident]) -> None:
    """May run again after a crash: each step finds what was done already."""
    resident = stored.record
    if resident.account_id is not None:
        _follow(services, key, resident)
    elif resident.is_unsure:
        _ask_again(services, key, resident)
    services.records(Resident).edit(key, partial(_finish, resident.generation), stored)


def _finish(generation: int, record: Resident) -> None:
    if record.generation == generation:  # A newer generation has a task of its own.
        record.finish()


def _ask_again(services: Services, key: str, resident: Resident) -> None:
    """Makes Econobis ask for the dossier, unless such a request is waiting already, or is a dead letter."""
    request = services.records(DossierRequest).get(key)
    if request is None or request.state == "done":
        want_dossier(services, resident.cooperation, resident.contact_id, after=timedelta(0))


def _follow(services: Services, key: str, resident: Resident) -> None:
    if not resident.is_coach:
        want_email(services, f"welcome-{key}", resident.cooperation, "welcome", contact_id=resident.contact_id)
        _settle_submissions(services, resident)
    wake_links(services, resident.cooperation, resident.contact_id)


def _settle_submissions(services: Services, resident: Resident) -> None:
    where = {"cooperation": resident.cooperation, "email_key": resident.email_key, "unsure": True}
    for key, submission in services.records(Submission).find(where=where):
        settled = settle_by_evidence(services, key, submission)
        services.enqueue(key, settled.record if settled else submission)
