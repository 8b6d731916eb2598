"""Saving a kansactie (`quotation_requests`; of action `visit` it is a coach's appointment) and what follows from it.

Dates change its status, a changed status is logged and changes the opportunity's: Econobis
`app/Eco/QuotationRequest/QuotationRequestObserver.php`, `docs/peers/econobis.md` 4.6 and 7.
"""

from __future__ import annotations

from typing import Any

from infra.standins.database import Database, Row
from infra.standins.econobis import opportunities

_FLAGS = (
    "not_approved_client",
    "not_approved_project_manager",
    "not_approved_external",
    "not_approved_determination",
    "uses_planning",
)
_AMOUNTS = ("quotation_amount", "cost_adjustment", "award_amount", "amount_determination")
_DAYS = (
    "date_planned_attempt1",
    "date_planned_attempt2",
    "date_planned_attempt3",
    "date_approved_client",
    "date_approved_project_manager",
    "date_approved_external",
    "date_under_review",
    "date_executed",
    "date_under_review_determination",
    "date_approved_determination",
)
_MOMENTS = ("date_planned", "date_recorded", "date_released")


def save(
    database: Database,
    values: Row,
    id: int | None = None,  # noqa: A002 - the word that its callers know
    user_id: int | None = None,
    *,
    status_seen: int | None = None,
) -> Row:
    """Creates a kansactie, or changes the one with this `id`; the row as stored.

    Dates are local texts, "2024-05-06" or "2024-05-06 10:00:00". `user_id` is who did it. `status_seen`: the status
    by which the opportunity's new one is chosen, where Econobis looks at the one it had read before (4.9).
    """
    with database.transaction():
        before = (database.row("quotation_requests", id) or {}) if id else {}
        row = (before or dict.fromkeys((*_AMOUNTS, *_FLAGS), 0)) | values
        _apply_dates(database, row, before)
        row = _as_stored(row)
        status_changed = row.get("status_id") != before.get("status_id")
        if status_changed:
            row["date_planned_to_send_wf_email_status"] = opportunities.today(database)
        saved = _write(database, row, before, user_id)
        if status_changed:
            _log_status(database, saved, before, user_id)
            _update_opportunity(database, saved, status_seen or saved["status_id"], user_id)
        return saved


def status_id(database: Database, action_id: int | None, code: str) -> int | None:
    """The id of a status by its code: the same code has another id under each action."""
    found = database.rows("quotation_request_status", opportunity_action_id=action_id, code_ref=code)
    return found[0]["id"] if found else None


def _write(database: Database, row: Row, before: Row, user_id: int | None) -> Row:
    if not before:
        created_at = database.now().strftime("%Y-%m-%d %H:%M:%S")
        by = {"created_by_id": user_id, "updated_by_id": user_id, "created_at": created_at}
        return database.insert("quotation_requests", **(by | {k: v for k, v in row.items() if v is not None}))
    changed = {column: value for column, value in row.items() if value != before.get(column)}
    if not changed:
        return before
    return database.update("quotation_requests", before["id"], **changed, updated_by_id=user_id)


def _log_status(database: Database, row: Row, before: Row, user_id: int | None) -> None:
    old = {"old_status_id": before["status_id"]} if before.get("status_id") else {}
    database.insert(
        "quotation_request_actions_log",
        quotation_request_id=row["id"],
        user_id=user_id,
        updated_with="econobis",
        new_status_id=row["status_id"],
        **old,
    )


def _update_opportunity(database: Database, row: Row, chosen_status_id: int, user_id: int | None) -> None:
    opportunity = database.row("opportunities", row.get("opportunity_id"))
    action = _code(database, "opportunity_actions", row.get("opportunity_action_id"))
    status = _code(database, "quotation_request_status", chosen_status_id)
    if opportunity is None or action is None or status is None:
        return
    others = [
        other
        for other in database.rows("quotation_requests", opportunity_id=opportunity["id"], deleted_at=None)
        if other["id"] != row["id"]
    ]
    new = opportunities.new_status(
        action, status, _statuses(database, others, "visit"), _statuses(database, others, "quotation-request")
    )
    if new:
        opportunities.set_status(database, opportunity, new, user_id)


def _statuses(database: Database, rows: list[Row], action: str) -> list[str]:
    own = [row for row in rows if _code(database, "opportunity_actions", row.get("opportunity_action_id")) == action]
    return [_code(database, "quotation_request_status", row.get("status_id")) or "" for row in own]


def _code(database: Database, table: str, id_: int | None) -> str | None:
    row = database.row(table, id_) or {}
    code: str | None = row.get("code_ref")
    return code


# -- dates that change the status ------------------------------------------------------------------------------------


def _apply_dates(database: Database, row: Row, before: Row) -> None:
    """In Econobis' own order, so that the last date that changed decides."""
    action_id = row.get("opportunity_action_id")
    action = _code(database, "opportunity_actions", action_id)

    def changed(*columns: str) -> bool:
        return any((row.get(column) or None) != (before.get(column) or None) for column in columns)

    def move_to(code: str) -> bool:
        """False when the action has no such status."""
        found = status_id(database, action_id, code)
        if found:
            row["status_id"] = found
        return found is not None

    for column, code, only in (
        ("date_planned_attempt1", "under-review", "redirection"),
        ("date_planned_attempt3", "not-made", None),
        ("date_planned", "made", None),
        ("date_recorded", "done", None),
        ("date_released", "under-review-occupant", None),
        ("date_under_review", "under-review", None),
    ):
        if row.get(column) and changed(column) and only in (None, action):
            move_to(code)
    if changed("date_approved_client", "not_approved_client"):
        _decide_client(database, row, action)
    for approval, ending, otherwise in (("project_manager", "pm-", None), ("external", "", "under-review")):
        if changed(f"date_approved_{approval}", f"not_approved_{approval}"):
            _decide(row, approval, (f"{ending}approved", f"{ending}not-approved", otherwise), move_to)
    if row.get("date_executed") and changed("date_executed"):
        move_to("executed")
    if row.get("date_under_review_determination") and changed("date_under_review_determination"):
        move_to("under-review-det")
    day_changed = changed("date_approved_determination")
    if day_changed or changed("not_approved_determination"):
        _decide(row, "determination", ("approved-det", "not-approved-det", "under-review-det"), move_to)
    if day_changed:
        move_to("approved-det" if row.get("date_approved_determination") else "not-approved-det")


def _decide(row: Row, approval: str, codes: tuple[str, str, str | None], move_to: Any) -> None:
    """`codes`: the statuses for yes, no and neither. Yes and no exclude each other in the row as well."""
    day, refused = f"date_approved_{approval}", f"not_approved_{approval}"
    yes, no, neither = codes
    if row.get(refused):
        if move_to(no):
            row[day] = None
    elif row.get(day):
        if move_to(yes):
            row[refused] = 0
    elif neither:
        move_to(neither)


def _decide_client(database: Database, row: Row, action: str | None) -> None:
    """The resident's answer moves the status of a quotation request only, though other actions keep the columns."""

    def move_to(code: str) -> bool:
        found = status_id(database, row.get("opportunity_action_id"), code)
        if found and action == "quotation-request":
            row["status_id"] = found
        return found is not None

    _decide(row, "client", ("approved", "not-approved", "under-review-occupant"), move_to)


def _as_stored(row: Row) -> Row:
    """MySQL's columns: days without a time, moments with one, flags as 0 and 1, an empty date as none."""
    stored = dict(row)
    for column in (*_DAYS, *_MOMENTS):
        text = str(stored.get(column) or "")
        if column in stored:
            stored[column] = _column_text(text, day=column in _DAYS)
    for column in _FLAGS:
        if column in stored:
            stored[column] = int(bool(stored[column]))
    return stored


def _column_text(text: str, *, day: bool) -> str | None:
    if not text:
        return None
    return text[:10] if day else text if len(text) > 10 else f"{text} 00:00:00"
