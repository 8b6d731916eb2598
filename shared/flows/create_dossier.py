"""Econobis asks for a dossier while an employee or a visitor waits: it gets the account id, or a reason, in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.address import kept_house_number
from shared.domain.dossier_answers import EXISTS
from shared.domain.effect import Effect
from shared.domain.keys import of_contact, secret_key
from shared.domain.person import split_prefix
from shared.domain.problem import Problem
from shared.domain.rate import Turn
from shared.domain.resident import REGISTRATION_SECONDS, REPEATS, Address, Person, Resident
from shared.domain.work import Parked
from shared.econobis.inbound import RegisterRequest
from shared.errors import BadInput, GoingDown, LinkError, NoRoom, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import AlreadyRegistered
from shared.hoomdossier.payloads import Registered, tidy
from shared.work.limiter import PeerLimits
from shared.work.services import Services
from shared.work.step import Step, log_attempt

SPARE_SECONDS = 2.0  # for the writes around the call
PAUSE_SECONDS = 1.5  # before a repeat, when the peer does not name a delay
ASKED_AGAIN_WITHIN = timedelta(minutes=3)  # after an answer was lost; then the link has Econobis ask again


def create_dossier(services: Services, cooperation: str, request: RegisterRequest, until: datetime) -> Registered:
    """The account and user id; the same ones each time a contact is asked for.

    Raises BadInput with Hoomdossier's names of the fields, Refused, OutcomeUnknown (of this call, or of an earlier one
    that may still be running), Busy, NoRoom, TooFast or Unavailable (nothing happened), all before `until` (UTC).
    """
    key = of_contact(cooperation, request.contact_id)
    resident = services.records(Resident).update(key, partial(_asked, services, cooperation, request))
    assert resident is not None
    if resident.account_id is None:
        resident = _register(services, key, resident, request, until)
        services.enqueue_if_possible(key, resident)
    assert resident.account_id is not None
    return Registered(account_id=resident.account_id, user_id=resident.user_id or 0)


def _asked(services: Services, cooperation: str, request: RegisterRequest, stored: Resident | None) -> Resident:
    now, settings = services.clock(), services.cooperations[cooperation]
    resident = stored or Resident.first_seen(cooperation, request.contact_id, now)
    resident.asked_at = now
    resident.expires_at = services.expiry(Resident)
    resident.is_needed(now)
    resident.is_coach = settings.coach(request.contact_id) is not None
    resident.person = _person(request, resident.person)
    resident.address = _address(request)
    resident.drop_phone(letters=settings.mail is not None)
    resident.email_key = secret_key(settings.econobis.webform_key, cooperation, request.email.casefold())
    return resident


def _person(request: RegisterRequest, known: Person) -> Person:
    """As Econobis has it now, with staff's corrections. Econobis sends prefix and last name as one, and no initials."""
    prefix, last_name = known.prefix, known.last_name
    if known.surname != request.last_name:
        prefix, last_name = split_prefix(request.last_name)
    return Person(
        first_name=request.first_name,
        prefix=prefix,
        last_name=last_name,
        initials=known.initials,
        email=request.email,
        phone=request.phone_number or known.phone,
    )


def _address(request: RegisterRequest) -> Address:
    """Without a house number when it cannot be read; `tidy` tells Econobis that."""
    try:
        house = kept_house_number(str(request.number), request.house_number_extension)
    except Problem:
        return Address(postal_code=request.postal_code, street=request.street, city=request.city)
    return Address(
        postal_code=request.postal_code,
        number=house.number,
        addition=house.addition,
        street=request.street,
        city=request.city,
    )


def _register(services: Services, key: str, resident: Resident, request: RegisterRequest, until: datetime) -> Resident:
    """Registers in Hoomdossier, again and again while that is safe and there is time."""
    settings = services.cooperations[resident.cooperation]
    coach = settings.coach(request.contact_id)
    try:
        body = tidy(request, settings.country, list(coach.roles) if coach else ["resident"])
    except BadInput as error:
        services.records(Resident).update(key, partial(_refused, str(error)))
        raise
    while True:
        left = _seconds_left(services, until)
        # Hoomdossier looks for a user with this address and makes one, without a lock: two at once could make two.
        with services.once.alone(f"email-{resident.email_key}", Register.seconds + 5, patience=left):
            step = Register(services, key, resident.cooperation, body, until)
            attempted = step.run(patience=step.patience)
        log_attempt("create_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
        if attempted.error is None:
            return attempted.record
        pause = _pause(attempted.error, services.clock())
        if pause is None or services.clock().timestamp() + pause + PAUSE_SECONDS + SPARE_SECONDS > until.timestamp():
            raise attempted.error
        services.sleep(pause)


def _seconds_left(services: Services, until: datetime) -> float:
    return (until - services.clock()).total_seconds() - SPARE_SECONDS


def _refused(reason: str, stored: Resident | None) -> Resident | None:
    if stored:
        stored.refused = reason
    return stored


def _pause(error: LinkError, now: datetime) -> float | None:
    """Seconds until a repeat makes sense; None when it never does."""
    if isinstance(error, GoingDown):
        return None
    if isinstance(error, NoRoom):
        return max((error.at - now).total_seconds(), 0)
    if isinstance(error, TooFast | Unavailable):
        return max(error.retry_after or 0, PAUSE_SECONDS)
    return None


class Register(Step[Resident, Registered]):
    """Has Hoomdossier make the account. Somebody waits for it until `until` (UTC)."""

    seconds = REGISTRATION_SECONDS
    repeats = REPEATS
    turn: Turn = "waited_for"

    def __init__(self, services: Services, key: str, cooperation: str, body: dict[str, Any], until: datetime) -> None:
        super().__init__(services, services.records(Resident), key)
        self._cooperation = cooperation
        self._body = body
        self._until = until
        self.patience = max(_seconds_left(services, until), 1.0)
        self.room = self.patience / 2

    def limits(self) -> PeerLimits:
        return self.services.limits.hoomdossier(self._cooperation)

    def effect(self, record: Resident) -> Effect | None:
        return record.registration

    def keep_effect(self, record: Resident, effect: Effect) -> None:
        record.registration = effect

    def before(self, record: Resident) -> None:
        record.unpark()
        # When this instance ends during the call, the task that is due then has Econobis ask again.
        record.schedule(self.services.clock() + ASKED_AGAIN_WITHIN)

    def send(self, _record: Resident) -> Registered:
        seconds = min(max(_seconds_left(self.services, self._until), 0.5), self.seconds)
        return self.services.hoomdossier(self._cooperation).register(self._body, seconds)

    def worked(self, record: Resident, answer: Registered) -> None:
        now = self.services.clock()
        record.user_id = answer.user_id
        record.has_account(answer.account_id, now)
        record.schedule(now)

    def failed(self, record: Resident, error: LinkError) -> None:
        if isinstance(error, Refused):
            record.finish()
            _refused_by_hoomdossier(record, error, self.services.clock())
        elif record.is_unsure:
            record.schedule(self.services.clock() + ASKED_AGAIN_WITHIN)
        else:
            record.finish()


def _refused_by_hoomdossier(record: Resident, error: Refused, now: datetime) -> None:
    record.refused = error.reason
    if isinstance(error, AlreadyRegistered) and error.contact_id_taken:
        if error.email_taken or _may_be_ours(record):
            error.fields["koppeling"] = [EXISTS]
        if _may_be_ours(record):
            record.park(Parked(code="dossier_exists", reason=error.reason, at=now))


def _may_be_ours(record: Resident) -> bool:
    """The dossier may be of an earlier call of ours, whose answer was lost."""
    return record.registration is not None and record.registration.again > 0
