"""Does what a coach or a resident does on Hoomdossier's screens: changes the tables, and queues the pushes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, mysql, payloads
from infra.standins.hoomdossier.dossier import COACH_SOURCE, MASTER_SOURCE, RESIDENT_SOURCE, USER_MODEL
from infra.standins.hoomdossier.pushes import PushQueue
from infra.standins.hoomdossier.reference import applicable_questions

SAVINGS = {"gas": "125.00", "electricity": "0.00"}
_WRITERS = {"resident": RESIDENT_SOURCE, "coach": COACH_SOURCE}
_HABITS = {"resident-count": "resident_count", "amount-gas": "amount_gas", "amount-electricity": "amount_electricity"}


def parse_appointment(text: str) -> str | None:
    """Reads `2026-12-01T10:00` (Europe/Amsterdam) into the form of the column; None for an empty text.

    Raises ValueError for any other text.
    """
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo:
        raise ValueError("an appointment has no zone")
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def save_appointment(database: Database, queue: PushQueue, building: Row, date: str | None) -> None:
    """`date` is from `parse_appointment`; None removes the appointment."""
    dossier.append_appointment(database, building, date)
    queue.appointment_saved(building)


def set_status(database: Database, queue: PushQueue, building: Row, short: str) -> None:
    """`short` is a key of `STATUS_NAMES`."""
    dossier.append_status(database, building, short)
    queue.status_set(building, short)


def unlink_coach(database: Database, building: Row, coach_id: int) -> None:
    """Hoomdossier sends nothing to Econobis about this."""
    database.insert("building_coach_statuses", coach_id=coach_id, building_id=building["id"], status="removed")
    _delete(database, {"building_permissions": {"user_id": coach_id, "building_id": building["id"]}})


def save_home_data(database: Database, queue: PushQueue, building: Row, answers: Mapping[str, Sequence[str]]) -> None:
    """`answers` is short of a question → its answers; an empty text removes the answer. Queues the push `gebruik`."""
    questions = {one["short"]: one for part in applicable_questions().values() for one in part}
    for short, given in answers.items():
        if short in questions:
            _save_answer(database, building, questions[short], [text.strip() for text in given if text.strip()])
    queue.scheduled(building, "gebruik")


def _save_answer(database: Database, building: Row, question: Row, given: list[str]) -> None:
    values: list[Any] = [int(text) if question.get("type") == "int" and text.isdecimal() else text for text in given]
    if question["short"] in _HABITS:
        habit = int(given[0]) if given and given[0].lstrip("-").isdecimal() else None
        _replace(
            database,
            "user_energy_habits",
            {"user_id": building["user_id"], "input_source_id": MASTER_SOURCE},
            {_HABITS[question["short"]]: habit},
        )
        return
    mine = {"building_id": building["id"], "input_source_id": MASTER_SOURCE, "tool_question_id": question["id"]}
    _delete(database, {"tool_question_answers": mine})
    for value in values if question.get("multiple") else values[:1]:
        database.insert("tool_question_answers", **mine, answer=value)


def _replace(database: Database, table: str, key: Row, values: Row) -> None:
    with database.transaction():
        known = database.rows(table, **key)
        if known:
            database.update(table, known[0]["id"], **values)
        else:
            database.insert(table, **key, **values)


def make_plan(
    database: Database, queue: PushQueue, building: Row, measures: Sequence[str], comments: Mapping[str, str]
) -> None:
    """Replaces the plan. `measures` are shorts; `comments` may have the keys `resident` and `coach`."""
    _delete(database, {"user_action_plan_advices": {"user_id": building["user_id"]}})
    for short in measures:
        for measure in database.rows("measure_applications", short=short):
            database.insert(
                "user_action_plan_advices",
                user_id=building["user_id"],
                input_source_id=MASTER_SOURCE,
                category="to-do",
                savings_gas=SAVINGS["gas"],
                savings_electricity=SAVINGS["electricity"],
                user_action_plan_advisable_type="App\\Models\\MeasureApplication",
                user_action_plan_advisable_id=measure["id"],
                updated_at=mysql.local_time(database.now()),
            )
    for who, source in _WRITERS.items():
        key = {"user_id": building["user_id"], "input_source_id": source}
        if comments.get(who) or database.rows("user_action_plan_advice_comments", **key):
            _replace(database, "user_action_plan_advice_comments", key, {"comment": comments.get(who, "")})
    queue.scheduled(building, "gebruik", "woonplan")


def save_report(database: Database, queue: PushQueue, building: Row, pdf: bytes) -> None:
    """Replaces the report of the coach, and queues its push."""
    filename = f"pdf-report-{building['id']}.pdf"
    key = {"building_id": building["id"], "file_type": "pdf-report", "input_source_id": COACH_SOURCE}
    _replace(database, "file_storages", key, {"filename": filename})
    _replace(database, "_downloads", {"filename": filename}, {"contents": base64.b64encode(pdf).decode()})
    queue.scheduled(building, "pdf")


def progress_scan(database: Database, queue: PushQueue, building: Row, short: str) -> None:
    """Completes one more step of the scan. Only the first step is pushed to Econobis."""
    (scan,) = database.rows("scans", short=short)
    step = {"building_id": building["id"], "input_source_id": MASTER_SOURCE, "scan_id": scan["id"]}
    with database.transaction():
        done = len(database.rows("completed_sub_steps", **step))
        database.insert("completed_sub_steps", **step, sub_step_id=done + 1)
    if not done:
        queue.scan_begun(building)


def reset_building(database: Database, queue: PushQueue, building: Row) -> None:
    """Removes the answers, scans and plan of the resident."""
    mine = {"user_id": building["user_id"]}
    of_building = {"building_id": building["id"]}
    with database.transaction():
        _delete(database, {"tool_question_answers": of_building, "completed_sub_steps": of_building})
        _delete(database, {"user_action_plan_advices": mine, "user_energy_habits": mine})
    queue.building_reset(building)


def delete_resident(database: Database, queue: PushQueue, building: Row) -> None:
    """Removes the user and the building; also the account, unless another cooperation has a user with it."""
    user = dossier.user_of(database, building)
    account_related = payloads.account_related(database, building)
    with database.transaction():
        _delete(database, _belongings(user, building))
        deleted_at = dossier.moment_text(database.now())
        database.update("buildings", building["id"], user_id=None, deleted_at=deleted_at)
        database.delete("users", user["id"])
        if not database.rows("users", account_id=user["account_id"]):
            database.delete("accounts", user["account_id"])
    queue.user_deleted(account_related)


def _delete(database: Database, keys: Mapping[str, Row]) -> None:
    for table, key in keys.items():
        for row in database.rows(table, **key):
            database.delete(table, row["id"])


def _belongings(user: Row, building: Row) -> dict[str, Row]:
    return {
        "user_action_plan_advices": {"user_id": user["id"]},
        "user_energy_habits": {"user_id": user["id"]},
        "notification_settings": {"user_id": user["id"]},
        "model_has_roles": {"model_id": user["id"], "model_type": USER_MODEL},
        "tool_question_answers": {"building_id": building["id"]},
        "private_messages": {"building_id": building["id"]},
    }


def plan_of(database: Database, building: Row) -> list[str]:
    """The shorts of the measures in the plan."""
    advices = database.rows("user_action_plan_advices", user_id=building["user_id"])
    measures = (database.row("measure_applications", advice["user_action_plan_advisable_id"]) for advice in advices)
    return [measure["short"] for measure in measures if measure]


def comments_of(database: Database, building: Row) -> dict[str, str]:
    """The comments on the plan, with the keys `resident` and `coach`; empty when there is none."""
    rows = database.rows("user_action_plan_advice_comments", user_id=building["user_id"])
    comments = {row["input_source_id"]: row["comment"] or "" for row in rows}
    return {who: comments.get(source, "") for who, source in _WRITERS.items()}


def home_data(database: Database, building: Row, short: str) -> Row:
    """A question with its options and the answers given, as a form shows it."""
    question = database.rows("tool_questions", short=short)[0]
    return {**question, "answers": [str(answer) for answer in payloads.answers(database, building, question)]}
