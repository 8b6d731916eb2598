"""Makes Econobis ask us for a dossier that a campaign wants: our call of its webform makes it call `create_dossier`.

We do not go to Hoomdossier ourselves, because Econobis stores an account id only from a call of its own. Our call holds
only the data that the contact has already, so a repeat adds one task in Econobis and nothing else.
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
from shared.work.records import Stored
from shared.work.services import Services
from shared.work.step import Step, log_attempt

SECONDS = 60.0
GIVE_UP_AFTER_CALLS = 2
"""After so many calls without a request by Econobis, it is not going to ask. It does not say why (known-limits E9)."""

OLD_ACCOUNT = (
    "Econobis heeft bij dit contact nog het account-id van een dossier dat in Hoomdossier is verwijderd, en vraagt "
    "daarom geen nieuw dossier aan. Maak dat veld bij het contact leeg."
)
NOT_FOUND = (
    "Econobis vindt dit contact niet meer op naam, adres en e-mailadres; die zijn daar sinds de aanmelding veranderd."
)


class OldAccount(Refused):
    """Econobis asks for no new dossier as long as it has the account id of a deleted one (known-limits D12)."""


class ContactNotFound(Refused):
    """Econobis has no contact with this name, address and e-mail address any more. Our call makes no new contact."""


class DossierRefused(Refused):
    """Hoomdossier refused to make the dossier. The reason is Hoomdossier's."""


class DossierNotAsked(Refused):
    """Econobis accepted our calls, but did not ask for the dossier (known-limits E9)."""


class NoDossierYet(Unavailable):
    """The dossier was not made this time. Trying again may help."""

    peer_is_down = False


def request_dossier(services: Services, key: str, stored: Stored[DossierRequest]) -> None:
    """Makes the call, unless the request was done or became a dead letter since."""
    if stored.record.state != "waiting":
        return
    step = RequestDossier(services, key, stored.record.cooperation, stored.record.share)
    attempted = step.run(stored)
    if isinstance(attempted.error, DossierRefused):
        services.records(Resident).edit(key, _drop_reason)  # The dead letter shows it, and is deleted with it.
    log_attempt("request_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
    services.enqueue(key, attempted.record)


def _drop_reason(record: Resident) -> None:
    record.refused = ""


class RequestDossier(Step[DossierRequest, None]):
    """The call of Econobis' webform. Done only when Econobis has the account id, not when just we have it."""

    seconds = SECONDS
    repeats = ALWAYS
    turn: Turn = "urgent"

    def __init__(self, services: Services, key: str, cooperation: str, share: Share) -> None:
        limits = services.limits.econobis(cooperation, share=share)
        super().__init__(services, services.records(DossierRequest), key, limits)

    def send(self, record: DossierRequest) -> None:
        """As in Step. During the call Econobis calls our `create_dossier`, which changes the resident."""
        resident = self._resident()
        if resident is None or resident.parked:
            return  # It counts as done: the resident was erased, or is a dead letter that a person decides about.
        _wait_for_rest(resident, self.services.clock())
        try:
            answer = self.services.econobis(record.cooperation).submit_webform(_fields(resident), self.seconds)
        except NoSuchContact:
            raise ContactNotFound(NOT_FOUND) from None
        if left := self._resident():  # Else it was erased during the call.
            _check(answer, left, record)

    def worked(self, record: DossierRequest, _answer: None) -> None:
        record.finish()

    def _resident(self) -> Resident | None:
        return self.services.records(Resident).get(self.key)


def _wait_for_rest(resident: Resident, now: datetime) -> None:
    """Raises NoRoom while a registration may still run, because Econobis would get no dossier, and make a task."""
    asked = resident.effect
    if asked and asked.is_unsure and (rested_at := REGISTRATION_REPEATS.rested_at(asked)) > now:
        raise NoRoom(rested_at)


def _fields(resident: Resident) -> dict[str, str]:
    try:
        return dossier_fields(resident.person, resident.address)
    except BadInput as error:
        raise Refused(str(error)) from error


def _check(answer: WebformAnswer, resident: Resident, record: DossierRequest) -> None:
    """`resident` is as the call left it.

    Raises OldAccount, DossierRefused, DossierNotAsked or NoDossierYet when Econobis has no account id now.
    """
    if answer.dossier == "exists" and resident.dossier_deleted:
        raise OldAccount(OLD_ACCOUNT)
    if answer.has_dossier or resident.parked:
        return
    if resident.refused:
        raise DossierRefused(resident.refused)
    was_asked = resident.effect is not None or resident.account_id is not None
    if not was_asked and record.attempts.failed + 1 >= GIVE_UP_AFTER_CALLS:
        why = f": {answer.follow_up_undone}" if answer.follow_up_undone else " en zegt niet waarom."
        raise DossierNotAsked(f"Econobis heeft het dossier niet aangevraagd{why}")
    raise NoDossierYet(answer.follow_up_undone or "Het dossier is nog niet gemaakt.")
