"""Asks Econobis once more for a dossier that a campaign wants. Econobis then calls our `create_dossier`.

It goes this way round because Econobis learns the account id only from a call of its own. The call holds the
contact's own data and nothing else, so a repeat adds a task in Econobis and no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.domain.dossier_request import DossierRequest
from shared.domain.effect import ALWAYS
from shared.domain.keys import of_contact
from shared.domain.rate import Share
from shared.domain.resident import Resident
from shared.econobis.answers import NoSuchContact, WebformAnswer
from shared.econobis.payloads import dossier_fields
from shared.errors import BadInput, LinkError, NoRoom, Refused, Unavailable
from shared.flows import create_dossier
from shared.work.attempt import Attempt, log_attempt, not_done
from shared.work.records import Stored
from shared.work.services import Services

SECONDS = 60.0
FIRST_AFTER = timedelta(seconds=30)
KNOWS_IT = frozenset({"asked", "exists"})  # "asked" stands alone only when Econobis got the id (econobis.md 4.8).
ASKS_WITHOUT_A_CALL = 2  # After so many, Econobis has a reason of its own, which it does not tell (known-limits E9).

OLD_ACCOUNT = (
    "Econobis heeft bij dit contact nog het account-id van een dossier dat in Hoomdossier is verwijderd, en vraagt "
    "daarom geen nieuw dossier aan. Maak dat veld bij het contact leeg."
)

NOT_FOUND = (
    "Econobis vindt dit contact niet meer op naam, adres en e-mailadres; die zijn daar sinds de aanmelding veranderd."
)


class OldAccount(Refused):
    """Econobis keeps the account of a deleted dossier, and makes no other while it is there (known-limits D12)."""


class ContactNotFound(Refused):
    """Econobis has no contact with this name, address and e-mail address any more, and was not to make one."""


class DossierRefused(Refused):
    """Hoomdossier would not make it, for a reason of its own."""


class DossierNotAsked(Refused):
    """Econobis took our call and asked for nothing (known-limits E9)."""


class NoDossierYet(Unavailable):
    """Not made just now; it can be asked for again."""

    peer_is_down = False


def want_dossier(
    services: Services, cooperation: str, contact_id: int, after: timedelta = FIRST_AFTER, *, share: Share = "all"
) -> None:
    """Once per contact; one that was done, or given up, is taken up again, and one that would come later comes now.

    `share`: of the sign-up that it follows from.
    """
    key = of_contact(cooperation, contact_id)
    at = services.clock() + after
    values = services.new("dossier_requests", cooperation=cooperation, contact_id=contact_id)

    def want(stored: DossierRequest | None) -> DossierRequest | None:
        request = stored or DossierRequest.model_validate(values)
        if stored is None or stored.state != "waiting":
            request.release(at)
            request.share = share
        elif stored.due_at and stored.due_at > at:
            request.schedule(at)
        return request

    request = services.dossier_requests.update(key, want)
    if request:
        services.enqueue_if_possible("dossier_requests", key, request)


def request_dossier(services: Services, key: str, stored: Stored[DossierRequest]) -> None:
    if stored.record.state != "waiting":
        return

    def send(record: DossierRequest) -> dict[str, Any]:
        resident = services.residents.get(key)
        if resident is None or resident.parked:
            return {}  # Erased, or shown as a dead letter of its own.
        _wait_for_rest(resident, services.clock())
        try:
            answer = services.econobis(record.cooperation).submit_webform(_fields(resident), SECONDS)
        except NoSuchContact:
            raise ContactNotFound(NOT_FOUND) from None
        return _outcome(services.residents.get(key), answer, record)

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
        limits=services.econobis_limits(stored.record.cooperation, share=stored.record.share),
        repeats=ALWAYS,
        turn="urgent",
    )
    attempted = attempt.make(services, key, known=stored.document)
    if isinstance(attempted.error, DossierRefused):
        services.residents.update(key, _shown)
    log_attempt("request_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
    services.enqueue("dossier_requests", key, attempted.record)


def _shown(stored: Resident | None) -> Resident | None:
    """What Hoomdossier said is in the dead letter now, and goes with it."""
    if stored:
        stored.refused = ""
    return stored


def _wait_for_rest(resident: Resident, now: datetime) -> None:
    """Raises NoRoom while a registration may still run: Econobis would ask for nothing, and make a task of it."""
    asked = resident.registration
    if asked and asked.is_unsure and (rested_at := create_dossier.repeats().rested_at(asked)) > now:
        raise NoRoom(rested_at)


def _fields(resident: Resident) -> dict[str, str]:
    try:
        return dossier_fields(resident.person, resident.address)
    except BadInput as error:
        raise Refused(str(error)) from error


def _outcome(resident: Resident | None, answer: WebformAnswer, record: DossierRequest) -> dict[str, Any]:
    """Done is when Econobis has the account id: what we or Hoomdossier know of it does not help Econobis."""
    if answer.dossier == "exists" and resident and resident.dossier_deleted:
        raise OldAccount(OLD_ACCOUNT)
    if answer.dossier in KNOWS_IT:
        return {}
    if resident and resident.parked:
        return {}
    if resident and resident.refused:
        raise DossierRefused(resident.refused)
    asked = resident and (resident.registration or resident.account_id)
    if not asked and record.attempts.failed + 1 >= ASKS_WITHOUT_A_CALL:
        why = f": {answer.follow_up_undone}" if answer.follow_up_undone else " en zegt niet waarom."
        raise DossierNotAsked(f"Econobis heeft het dossier niet aangevraagd{why}")
    raise NoDossierYet(answer.follow_up_undone or "Het dossier is nog niet gemaakt.")
