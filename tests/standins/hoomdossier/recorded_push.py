"""Rebuilds the tables from which a push was recorded: from `stub_data`, or else from the body that was sent."""

from __future__ import annotations

import base64
import json
from typing import Any

from infra.standins.database import Row
from infra.standins.hoomdossier.dossier import COACH_SOURCE, MASTER_SOURCE, RESIDENT_SOURCE
from infra.standins.hoomdossier.payloads import ADVISABLES, HABITS, MEASURE, SIZE_QUESTIONS
from infra.standins.hoomdossier.pushes import JOBS
from infra.standins.hoomdossier.reference import applicable_questions, how_question

Tables = dict[str, list[Row]]

_RELATED = {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}
_EXECUTED = {"id": 4, "short": "executed", "name": "Uitgevoerd"}
_SOURCES = {"resident": RESIDENT_SOURCE, "coach": COACH_SOURCE}


def kind_of(case: Row) -> str:
    """The kind of event, from the name of the job that ran."""
    jobs = {**JOBS, "delete": "SendUserDeletedToEconobis"}
    (kind,) = (kind for kind, job in jobs.items() if f"/{job}.php" in case["source_file"])
    return kind


def body_of(case: Row) -> Row:
    """The body that was sent; empty when nothing was sent, or when the recording has only the start of it."""
    body: Row = json.loads((case["request"] or {}).get("body") or "{}")
    return body


def lost_before_any_request(case: Row) -> bool:
    return str(case["client_behaviour"]).startswith("LOST before")


def tables(case: Row) -> Tables:
    stub, body = case["stub_data"], body_of(case)
    related = body.get("account_related", _RELATED)
    status = body.get("status") or stub.get("status") or _EXECUTED
    date = body.get("appointment_date", stub.get("appointment_date"))
    mine = {"building_id": related["building_id"], "user_id": related["user_id"], "input_source_id": MASTER_SOURCE}
    found: Tables = {
        "cooperations": [{"id": 1, "name": "Dorp", "slug": "dorp", "country": "NL"}],
        "accounts": [{"id": related["account_id"], "email": "bewoner@example.org"}],
        "users": [
            {
                "id": mine["user_id"],
                "account_id": related["account_id"],
                "cooperation_id": 1,
                "extra": stub.get("extra", {"contact_id": related["contact_id"]}),
            }
        ],
        "buildings": [{"id": mine["building_id"], "user_id": mine["user_id"]}],
        "statuses": [status],
        "building_statuses": [
            {"building_id": mine["building_id"], "status_id": status["id"], "appointment_date": date}
        ],
        "building_coach_statuses": [],
    }
    add_coaches(found, stub.get("coaches", [[50, 500]]), body.get("coaches", []), mine["building_id"])
    more = {"gebruik": questions, "woonplan": plan, "pdf": report, "scan-status": scans}.get(kind_of(case), no_status)
    return {**found, **more(case, mine)}


def no_status(case: Row, _mine: Row) -> Tables:
    return {"building_statuses": []} if lost_before_any_request(case) else {}


def add_coaches(found: Tables, given: list[Any], sent: list[Row], building_id: int) -> None:
    """`given` are user ids with contact ids. Other ids are taken from the body, or are those of the recorder."""
    by_user = {coach["user_id"]: coach for coach in sent}
    for coach in given:
        user_id, contact_id = coach if isinstance(coach, list) else (coach["user_id"], coach.get("contact_id"))
        own = by_user.get(user_id, {})
        account_id, own_building = own.get("account_id", 1000 + user_id), own.get("building_id", 5000 + user_id)
        extra = None if contact_id is None else {"contact_id": contact_id}
        found["accounts"].append({"id": account_id, "email": f"coach{user_id}@example.org"})
        found["users"].append({"id": user_id, "account_id": account_id, "cooperation_id": 1, "extra": extra})
        found["buildings"].append({"id": own_building, "user_id": user_id})
        link = {"coach_id": user_id, "building_id": building_id, "status": "added"}
        found["building_coach_statuses"].append(link)


# -- home data ----------------------------------------------------------------------------------------------------------


def questions(case: Row, mine: Row) -> Tables:
    """The recorder gave the questions its own ids, and some of them its own options."""
    body, given = body_of(case), case["stub_data"].get("answers", {})
    sent = {short: one for part in ("current", "new") for short, one in body.get(part, {}).items()}
    listed = sent.values() or [one for part in applicable_questions().values() for one in part]
    found = [question(one, given.get(one["short"]), one.get("answers")) for one in listed]
    return {"tool_questions": found, **answers(found, given, mine)}


def question(one: Row, given: Any, sent: Any) -> Row:
    """A question with the options in the body. An answer that is not in the body is none of its options."""
    made: Row = {key: one[key] for key in ("id", "short", "name")}
    shown = sent if isinstance(sent, list) else [sent] if sent else []
    options = [option for option in shown if isinstance(option, dict) and option["name"] is not None]
    if sent is None and given is not None:
        options = [{"value": "what was sent is another one", "name": "Iets anders", "short": None}]
    if options:
        made["options"] = [{key: value for key, value in one.items() if value is not None} for one in options]
    return {**made, "multiple": isinstance(given, list) and not (isinstance(sent, dict) and sent["value"] == given)}


def answers(found: list[Row], given: Row, mine: Row) -> Tables:
    """Rows with the answers. Three questions have their own table."""
    habits = {HABITS[short]: value for short, value in given.items() if short in HABITS}
    rows = [
        {"building_id": mine["building_id"], "input_source_id": MASTER_SOURCE, **row}
        for one in found
        if one["short"] in given and one["short"] not in HABITS
        for row in answer_rows(one, given[one["short"]])
    ]
    owner = {"user_id": mine["user_id"], "input_source_id": MASTER_SOURCE}
    return {"tool_question_answers": rows, "user_energy_habits": [{**owner, **habits}]}


def answer_rows(one: Row, given: Any) -> list[Row]:
    return [{"tool_question_id": one["id"], "answer": value} for value in (given if one.get("multiple") else [given])]


# -- action plan --------------------------------------------------------------------------------------------------------


def plan(case: Row, mine: Row) -> Tables:
    body, stub = body_of(case), case["stub_data"]
    sent = dict(body.get("user_action_plan_advices") or {})
    shorts = {str(advice["id"]): advice.get("short") for advice in stub.get("advices", [])}
    found: Tables = {name: [] for name in ("tool_questions", "measure_categories", *ADVISABLES.values())}
    given = dict(stub.get("answers", {}))
    rows = []
    for id_ in shorts | sent:
        advice = sent.get(id_) or unmapped(next(one for one in stub["advices"] if str(one["id"]) == id_))
        short = shorts.get(id_) or a_short(advice)
        add_measure(found, advice, short)
        given |= sizes(advice, short)
        rows.append(advice_row(int(id_), advice, mine))
    for number, short in enumerate(given, 5000):
        found["tool_questions"].append({"id": number, "short": short, "name": short})
    comments = body.get("user_action_plan_advice_comments") or {}
    return {
        **found,
        "user_action_plan_advices": rows,
        "user_action_plan_advice_comments": [
            {"user_id": mine["user_id"], "input_source_id": _SOURCES[who], "comment": text}
            for who, text in dict(comments).items()
        ],
        **answers(found["tool_questions"], given, mine),
    }


def unmapped(given: Row) -> Row:
    """A measure that was not sent, because it has no category."""
    kind = next(kind for kind in ADVISABLES if kind != MEASURE)
    name = given.get("measure_name") or given.get("name")
    id_ = given["user_action_plan_advisable_id"]
    return {"name": name, "measure_id": id_, "measure_type": kind, "savings_gas": None, "savings_electricity": None}


def a_short(advice: Row) -> str:
    """A measure with this kind of size; the recording does not say which measure it was."""
    size = next((key for key in ("surface", "count") if key in advice), None)
    return next((short for short, (key, _) in SIZE_QUESTIONS.items() if key == size), "something-else")


def add_measure(found: Tables, advice: Row, short: str) -> None:
    category = advice.get("measure_category")
    if category and category not in found["measure_categories"]:
        found["measure_categories"].append(category)
    table = found[ADVISABLES[advice["measure_type"]]]
    if advice["measure_id"] not in [measure["id"] for measure in table]:
        belongs = {"measure_category_id": category["id"]} if category else {}
        table.append({"id": advice["measure_id"], "short": short, "name": advice["name"], **belongs})


def sizes(advice: Row, short: str) -> Row:
    if advice["measure_type"] != MEASURE or short not in SIZE_QUESTIONS:
        return {}
    key, size_question = SIZE_QUESTIONS[short]
    how = "do-self" if advice.get("execute_self") else "let-do"
    return {size_question: advice.get(key), how_question(short): how}


def advice_row(id_: int, advice: Row, mine: Row) -> Row:
    return {
        "id": id_,
        "user_id": mine["user_id"],
        "input_source_id": MASTER_SOURCE,
        "category": "to-do",
        "savings_gas": advice["savings_gas"],
        "savings_electricity": advice["savings_electricity"],
        "user_action_plan_advisable_id": advice["measure_id"],
        "user_action_plan_advisable_type": advice["measure_type"],
    }


# -- report and scans ---------------------------------------------------------------------------------------------------


def report(case: Row, mine: Row) -> Tables:
    """No report when the job was lost because of that; a report without a file when no file was sent."""
    if lost_before_any_request(case):
        return {"file_storages": []}
    body = body_of(case)
    made = base64.b64encode(b"%PDF-1.4\n".ljust(case["stub_data"].get("pdf_size") or 0, b"x")).decode()
    contents = body["pdf"]["contents"] if "pdf" in body else None if body else made
    stored = {"building_id": mine["building_id"], "file_type": "pdf-report", "input_source_id": COACH_SOURCE}
    return {
        "file_storages": [{**stored, "filename": "a.pdf"}],
        "_downloads": [{"filename": "a.pdf", "contents": contents}] if contents is not None else [],
    }


def scans(case: Row, mine: Row) -> Tables:
    sent = dict(body_of(case).get("scans") or {})
    done = [scan for scan in sent.values() if scan["has_made_progress"]]
    owner = {"building_id": mine["building_id"], "input_source_id": MASTER_SOURCE}
    return {
        "scans": [{key: scan[key] for key in ("id", "short", "name")} for scan in sent.values()],
        "completed_sub_steps": [{**owner, "scan_id": scan["id"]} for scan in done],
    }
