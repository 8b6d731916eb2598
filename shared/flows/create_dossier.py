"""Makes a dossier in Hoomdossier for Econobis, where an employee or a visitor waits for the account id or a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.address import kept_house_number
from shared.domain.application import Application, Registered
from shared.domain.dossier_answers import EXISTS
from shared.domain.keys import hashed, of_contact, secret_key
from shared.domain.prefixes import split_prefix
from shared.domain.problem import Problem
from shared.domain.rate import Turn
from shared.domain.resident import REGISTRATION_SECONDS, REPEATS, Address, Person, Resident
from shared.domain.work import Parked
from shared.errors import BadInput, GoingDown, LinkError, NoRoom, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import AlreadyRegistered
from shared.hoomdossier.payloads import registration_body
from shared.work.services import Services
from shared.work.step import Step, log_attempt

SPARE_SECONDS = 2.0  # for the writes around the call
PAUSE_SECONDS = 1.5  # before a repeat, when Hoomdossier does not name a delay
SHORTEST_CALL_SECONDS = 0.5  # A call starts with this time limit, even when there is less time left.
ASKED_AGAIN_WITHIN = timedelta(minutes=3)  # after an answer was lost; then the link makes Econobis ask again


def create_dossier(services: Services, cooperation: str, application: Application, until: datetime) -> Registered:
    """Returns the account and user id, the same ones each time the same contact is asked for.

    Ends before `until` (UTC). Raises BadInput with Hoomdossier's names of the fields; Refused; OutcomeUnknown, of this
    call or of an earlier one that may still be running; and when nothing was done Busy, NoRoom, TooFast, Unavailable or
    StoreUnavailable.
    """
    key = of_contact(cooperation, application.contact_id)
    resident = services.records(Resident).update(key, partial(_asked, services, cooperation, application))
    assert resident is not None
    if resident.account_id is None:
        resident = _register(services, key, resident, application, until)
        services.enqueue_if_possible(key, resident)
    assert resident.account_id is not None
    return Registered(account_id=resident.account_id, user_id=resident.user_id or 0)


def _asked(services: Services, cooperation: str, application: Application, record: Resident | None) -> Resident:
    now, settings = services.clock(), services.cooperations[cooperation]
    resident = record or Resident.first_seen(cooperation, application.contact_id, now)
    resident.asked_at = now
    resident.expires_at = services.expiry(Resident)
    resident.keep_personal_data_from(now)
    resident.is_coach = settings.coach(application.contact_id) is not None
    resident.person = _person(application, resident.person)
    resident.address = _address(application)
    resident.drop_phone(letters=settings.mail is not None)
    resident.email_key = secret_key(settings.econobis.webform_key.value, cooperation, application.email.casefold())
    return resident


def _person(application: Application, known: Person) -> Person:
    """The names in the application. Econobis sends prefix and last name as one field, and no initials."""
    prefix, last_name = known.prefix, known.last_name
    if known.surname != application.last_name:
        prefix, last_name = split_prefix(application.last_name)
    return Person(
        first_name=application.first_name,
        prefix=prefix,
        last_name=last_name,
        initials=known.initials,
        email=application.email,
        phone=application.phone or known.phone,
    )


def _address(application: Application) -> Address:
    """Without a house number when it cannot be read; `registration_body` tells Econobis that."""
    try:
        house = kept_house_number(application.house_number, application.addition)
    except Problem:
        return Address(postal_code=application.postal_code, street=application.street, city=application.city)
    return Address(
        postal_code=application.postal_code,
        number=house.number,
        addition=house.addition,
        street=application.street,
        city=application.city,
    )


def _register(services: Services, key: str, resident: Resident, application: Application, until: datetime) -> Resident:
    """Registers in Hoomdossier. Repeats the call while that is safe and there is time."""
    settings = services.cooperations[resident.cooperation]
    coach = settings.coach(application.contact_id)
    try:
        body = registration_body(application, settings.country, list(coach.roles) if coach else ["resident"])
    except BadInput as error:
        services.records(Resident).edit(key, partial(_refuse, str(error), services.clock()))
        raise
    while True:
        left = _seconds_left(services, until)
        # Hoomdossier looks for a user with this address and else makes one, without a lock: two calls at once could
        # make two users.
        with services.once.alone(f"email-{resident.email_key}", Register.seconds + 5, patience=left):
            step = Register(services, key, resident.cooperation, body, until)
            attempted = step.run(patience=step.patience)
        parked, work = attempted.record.parked, hashed(key)
        log_attempt("create_dossier", attempted.record, attempted.error, parked=parked, work=work)
        if attempted.error is None:
            return attempted.record
        pause = _pause(attempted.error, services.clock())
        if pause is None or pause + PAUSE_SECONDS > _seconds_left(services, until):
            raise attempted.error
        services.sleep(pause)


def _seconds_left(services: Services, until: datetime) -> float:
    return (until - services.clock()).total_seconds() - SPARE_SECONDS


def _refuse(reason: str, now: datetime, record: Resident) -> None:
    record.refuse(reason, now)


def _pause(error: LinkError, now: datetime) -> float | None:
    """Seconds to wait before a repeat; None when the call must not be repeated here."""
    if isinstance(error, GoingDown):
        return None
    if isinstance(error, NoRoom):
        return max((error.at - now).total_seconds(), 0)
    if isinstance(error, TooFast | Unavailable):
        return max(error.retry_after or 0, PAUSE_SECONDS)
    return None


class Register(Step[Resident, Registered]):
    """The call that makes the account in Hoomdossier. Somebody waits for it until `until` (UTC)."""

    seconds = REGISTRATION_SECONDS
    repeats = REPEATS
    turn: Turn = "waited_for"

    def __init__(self, services: Services, key: str, cooperation: str, body: dict[str, Any], until: datetime) -> None:
        super().__init__(services, services.records(Resident), key, services.limits.hoomdossier(cooperation))
        self._cooperation = cooperation
        self._body = body
        self._until = until
        self.patience = max(_seconds_left(services, until), 2 * SHORTEST_CALL_SECONDS)
        self.room = self.patience / 2  # Half for waiting, half for the call.

    def before(self, record: Resident) -> None:
        record.unpark()
        # When this instance ends during the call, the task that is due then makes Econobis ask again.
        record.schedule(self.services.clock() + ASKED_AGAIN_WITHIN)

    def send(self, _record: Resident) -> Registered:
        seconds = min(max(_seconds_left(self.services, self._until), SHORTEST_CALL_SECONDS), self.seconds)
        return self.services.hoomdossier(self._cooperation).register(self._body, seconds)

    def worked(self, record: Resident, answer: Registered) -> None:
        now = self.services.clock()
        record.user_id = answer.user_id
        record.set_account(answer.account_id, now)
        record.schedule(now)

    def failed(self, record: Resident, error: LinkError) -> None:
        """After an unknown outcome it schedules that the link makes Econobis ask again.

        After other errors there is no retry from here: Econobis shows the reason to its employee, who asks again.
        """
        if isinstance(error, Refused):
            record.finish()
            _refused_by_hoomdossier(record, error, self.services.clock())
        elif record.is_unsure:
            record.schedule(self.services.clock() + ASKED_AGAIN_WITHIN)
        else:
            record.finish()


def _refused_by_hoomdossier(record: Resident, error: Refused, now: datetime) -> None:
    """Adds to the answer for Econobis whether the dossier exists already.

    Only the e-mail address is taken: another person has it, so this is a plain refusal. The contact id is taken too, or
    is taken after a lost answer of ours: the dossier is probably this contact's own.
    """
    record.refuse(error.reason, now)
    if isinstance(error, AlreadyRegistered) and error.contact_id_taken:
        if error.email_taken or _may_be_ours(record):
            error.fields["koppeling"] = [EXISTS]
        if _may_be_ours(record):
            record.park(Parked(code="dossier_exists", reason=error.reason, at=now))


def _may_be_ours(record: Resident) -> bool:
    """Whether the dossier may have been made by an earlier call, whose answer was lost."""
    return record.effect is not None and record.effect.again > 0
