"""Hoomdossier's events as Econobis takes them: every key that its code reads is there, and of a kind it can read.

What is absent or odd costs a 500 there, mailed to staff, where null gives a clear refusal (known-limits D4, D10).
`raw` is what Hoomdossier sent and is never changed. The endpoints: `docs/peers/econobis.md` 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.domain.local_time import in_one_form
from shared.domain.relay import EventKind

Payload = dict[str, Any]

# The last part of the path that Econobis takes each kind at.
PATHS: Mapping[EventKind, str] = {
    "appointment": "afspraak",
    "status": "woning-status",
    "scan": "scan-status",
    "usage": "gebruik",
    "plan": "woonplan",
    "report": "pdf",
    "delete": "delete",
}

_ACCOUNT_KEYS = ("building_id", "user_id", "account_id", "contact_id")
_COACH_KEYS = ("user_id", "building_id", "account_id")
_ID = re.compile(r"\s*[0-9]{1,18}\s*")
_LONGEST_NAME = 191  # The column external_hoom_name.
_OTHER_MEASURE = "overig-uit-hoomdossier"  # Econobis' own name for what it has no measure for.
_PASSED_OVER = ("", "0")
_REMARKS = ("resident", "coach")


def with_contact(raw: Mapping[str, Any], contact_id: int, account_id: int | None = None) -> Payload:
    """The resident is another contact by now: two contacts were merged in Econobis (known-limits A14).

    `account_id` is for an event that does not say it, which Econobis refuses.
    """
    related = _mapping(raw.get("account_related"))
    account = _id(related.get("account_id")) or account_id
    return {**raw, "account_related": {**related, "contact_id": contact_id, "account_id": account}}


def with_coaches(raw: Mapping[str, Any], today: Callable[[int], int]) -> Payload:
    """The same for the coaches of an appointment; `today` gives the contact that a contact id is by now."""
    return {**raw, "coaches": [{**it, "contact_id": today(it["contact_id"])} for it in _coaches(raw.get("coaches"))]}


def appointment_payload(raw: Mapping[str, Any], visit_coach_contact_id: int | None) -> Payload:
    """Econobis looks at the first coach only, so who has the visit goes first (known-limits C3).

    Where Hoomdossier knows the contact of no coach, he is the only one. Without a date Econobis refuses it.
    """
    coaches = _coaches(raw.get("coaches"))
    if visit_coach_contact_id is not None:
        coaches = coaches or [{"contact_id": visit_coach_contact_id}]
        coaches.sort(key=lambda coach: coach["contact_id"] != visit_coach_contact_id)
    date = in_one_form(raw.get("appointment_date"))
    return {**_account(raw), "appointment_date": date, "coaches": coaches}


def status_payload(raw: Mapping[str, Any]) -> Payload:
    status = raw.get("status")
    said = {"short": status} if isinstance(status, str) else _plain(status)
    return {**_account(raw), "status": said, "coaches": _coaches(raw.get("coaches"))}


def scan_payload(raw: Mapping[str, Any]) -> Payload:
    return {**_account(raw), "scans": _mapping(raw.get("scans"))}


def delete_payload(raw: Mapping[str, Any]) -> Payload:
    return _account(raw)


def report_payload(raw: Mapping[str, Any], contents_base64: str) -> Payload:
    return {**_account(raw), "pdf": {"contents": contents_base64}}


def usage_payload(raw: Mapping[str, Any]) -> Payload:
    """A question without a usable answer goes with `[]`, which Econobis passes over."""
    return {**_account(raw), "current": _questions(raw.get("current")), "new": _questions(raw.get("new"))}


def plan_payload(raw: Mapping[str, Any], measure_ids: Mapping[str, str], *, keep_remarks: bool) -> Payload:
    """`measure_ids`: from `measure_type:id` (also the bare id, for MeasureApplication) to the measure's external id.

    Econobis compares the id only, so one of another table would be taken for a measure that it is not: without a
    mapping it goes as "other" (known-limits D7). `keep_remarks` leaves out what overwrites the remarks in Econobis
    (D9). Without advices the key stays away, and Econobis then changes nothing.
    """
    payload = _account(raw)
    if (advices := raw.get("user_action_plan_advices")) is not None:
        payload["user_action_plan_advices"] = _advices(advices, measure_ids)
    comments = raw.get("user_action_plan_advice_comments")
    if comments is not None and not keep_remarks:
        said = _mapping(comments)
        payload["user_action_plan_advice_comments"] = {it: said[it] for it in _REMARKS if isinstance(said.get(it), str)}
    return payload


def with_earlier_measures(earlier: Mapping[str, Any], raw: Mapping[str, Any]) -> Payload:
    """The advices of `raw`, and those of earlier plans that it leaves out: of a measure that is gone Econobis sets the
    opportunity to deleted, also when somebody works on it there (known-limits D8). By a key that stays the same.
    """
    advices = raw.get("user_action_plan_advices")
    listed = advices if isinstance(advices, list) else list(_mapping(advices).values())
    now = {_advice_key(advice): dict(advice) for advice in listed if isinstance(advice, Mapping)}
    return {**earlier, **now}


def _advice_key(advice: Mapping[str, Any]) -> str:
    return f"{advice.get('measure_type')}:{advice.get('measure_id')}"


# The kinds that need nothing but themselves.
PLAIN: Mapping[EventKind, Callable[[Mapping[str, Any]], Payload]] = {
    "usage": usage_payload,
    "status": status_payload,
    "scan": scan_payload,
    "delete": delete_payload,
}


def _account(raw: Mapping[str, Any]) -> Payload:
    related = _mapping(raw.get("account_related"))
    return {"account_related": {key: _id(related.get(key)) for key in _ACCOUNT_KEYS}}


def _coaches(coaches: Any) -> list[Payload]:
    """Only those with a contact: Econobis reads that of the first one."""
    listed = coaches if isinstance(coaches, list) else list(_mapping(coaches).values())
    known = [coach for coach in listed if isinstance(coach, Mapping) and _id(coach.get("contact_id"))]
    return [
        {"contact_id": _id(coach["contact_id"]), **{key: _id(coach[key]) for key in _COACH_KEYS if key in coach}}
        for coach in known
    ]


def _questions(questions: Any) -> Payload:
    """By their short name. Econobis passes over one without (and keeps a row for every name that it does not know)."""
    listed = questions if isinstance(questions, list) else []
    named = {str(_mapping(it).get("short") or ""): it for it in listed} or _mapping(questions)
    return {
        short: {**_plain(question), "answers": _answers(question.get("answers"))}
        for short, question in named.items()
        if short not in _PASSED_OVER and isinstance(question, Mapping)
    }


def _answers(answers: Any) -> Any:
    """Econobis reads `.value` of the answer, or of the first of several."""
    if isinstance(answers, list):
        return [answer for answer in map(_plain, answers) if answer.get("value") is not None]
    answer = _plain(answers)
    return answer if answer.get("value") is not None else []


def _advices(advices: Any, measure_ids: Mapping[str, str]) -> Payload:
    """The keys mean nothing to Econobis, but one that is empty for PHP makes it pass over the advice (D10)."""
    listed = enumerate(advices, start=1) if isinstance(advices, list) else _mapping(advices).items()
    return {
        f"advice-{key}" if key in _PASSED_OVER else str(key): _advice(advice, measure_ids)
        for key, advice in listed
        if isinstance(advice, Mapping)
    }


def _advice(advice: Mapping[str, Any], measure_ids: Mapping[str, str]) -> Payload:
    fitted = {**_plain(advice), "measure_id": _measure(advice, measure_ids)}
    if isinstance(fitted.get("name"), str):
        fitted["name"] = fitted["name"][:_LONGEST_NAME]
    return fitted


def _measure(advice: Mapping[str, Any], measure_ids: Mapping[str, str]) -> int | str:
    number = _id(advice.get("measure_id"))
    kind = str(advice.get("measure_type") or "MeasureApplication")
    table = kind.rpartition("\\")[2]
    names = [f"{kind}:{number}", f"{table}:{number}"]
    if table == "MeasureApplication":
        names.append(str(number))
    mapped = next((measure_ids[name] for name in names if name in measure_ids), None)
    if mapped is not None:
        return mapped
    return number if number and table == "MeasureApplication" else _OTHER_MEASURE


def _id(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        return None
    return int(value)


def _plain(value: Any) -> Payload:
    """Without what is nested: PHP stops where it expects a text or a number and finds a list."""
    return {key: it for key, it in _mapping(value).items() if it is None or isinstance(it, str | int | float)}


def _mapping(value: Any) -> Payload:
    return dict(value) if isinstance(value, Mapping) else {}
