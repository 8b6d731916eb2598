"""`kansactie_update_afspraak_status`: another status for the contact's newest visit (`docs/peers/econobis.md` 4.9)."""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import quotation_requests
from infra.standins.econobis.webform import php
from infra.standins.econobis.webform.call import Call
from infra.standins.econobis.webform.faults import CrashError

# What was sent → the status that Econobis' code has for it; anything else leaves the status as it is.
_STATUSES = {1: 7, 2: 8, 3: 9, 4: 14}


def update_newest(call: Call) -> None:
    """The dates stay as they are. Raises CrashError without a contact."""
    if call.contact is None:
        raise CrashError("a visit of nobody")
    visit = _newest(call, call.contact)
    if visit is None:
        call.log("Geen kansactie bezoek gevonden voor contact, coach en campagne, status kan niet worden bijgewerkt.")
        return
    sent = call.form["kansactie_update_afspraak_status"]
    old = visit["status_id"]
    new = next((status for number, status in _STATUSES.items() if php.equals_number(sent, number)), old)
    quotation_requests.save(call.database, {"status_id": new}, visit["id"], call.user_id, status_seen=old)
    call.log(
        "Kansactie bezoek gevonden voor contact, coach en campagne."
        f" Status bijgewerkt van {_name(call, old)} naar {_name(call, new)}"
    )


def _newest(call: Call, contact: Row) -> Row | None:
    """By `created_at`; among equals the first."""
    visits = [
        row
        for row in call.database.rows("quotation_requests", deleted_at=None)
        if _is_visit(call, row) and _is_meant(call, row, contact)
    ]
    return max(visits, key=lambda row: str(row.get("created_at") or ""), default=None)


def _is_visit(call: Call, row: Row) -> bool:
    action = call.database.row("opportunity_actions", row.get("opportunity_action_id")) or {}
    return action.get("code_ref") == "visit"


def _is_meant(call: Call, row: Row, contact: Row) -> bool:
    coach, campaign = call.form["kansactie_update_afspraak_coach"], call.form["kansactie_update_afspraak_campagne"]
    opportunity = call.database.row("opportunities", row.get("opportunity_id")) or {}
    intake = call.database.row("intakes", opportunity.get("intake_id")) or {}
    return (
        not opportunity.get("deleted_at")
        and not intake.get("deleted_at")
        and intake.get("contact_id") == contact["id"]
        and (not php.is_true(coach) or row.get("contact_id") == php.to_float(coach))
        and (not php.is_true(campaign) or intake.get("campaign_id") == php.to_float(campaign))
    )


def _name(call: Call, status_id: int) -> str:
    return str((call.database.row("quotation_request_status", status_id) or {}).get("name"))
