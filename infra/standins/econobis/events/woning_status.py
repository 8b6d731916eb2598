"""`woning-status`: sets the resident's newest open visit to done (docs/peers/econobis.md 5.2).

Econobis ignores the coaches in the event (known-limits D3).
"""

from __future__ import annotations

from typing import Any

from infra.standins.econobis import quotation_requests
from infra.standins.econobis.events import visits
from infra.standins.econobis.events.endpoint import Call
from infra.standins.econobis.faults import RefusedError
from infra.standins.econobis.php_json import as_text, read_if_set

NAME = "EndPointWoningStatus"


def work(call: Call, payload: Any) -> None:
    """Only the status `executed` changes the visit. Raises RefusedError (404) without a status or an open visit."""
    status = read_if_set(payload, "status")
    short = read_if_set(status, "short")
    if short is None:
        raise RefusedError("Geen status meegegeven", 404)
    database = call.database
    not_made = visits.status_id(database, "default")
    visit = visits.newest(call, status_id=visits.status_id(database, "made")) or visits.newest(call, status_id=not_made)
    if visit is None:
        raise RefusedError("Afspraak niet gevonden in Econobis", 404)
    today = f"{database.now():%Y-%m-%d} 00:00:00"
    if short == "executed":
        values = {"status_id": visits.status_id(database, "done"), "date_recorded": visit.get("date_recorded") or today}
        if visit["status_id"] == not_made:
            values["date_planned"] = today
            call.log(
                f"Afspraak (nog niet gemaakt) automatisch voorzien van datum afpraak {quotation_requests.shown_moment(today)}"
            )
        visit = quotation_requests.save(database, values, known_id=visit["id"], user_id=call.user_id)
    planned = visit.get("date_planned")
    when = f"Afspraak op {quotation_requests.shown_moment(planned) if planned else 'onbekend'}"
    coach, resident = visits.coach_name(database, visit), visits.name(database, call.contact)
    who = f"voor bezoek coach {coach} bij bewoner {resident}"
    if short == "executed":
        call.log(f"{when} gedaan {who}")
    else:
        name = read_if_set(status, "name")
        reason = "onbekend" if name is None else as_text(name)
        call.log(f"{when} niet bijgewerkt {who} i.v.m. status: {reason}")
