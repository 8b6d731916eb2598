"""Finds the visit (a kansactie of action `visit`) that an event is about, and the names that log lines show."""

from __future__ import annotations

from infra.standins.database import Database, Row
from infra.standins.econobis import contacts, mysql, quotation_requests
from infra.standins.econobis.events.endpoint import Call
from infra.standins.econobis.faults import BrokenError


def _action_id(database: Database) -> int:
    rows = database.rows("opportunity_actions", code_ref="visit")
    if not rows:
        raise BrokenError("no action of type visit")
    return int(rows[0]["id"])


def status_id(database: Database, code: str) -> int:
    """The id of a visit's status by its code. Raises BrokenError when Econobis has no such status."""
    found = quotation_requests.status_id(database, _action_id(database), code)
    if found is None:
        raise BrokenError(f"visits have no status {code}")
    return found


def newest(call: Call, **equal: int) -> Row | None:
    """The visit with the highest id that has these column values and is in a Hoomdossier campaign of the resident.

    When the cooperation has no Hoomdossier campaign, any resident's visit counts: a flaw of Econobis (known-limits D1).
    """
    visits = call.database.rows(
        "quotation_requests", opportunity_action_id=_action_id(call.database), deleted_at=None, **equal
    )
    return next((visit for visit in reversed(visits) if _is_residents(call, visit)), None)


def _is_residents(call: Call, visit: Row) -> bool:
    database = call.database
    opportunity = database.row("opportunities", visit.get("opportunity_id"))
    if opportunity is None or opportunity.get("deleted_at"):
        return False
    campaigns = database.rows("cooperation_hoom_campaigns", cooperation_id=call.cooperation["id"])
    if not campaigns:
        return True
    intake = database.row("intakes", opportunity.get("intake_id"))
    if intake is None or intake.get("deleted_at") or intake.get("contact_id") != call.contact["id"]:
        return False
    return any(
        intake.get("campaign_id") == campaign.get("campaign_id") and _has_measure(database, opportunity, campaign)
        for campaign in campaigns
    )


def _has_measure(database: Database, opportunity: Row, campaign: Row) -> bool:
    measure = campaign.get("measure_id")
    return measure is None or bool(
        database.rows("measure_opportunity", opportunity_id=opportunity["id"], measure_id=measure)
    )


def coach_name(database: Database, visit: Row) -> str:
    coach = mysql.find(database, "contacts", visit.get("contact_id"))
    return name(database, coach) if coach else "onbekend"


def name(database: Database, contact: Row) -> str:
    """First name first. Raises BrokenError for a person without a row in `people`."""
    try:
        return contacts.first_name_first(database, contact)
    except LookupError as missing:
        raise BrokenError(str(missing)) from missing
