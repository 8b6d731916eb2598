"""Asks Econobis once more for a dossier that a campaign wants. Econobis then calls our `create_dossier`.

It goes this way round because Econobis learns the account id only from a call of its own. The call holds the
contact's own data and nothing else, so a repeat adds a task in Econobis and no more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.domain.dossier_request import DossierRequest
from shared.domain.keys import of_contact
from shared.domain.resident import Resident
from shared.econobis.payloads import dossier_fields
from shared.errors import LinkError, Refused, Unavailable
from shared.flows.attempt import Attempt, not_done, tell
from shared.services import Services

SECONDS = 60.0
FIRST_AFTER = timedelta(seconds=30)
ASKS_WITHOUT_A_CALL = 2  # After so many, Econobis has a reason of its own, which it does not tell (known-limits E9).


class NoDossierYet(Unavailable):
    """Not made just now; it can be asked for again."""

    peer_is_down = False


def want_dossier(services: Services, cooperation: str, contact_id: int) -> None:
    """Nothing when the dossier is there, as it nearly always is: Econobis asked for it within the sign-up's call."""
    key = of_contact(cooperation, contact_id)
    resident = services.residents.get(key)
    if resident and (resident.account_id or resident.state == "parked"):
        return
    values = services.new("dossier_requests", cooperation=cooperation, contact_id=contact_id)

    def want(stored: DossierRequest | None) -> DossierRequest | None:
        if stored and stored.state == "waiting":
            return None
        request = stored or DossierRequest.model_validate(values)
        request.release(services.clock() + FIRST_AFTER)
        return request

    request = services.dossier_requests.update(key, want)
    if request:
        services.enqueue_if_possible("dossier_requests", key, request)


def request_dossier(services: Services, key: str) -> None:
    request = services.dossier_requests.get(key)
    if request is None or request.state != "waiting":
        return

    def send(record: DossierRequest) -> dict[str, Any]:
        resident = services.residents.get(key)
        if resident and not _settled(resident):
            fields = dossier_fields(resident.person, resident.address)
            services.econobis(record.cooperation).submit_webform(fields, SECONDS)
            resident = services.residents.get(key)
        return _outcome(resident, record)

    def settle(record: DossierRequest, outcome: Any) -> None:
        if isinstance(outcome, LinkError):
            not_done(record, "dossier_requests", outcome, services.clock(), repeatable=True)
        else:
            record.finish()

    attempt = Attempt(
        services.dossier_requests,
        send,
        settle,
        SECONDS,
        peering=services.to_econobis(request.cooperation),
        repeatable=True,
        urgent=True,
    )
    attempted = attempt.make(services, key)
    tell("request_dossier", attempted.record, attempted.error)
    services.enqueue("dossier_requests", key, attempted.record)


def _settled(resident: Resident) -> bool:
    """A dossier, or an outcome that is shown with the resident and that asking again cannot change."""
    return bool(resident.account_id or resident.refused or resident.state == "parked")


def _outcome(resident: Resident | None, record: DossierRequest) -> dict[str, Any]:
    if resident and (resident.account_id or resident.state == "parked"):
        return {"account_id": resident.account_id}
    if resident and resident.refused:
        raise Refused(resident.refused)
    if (resident is None or resident.registration is None) and record.attempts.failed + 1 >= ASKS_WITHOUT_A_CALL:
        raise Refused("Econobis heeft het dossier niet aangevraagd en zegt niet waarom.")
    raise NoDossierYet("Het dossier is nog niet gemaakt.")
