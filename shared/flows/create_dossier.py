"""Econobis asks for a dossier while an employee or a visitor waits: it gets the account id, or a reason, in time."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.address import kept_house_number
from shared.domain.advice import DOSSIER_EXISTS
from shared.domain.keys import of_contact, secret_key
from shared.domain.person import split_prefix
from shared.domain.problem import Problem
from shared.domain.resident import Address, Person, Resident
from shared.econobis.inbound import RegisterRequest
from shared.errors import BadInput, LinkError, NoRoom, OutcomeUnknown, Refused, TooFast, Unavailable
from shared.flows.attempt import Attempt, Attempted, parked, tell
from shared.hoomdossier.answers import AlreadyRegistered
from shared.hoomdossier.payloads import Registered, tidy
from shared.services import Services

CALL_SECONDS = 20.0  # A registration asks the national address register too, so it may take long.
SPARE_SECONDS = 2.0  # for the writes around the call
PAUSE_SECONDS = 1.5


def create_dossier(services: Services, cooperation: str, request: RegisterRequest, until: datetime) -> Registered:
    """The account and user id, the same ones each time a contact is asked for.

    Raises BadInput with Hoomdossier's names of the fields, Refused, OutcomeUnknown (now or by an earlier call, until
    evidence or a person settles it), Busy, NoRoom, TooFast or Unavailable (nothing happened), all before `until`.
    """
    key = of_contact(cooperation, request.contact_id)
    resident = services.residents.update(key, partial(_asked, services, cooperation, request))
    assert resident is not None
    if resident.account_id is None:
        resident = _register(services, key, resident, request, until)
        services.enqueue_if_possible("residents", key, resident)
    assert resident.account_id is not None
    return Registered(account_id=resident.account_id, user_id=resident.user_id or 0)


def _asked(services: Services, cooperation: str, request: RegisterRequest, stored: Resident | None) -> Resident:
    now = services.clock()
    resident = stored or Resident.first_seen(cooperation, request.contact_id, now)
    resident.asked_at = now
    resident.expires_at = services.expiry("residents")
    resident.is_coach = services.cooperations[cooperation].coach(request.contact_id) is not None
    if not resident.milestones.signed_up:
        prefix, last_name = split_prefix(request.last_name)
        resident.person = Person(
            first_name=request.first_name,
            prefix=prefix,
            last_name=last_name,
            email=request.email,
            phone=request.phone_number,
        )
        resident.address = _address(request)
    secret = services.cooperations[cooperation].econobis.webform_key
    resident.email_key = secret_key(secret, cooperation, request.email.casefold())
    return resident


def _address(request: RegisterRequest) -> Address:
    """Without a house number when it is none: `tidy` says so to who asks."""
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
    """What is safe to repeat is repeated while there is time."""
    settings = services.cooperations[resident.cooperation]
    coach = settings.coach(request.contact_id)
    try:
        body = tidy(request, settings.country, list(coach.roles) if coach else ["resident"])
    except BadInput as error:
        services.residents.update(key, partial(_refused, str(error)))
        raise
    while True:
        left = (until - services.clock()).total_seconds() - SPARE_SECONDS
        with services.once.alone(f"email-{resident.email_key}", seconds=CALL_SECONDS + 5, patience=left):
            attempted = _attempt(services, key, resident, body, until)
        tell("create_dossier", attempted.record, attempted.error, parked=attempted.record.parked)
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
    if isinstance(error, NoRoom):
        return max((error.at - now).total_seconds(), 0)
    if isinstance(error, TooFast | Unavailable):
        return max(error.retry_after or 0, PAUSE_SECONDS)
    return None


def _attempt(
    services: Services, key: str, resident: Resident, body: dict[str, Any], until: datetime
) -> Attempted[Resident]:
    left = max((until - services.clock()).total_seconds() - SPARE_SECONDS, 1.0)

    def send(_record: Resident) -> dict[str, int]:
        seconds = max((until - services.clock()).total_seconds() - SPARE_SECONDS, 0.5)
        registered = services.hoomdossier(resident.cooperation).register(body, min(seconds, CALL_SECONDS))
        return {"account_id": registered.account_id, "user_id": registered.user_id}

    def settle(record: Resident, outcome: Any) -> None:
        now = services.clock()
        if not isinstance(outcome, LinkError):
            record.user_id = outcome["user_id"]
            record.has_account(outcome["account_id"], now)
            record.refused = ""
            record.schedule(now)
        elif isinstance(outcome, OutcomeUnknown):
            record.park(parked("residents", outcome, now))
        elif isinstance(outcome, Refused):
            record.refused = outcome.reason
            if isinstance(outcome, AlreadyRegistered) and outcome.email_taken and outcome.contact_id_taken:
                outcome.fields["koppeling"] = [DOSSIER_EXISTS]

    attempt = Attempt(
        services.residents,
        send,
        settle,
        CALL_SECONDS,
        peering=services.to_hoomdossier(resident.cooperation),
        path=("registration",),
        urgent=True,
        room=left / 2,
    )
    return attempt.make(services, key, patience=left)
