"""Asks Econobis once more for a dossier that a campaign wants. Econobis then calls our `create_dossier`.

It goes this way round because Econobis stores an account id only from a call of its own. Our call holds the contact's
own data and nothing else, so a repeat adds a task in Econobis and no more.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.dossier_request import DossierRequest
from shared.domain.effect import ALWAYS
from shared.domain.rate import Share, Turn
from shared.domain.resident import REPEATS as REGISTRATION_REPEATS
from shared.domain.resident import Resident
from shared.econobis.answers import NoSuchContact, WebformAnswer
from shared.econobis.payloads import dossier_fields
from shared.errors import BadInput, NoRoom, Refused, Unavailable
from shared.work.limiter import PeerLimits
from shared.work.records import Stored
from shared.work.services import Services
from shared.work.step import Step, log_attempt

SECONDS = 60.0
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
    """Hoomdossier refused to make it, for the reason that it gave."""


class DossierNotAsked(Refused):
    """Econobis accepted our call and asked for nothing (known-limits E9)."""


class NoDossierYet(Unavailable):
    """It was not made this time; it can be asked for again."""

    peer_is_down = False


def request_dossier(services: Services, key: str, stored: Stored[DossierRequest]) -> None:
    """Makes the call, unless the request was done or given up since."""
    if stored.record.state != "waiting":
        return
    step = RequestDossier(services, key, stored.record.cooperation, stored.record.share)
    attempted = step.run(stored)
    if isinstance(attempted.error, DossierRefused):
        services.records(Resident).update(key, _shown)
    log_attempt("request_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
    services.enqueue(key, attempted.record)


def _shown(stored: Resident | None) -> Resident | None:
    """Hoomdossier's reason stands in the dead letter now, and is deleted with it."""
    if stored:
        stored.refused = ""
    return stored


class RequestDossier(Step[DossierRequest, None]):
    """Done is when Econobis has the account id: that we or Hoomdossier have it does not help Econobis."""

    seconds = SECONDS
    repeats = ALWAYS
    turn: Turn = "urgent"

    def __init__(self, services: Services, key: str, cooperation: str, share: Share) -> None:
        super().__init__(services, services.records(DossierRequest), key)
        self._limits = services.limits.econobis(cooperation, share=share)

    def limits(self) -> PeerLimits:
        return self._limits

    def send(self, record: DossierRequest) -> None:
        resident = self._resident()
        if resident is None or resident.parked:
            return  # It was erased, or it is a dead letter of its own.
        _wait_for_rest(resident, self.services.clock())
        try:
            answer = self.services.econobis(record.cooperation).submit_webform(_fields(resident), self.seconds)
        except NoSuchContact:
            raise ContactNotFound(NOT_FOUND) from None
        _check(answer, self._resident(), record)

    def worked(self, record: DossierRequest, _answer: None) -> None:
        record.finish()

    def _resident(self) -> Resident | None:
        return self.services.records(Resident).get(self.key)


def _wait_for_rest(resident: Resident, now: datetime) -> None:
    """Raises NoRoom while a registration may still run: Econobis would ask for nothing, and make a task of it."""
    asked = resident.registration
    if asked and asked.is_unsure and (rested_at := REGISTRATION_REPEATS.rested_at(asked)) > now:
        raise NoRoom(rested_at)


def _fields(resident: Resident) -> dict[str, str]:
    try:
        return dossier_fields(resident.person, resident.address)
    except BadInput as error:
        raise Refused(str(error)) from error


def _check(answer: WebformAnswer, resident: Resident | None, record: DossierRequest) -> None:
    """Raises OldAccount, DossierRefused, DossierNotAsked or NoDossierYet when Econobis has no account id now."""
    if answer.dossier == "exists" and resident and resident.dossier_deleted:
        raise OldAccount(OLD_ACCOUNT)
    if answer.has_dossier or (resident and resident.parked):
        return
    if resident and resident.refused:
        raise DossierRefused(resident.refused)
    asked = resident and (resident.registration or resident.account_id)
    if not asked and record.attempts.failed + 1 >= ASKS_WITHOUT_A_CALL:
        why = f": {answer.follow_up_undone}" if answer.follow_up_undone else " en zegt niet waarom."
        raise DossierNotAsked(f"Econobis heeft het dossier niet aangevraagd{why}")
    raise NoDossierYet(answer.follow_up_undone or "Het dossier is nog niet gemaakt.")
