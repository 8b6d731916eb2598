"""`afspraak`: the date of a coach's visit (`docs/peers/econobis.md` 5.2)."""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis import carbon, contacts, quotation_requests
from infra.standins.econobis.endpoints import visits
from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.endpoints.payload import as_text, read, read_if_set, truthy
from infra.standins.econobis.webform.faults import BrokenError, CrashError, RefusedError

NAME = "EndPointAfspraak"


def work(call: Call, payload: Any) -> None:
    date = read(payload, "appointment_date")
    if not truthy(date):
        raise RefusedError("Geen appointment_date meegegeven", 404)
    coach = _coach(call, payload)
    visit = visits.newest(call, contact_id=coach["id"])
    if visit is None:
        raise RefusedError("Afspraak niet gevonden in Econobis", 404)
    moment = _parsed(call, date)
    quotation_requests.save(call.database, {"date_planned": moment.stored()}, id=visit["id"], user_id=call.user_id)
    who = f"coach {visits.name(call.database, coach)} bij bewoner {visits.name(call.database, call.contact)}"
    call.log(f"Afspraak {moment.shown()} bijgewerkt voor bezoek {who}")


def _coach(call: Call, payload: Any) -> Row:
    """Only the first of the coaches counts."""
    coaches = read_if_set(payload, "coaches")
    if coaches is None:
        raise RefusedError("Geen coaches tag meegegeven", 404)
    if not truthy(coaches):
        raise RefusedError("Geen coach meegegeven", 404)
    if isinstance(coaches, dict):
        raise CrashError("an object cannot be used as an array")
    first = coaches[0] if isinstance(coaches, list) else None
    contact_id = read(first, "contact_id")
    if isinstance(contact_id, list):
        raise BrokenError("several contacts are not a coach")
    shown = as_text(contact_id)
    coach = contacts.find(call.database, contact_id)
    if coach is None or coach.get("inspection_person_type_id") != "coach":
        raise RefusedError(f"Gekoppelde coach ({shown}) is geen coach in Econobis", 404)
    return coach


def _parsed(call: Call, date: Any) -> carbon.Moment:
    if isinstance(date, dict | list):
        raise CrashError("not a date")
    try:
        return carbon.parse(date, call.database.now())
    except carbon.DateError as error:
        raise BrokenError(str(error)) from error
