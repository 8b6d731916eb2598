"""The seven things that Hoomdossier sends to Econobis, built from the state at hand: `docs/peers/hoomdossier.md` 4.

An oddity in the data ends in `php.Uncaught`, by which the real job loses the push before any request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier
from infra.standins.hoomdossier.dossier import COACH_SOURCE, MASTER_SOURCE, RESIDENT_SOURCE
from infra.standins.hoomdossier.php import Uncaught
from infra.standins.hoomdossier.reference import applicable_questions, how_question

CO2_PER_M3_GAS = 1.88
MEASURE = "App\\Models\\MeasureApplication"
ADVISABLES = {
    MEASURE: "measure_applications",
    "App\\Models\\CustomMeasureApplication": "custom_measure_applications",
    "App\\Models\\CooperationMeasureApplication": "cooperation_measure_applications",
}
HABITS = {"resident-count": "resident_count", "amount-gas": "amount_gas", "amount-electricity": "amount_electricity"}
# Measure → the question about its size. Flat roofs have none: their question has a short that no question has.
SIZE_QUESTIONS = {
    **dict.fromkeys(
        ["floor-insulation", "bottom-insulation", "floor-insulation-research"], ("surface", "insulation-floor-surface")
    ),
    **dict.fromkeys(
        ["cavity-wall-insulation", "facade-wall-insulation", "wall-insulation-research"],
        ("surface", "insulation-wall-surface"),
    ),
    **dict.fromkeys(
        ["roof-insulation-pitched-inside", "roof-insulation-pitched-replace-tiles"],
        ("surface", "pitched-roof-insulation-surface"),
    ),
    "glass-in-lead": ("surface", "glass-in-lead-replace-glass-surface"),
    "hrpp-glass-only": ("surface", "hrpp-glass-only-replacement-glass-surface"),
    "hrpp-glass-frames": ("surface", "hrpp-glass-frame-replacement-glass-surface"),
    "hr3p-frames": ("surface", "hr3p-glass-frame-replacement-glass-surface"),
    "solar-panels-place-replace": ("count", "desired-solar-panel-count"),
}


def build(database: Database, kind: str, building: Row) -> Row:
    return {"account_related": account_related(database, building), **_KINDS[kind](database, building)}


def account_related(database: Database, building: Row) -> Row:
    user = dossier.user_of(database, building)
    return {
        "building_id": building["id"],
        "user_id": user["id"],
        "account_id": user["account_id"],
        "contact_id": dossier.contact_id(user),
    }


# -- appointment, status, scans -------------------------------------------------------------------------------------


def _appointment(database: Database, building: Row) -> Row:
    return {"appointment_date": dossier.appointment_date(database, building), **_coaches(database, building)}


def _status(database: Database, building: Row) -> Row:
    current = dossier.current_status(database, building) or {}
    status = database.row("statuses", current.get("status_id"))
    if status is None:
        raise Uncaught("the building has no status")
    return {"status": {key: status[key] for key in ("id", "short", "name")}, **_coaches(database, building)}


def _coaches(database: Database, building: Row) -> Row:
    """Linked coaches that Econobis knows; no key at all when there are none."""
    coaches = [
        {
            "contact_id": dossier.contact_id(coach),
            "user_id": coach["id"],
            "building_id": _building_id(database, coach),
            "account_id": coach["account_id"],
        }
        for coach in dossier.linked_coaches(database, building)
        if dossier.is_related_with_econobis(coach)
    ]
    return {"coaches": coaches} if coaches else {}


def _building_id(database: Database, coach: Row) -> int:
    building = dossier.building_of(database, coach)
    if building is None:
        raise Uncaught("the coach has no building")
    return int(building["id"])


def _scans(database: Database, building: Row) -> Row:
    made = database.rows("completed_sub_steps", building_id=building["id"], input_source_id=MASTER_SOURCE)
    with_progress = {row["scan_id"] for row in made}
    scans = (scan for scan in database.rows("scans") if scan["short"] != "expert-scan")
    return {
        "scans": {
            scan["short"]: {
                "id": scan["id"],
                "name": scan["name"],
                "short": scan["short"],
                "has_made_progress": scan["id"] in with_progress,
            }
            for scan in scans
        }
    }


# -- home data ------------------------------------------------------------------------------------------------------


def _home_data(database: Database, building: Row) -> Row:
    return {
        situation: {question["short"]: _question(database, building, question["short"]) for question in questions}
        for situation, questions in applicable_questions().items()
    }


def _question(database: Database, building: Row, short: str) -> Row:
    question = database.rows("tool_questions", short=short)[0]
    given = answers(database, building, question)
    shown: Any = [_option(question, answer) for answer in given]
    if shown and not question.get("multiple"):
        shown = {**shown[0], "short": shown[0].get("short")}
    return {"id": question["id"], "short": short, "name": question["name"], "answers": shown}


def _option(question: Row, answer: Any) -> Row:
    """Without options, what was typed. An answer that is no option any more breaks the whole push, as in the real code.

    An option without a short has none in a list of several answers, and null when it is the only one.
    """
    if not question.get("options"):
        return {"value": answer, "short": None, "name": None}
    for option in question["options"]:
        if str(option["value"]) == str(answer):
            return {key: option[key] for key in ("value", "name", "short") if key in option}
    raise Uncaught("Arr::only(): an array was expected, null given")


def answers(database: Database, building: Row, question: Row) -> list[Any]:
    """The master's answers; the three that can come with a registration lie in a table of their own."""
    if question["short"] in HABITS:
        habits = database.rows("user_energy_habits", user_id=building["user_id"], input_source_id=MASTER_SOURCE)
        values = [habit.get(HABITS[question["short"]]) for habit in habits]
    else:
        wanted = {"input_source_id": MASTER_SOURCE, "tool_question_id": question["id"]}
        values = [row["answer"] for row in database.rows("tool_question_answers", building_id=building["id"], **wanted)]
    return [value for value in values if value is not None]


# -- action plan, report --------------------------------------------------------------------------------------------


def _action_plan(database: Database, building: Row) -> Row:
    wanted = {"input_source_id": MASTER_SOURCE, "category": "to-do"}
    rows = database.rows("user_action_plan_advices", user_id=building["user_id"], **wanted)
    advices = {str(row["id"]): advice for row in rows if (advice := _advice(database, building, row))}
    sources = {RESIDENT_SOURCE: "resident", COACH_SOURCE: "coach"}
    comments = database.rows("user_action_plan_advice_comments", user_id=building["user_id"])
    return {
        **({"user_action_plan_advices": advices} if rows else {}),
        "user_action_plan_advice_comments": {
            sources[row["input_source_id"]]: row["comment"] for row in comments if row["input_source_id"] in sources
        },
    }


def _advice(database: Database, building: Row, advice: Row) -> Row | None:
    """None for a measure of one's own that was put in no category: the real code leaves it out."""
    kind, id_ = advice["user_action_plan_advisable_type"], advice["user_action_plan_advisable_id"]
    measure = database.row(ADVISABLES[kind], id_)
    if measure is None:
        raise Uncaught("the measure is gone")
    common = {
        "name": measure.get("measure_name") or measure.get("name"),
        "savings_gas": advice["savings_gas"],
        "savings_electricity": advice["savings_electricity"],
        "co2_savings": float(advice["savings_gas"] or 0) * CO2_PER_M3_GAS,
        "measure_id": id_,
        "measure_type": kind,
    }
    if kind == MEASURE:
        return {**common, **_size(database, building, measure["short"])}
    category = database.row("measure_categories", measure.get("measure_category_id"))
    return {**common, "measure_category": category} if category else None


def _size(database: Database, building: Row, short: str) -> Row:
    if short not in SIZE_QUESTIONS:
        return {}
    key, question = SIZE_QUESTIONS[short]
    size = _single_answer(database, building, question)
    how = _single_answer(database, building, how_question(short))
    return {key: size, "execute_self": how != "let-do"}


def _single_answer(database: Database, building: Row, short: str) -> Any:
    question = database.rows("tool_questions", short=short)[0]
    return next(iter(answers(database, building, question)), None)


def _report(database: Database, building: Row) -> Row:
    """The coach's report; without the key when its file is gone from disk."""
    wanted = {"building_id": building["id"], "file_type": "pdf-report", "input_source_id": COACH_SOURCE}
    stored = database.rows("file_storages", **wanted)
    if not stored:
        raise Uncaught("filename of null")
    files = database.rows("_downloads", filename=stored[0]["filename"])
    return {"pdf": {"contents": files[0]["contents"]}} if files else {}


_KINDS: dict[str, Callable[[Database, Row], Row]] = {
    "afspraak": _appointment,
    "woning-status": _status,
    "scan-status": _scans,
    "gebruik": _home_data,
    "woonplan": _action_plan,
    "pdf": _report,
    "delete": lambda _database, _building: {},
}
KINDS = tuple(_KINDS)
