"""`woning-status`: a visit that was carried out (`docs/peers/econobis.md` 5.2). The coaches in it are not looked at."""

from __future__ import annotations

from typing import Any

from infra.standins.econobis import quotation_requests
from infra.standins.econobis.endpoints import visits
from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.endpoints.payload import as_text, read_if_set
from infra.standins.econobis.webform.faults import RefusedError

NAME = "EndPointWoningStatus"


def work(call: Call, payload: Any) -> None:
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
            call.log(f"Afspraak (nog niet gemaakt) automatisch voorzien van datum afpraak {visits.moment(today)}")
        visit = quotation_requests.save(database, values, id=visit["id"], user_id=call.user_id)
    when = f"Afspraak op {visits.moment(visit.get('date_planned'))}"
    coach, resident = visits.coach_name(database, visit), visits.name(database, call.contact)
    who = f"voor bezoek coach {coach} bij bewoner {resident}"
    if short == "executed":
        call.log(f"{when} gedaan {who}")
    else:
        name = read_if_set(status, "name")
        reason = "onbekend" if name is None else as_text(name)
        call.log(f"{when} niet bijgewerkt {who} i.v.m. status: {reason}")
