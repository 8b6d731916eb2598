"""Creating an opportunity, and its status: which one it gets when the status of one of its actions changes.

Upstream `app/Helpers/Opportunity/OpportunityHelper.php` and `OpportunityObserver.php`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.standins.database import Database, Row

_VISITS_UNDER_WAY = {"default", "not-made", "made"}
_QUOTATIONS_UNDER_WAY = {
    "default",
    "under-review",
    "under-review-occupant",
    "no-response",
    "pm-approved",
    "not-made",
    "approved",
}
_AWAITED_AFTER_A_VISIT = (_QUOTATIONS_UNDER_WAY - {"no-response"}) | {"pm-not-approved"}

_DIRECTLY = {
    "visit": {"made": "in_progress", "not-made": "pending"},
    "quotation-request": dict.fromkeys(
        ["default", "under-review", "under-review-occupant", "no-response", "pm-approved"], "pending"
    ),
    "subsidy-request": {
        **dict.fromkeys(
            [
                "default",
                "made",
                "pm-approved",
                "linked",
                "under-review-occupant",
                "under-review",
                "approved",
                "under-review-det",
            ],
            "subsidy-request_pending",
        ),
        "approved-det": "subsidy-request_granted",
    },
}

# Status of the action → (statuses of other quotation requests that keep the opportunity open, its new status when
# there are none, its new status when there are).
_WHEN_NOTHING_IS_OPEN = {
    ("quotation-request", "not-approved"): (_QUOTATIONS_UNDER_WAY | {"executed"}, "no_execution", None),
    ("quotation-request", "pm-not-approved"): (_QUOTATIONS_UNDER_WAY | {"executed"}, "no_execution", None),
    ("quotation-request", "not-possible"): (
        _QUOTATIONS_UNDER_WAY | {"executed", "pm-not-approved"},
        "no_execution",
        None,
    ),
    ("quotation-request", "executed"): (_QUOTATIONS_UNDER_WAY | {"pm-not-approved"}, "executed", None),
    ("subsidy-request", "pm-not-approved"): (
        _QUOTATIONS_UNDER_WAY | {"pm-not-approved"},
        "executed",
        "subsidy-request_rejected",
    ),
    ("subsidy-request", "not-approved"): (
        _QUOTATIONS_UNDER_WAY | {"pm-not-approved"},
        "executed",
        "subsidy-request_rejected",
    ),
    ("subsidy-request", "not-approved-det"): (
        _QUOTATIONS_UNDER_WAY | {"pm-not-approved"},
        "executed",
        "subsidy-request_pending",
    ),
}


def new_status(action: str, status: str, visits: list[str], quotations: list[str]) -> str | None:
    """The code of the opportunity's new status; None when it keeps its status.

    `action` and `status` are the codes of the action that changed. `visits` and `quotations` are the status codes of
    the opportunity's other visits and quotation requests.
    """
    if direct := _DIRECTLY.get(action, {}).get(status):
        return direct
    if special := _SPECIAL.get((action, status)):
        return special(set(visits), set(quotations))
    if (action, status) in _WHEN_NOTHING_IS_OPEN and _VISITS_UNDER_WAY.isdisjoint(visits):
        keeping_open, closed, still_open = _WHEN_NOTHING_IS_OPEN[action, status]
        return closed if keeping_open.isdisjoint(quotations) else still_open
    return None


def _visit_done(visits: set[str], quotations: set[str]) -> str | None:
    if not quotations:
        return "executed" if visits.isdisjoint({"default", "made"}) else None
    if not quotations.isdisjoint(_AWAITED_AFTER_A_VISIT):
        return "pending"
    return "executed" if "executed" in quotations else None


def _visit_cancelled(visits: set[str], quotations: set[str]) -> str | None:
    return "no_execution" if not quotations and visits.isdisjoint(_VISITS_UNDER_WAY | {"done"}) else None


def _quotation_approved(_visits: set[str], quotations: set[str]) -> str | None:
    return "mandate" if quotations.isdisjoint({"under-review", "under-review-occupant"}) else None


_SPECIAL: dict[tuple[str, str], Callable[[set[str], set[str]], str | None]] = {
    ("visit", "done"): _visit_done,
    ("visit", "cancelled"): _visit_cancelled,
    ("quotation-request", "approved"): _quotation_approved,
}


def create_opportunity(database: Database, user_id: int | None, **values: Any) -> Row:
    """The new row, with its number `K{year}-{id}`.

    The stand-in has no e-mail workflows, but Econobis always fills in the day on which one would send: today.
    """
    row = database.insert(
        "opportunities",
        **values,
        date_planned_to_send_wf_email_status=today(database),
        created_by_id=user_id,
        updated_by_id=user_id,
    )
    return database.update("opportunities", row["id"], number=f"K{database.now().year}-{row['id']}")


def set_status(database: Database, opportunity: Row, status_code: str, user_id: int | None) -> None:
    """Changes nothing for a code that Econobis does not know, or when the opportunity has this status already."""
    status = next(iter(database.rows("opportunity_status", code_ref=status_code)), None)
    if status is None or status["id"] == opportunity.get("status_id"):
        return
    database.update(
        "opportunities",
        opportunity["id"],
        status_id=status["id"],
        date_planned_to_send_wf_email_status=today(database),
        updated_by_id=user_id,
    )


def today(database: Database) -> str:
    """`2024-05-06`, in Europe/Amsterdam."""
    return database.now().date().isoformat()
