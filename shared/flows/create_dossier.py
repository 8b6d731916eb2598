"""Econobis asks for a dossier while an employee or a visitor waits: it gets the account id, or a reason, in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.domain.address import kept_house_number
from shared.domain.advice import DOSSIER_EXISTS
from shared.domain.application import Application, Registered
from shared.domain.effect import ALWAYS, Repeats
from shared.domain.keys import of_contact, secret_key
from shared.domain.person import split_prefix
from shared.domain.problem import Problem
from shared.domain.resident import Address, Person, Resident
from shared.domain.work import Parked
from shared.errors import BadInput, GoingDown, LinkError, NoRoom, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import AlreadyRegistered
from shared.hoomdossier.payloads import registration_body
from shared.work.attempt import Attempt, Attempted, log_attempt
from shared.work.services import Services

CALL_SECONDS = 20.0  # A registration asks the national address register too, so it may take long.
SPARE_SECONDS = 2.0  # for the writes around the call
PAUSE_SECONDS = 1.5
ASKED_AGAIN_WITHIN = timedelta(minutes=3)  # after an answer was lost; then the link has Econobis ask again


def repeats() -> Repeats:
    """Once a call has surely ended the same one is safe: Hoomdossier refuses a contact id that it has, and makes what
    failed halfway (hoomdossier.md 2.3). Two at once are not (known-limits A3).
    """
    return Repeats(ALWAYS.most, rest=timedelta(seconds=CALL_SECONDS))


def create_dossier(services: Services, cooperation: str, application: Application, until: datetime) -> Registered:
    """The account and user id, the same ones each time a contact is asked for.

    Raises BadInput with Hoomdossier's names of the fields, Refused, OutcomeUnknown (now, or by an earlier call that may
    still be running), Busy, NoRoom, TooFast or Unavailable (nothing happened), all before `until`.
    """
    key = of_contact(cooperation, application.contact_id)
    resident = services.residents.update(key, partial(_asked, services, cooperation, application))
    assert resident is not None
    if resident.account_id is None:
        resident = _register(services, key, resident, application, until)
        services.enqueue_if_possible("residents", key, resident)
    assert resident.account_id is not None
    return Registered(account_id=resident.account_id, user_id=resident.user_id or 0)


def _asked(services: Services, cooperation: str, application: Application, stored: Resident | None) -> Resident:
    now = services.clock()
    resident = stored or Resident.first_seen(cooperation, application.contact_id, now)
    resident.asked_at = now
    resident.expires_at = services.expiry("residents")
    resident.is_needed(now)
    resident.is_coach = services.cooperations[cooperation].coach(application.contact_id) is not None
    resident.person = _person(application, resident.person)
    resident.address = _address(application)
    services.spare_phone(resident)
    secret = services.cooperations[cooperation].econobis.webform_key
    resident.email_key = secret_key(secret, cooperation, application.email.casefold())
    return resident


def _person(application: Application, known: Person) -> Person:
    """As Econobis has it now, corrections of staff included. It joins prefix and last name, and knows no initials."""
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
    """Without a house number when it is none: `registration_body` says so to who asks."""
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
    """What is safe to repeat is repeated while there is time."""
    settings = services.cooperations[resident.cooperation]
    coach = settings.coach(application.contact_id)
    try:
        body = registration_body(application, settings.country, list(coach.roles) if coach else ["resident"])
    except BadInput as error:
        services.residents.update(key, partial(_refused, str(error)))
        raise
    while True:
        left = (until - services.clock()).total_seconds() - SPARE_SECONDS
        with services.once.alone(f"email-{resident.email_key}", seconds=CALL_SECONDS + 5, patience=left):
            attempted = _attempt(services, key, resident, body, until)
        log_attempt("create_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
        if attempted.error is None:
            return attempted.record
        pause = _pause(attempted.error, services.clock())
        if pause is None or services.clock().timestamp() + pause + PAUSE_SECONDS + SPARE_SECONDS > until.timestamp():
            raise attempted.error
        services.sleep(pause)


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


def _attempt(
    services: Services, key: str, resident: Resident, body: dict[str, Any], until: datetime
) -> Attempted[Resident]:
    left = max((until - services.clock()).total_seconds() - SPARE_SECONDS, 1.0)

    def before(record: Resident) -> None:
        record.unpark()
        record.schedule(services.clock() + ASKED_AGAIN_WITHIN)  # If this instance ends meanwhile, a task looks at it.

    def send(_record: Resident) -> dict[str, int]:
        seconds = max((until - services.clock()).total_seconds() - SPARE_SECONDS, 0.5)
        registered = services.hoomdossier(resident.cooperation).register(body, min(seconds, CALL_SECONDS))
        return {"account_id": registered.account_id, "user_id": registered.user_id}

    def settle(record: Resident, outcome: Any) -> None:
        now = services.clock()
        if not isinstance(outcome, LinkError):
            record.user_id = outcome["user_id"]
            record.has_account(outcome["account_id"], now)
            record.schedule(now)
        elif isinstance(outcome, Refused):
            record.finish()
            _refused_by_hoomdossier(record, outcome, now)
        elif record.is_unsure:
            record.schedule(now + ASKED_AGAIN_WITHIN)
        else:
            record.finish()

    attempt = Attempt(
        services.residents,
        send,
        settle,
        CALL_SECONDS,
        limits=services.hoomdossier_limits(resident.cooperation),
        before=before,
        path=("registration",),
        repeats=repeats(),
        turn="waited_for",
        room=left / 2,
    )
    return attempt.make(services, key, patience=left)


def _refused_by_hoomdossier(record: Resident, error: Refused, now: datetime) -> None:
    record.refused = error.reason
    if isinstance(error, AlreadyRegistered) and error.contact_id_taken:
        if error.email_taken or _may_be_ours(record):
            error.fields["koppeling"] = [DOSSIER_EXISTS]
        if _may_be_ours(record):
            record.park(Parked(reason=error.reason, advice=DOSSIER_EXISTS, at=now))


def _may_be_ours(record: Resident) -> bool:
    """An earlier call of ours had no answer."""
    return record.registration is not None and record.registration.again > 0
