"""Hoomdossier's events in the form that Econobis takes (`docs/peers/econobis.md` 5.2).

Each payload has every key that Econobis reads, with a value of the type it expects, or null. An absent key or another
type makes Econobis answer 500 and mail its staff; null gives a clear refusal (known-limits D4, D10). `raw` is the event
as Hoomdossier sent it, and is not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.domain.ids import ContactId, read_id
from shared.domain.local_time import in_one_form
from shared.domain.relay import EventKind

Payload = dict[str, Any]

# The last part of Econobis' path for each kind.
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
_COACH_KEYS = ("contact_id", "user_id", "building_id", "account_id")
_LONGEST_NAME = 191  # The column external_hoom_name.
_OTHER_MEASURE = "overig-uit-hoomdossier"  # Econobis' measure for everything that it has no measure for.
_PASSED_OVER = ("", "0")
_REMARKS = ("resident", "coach")


def with_contact(raw: Mapping[str, Any], contact_id: int, account_id: int | None = None) -> Payload:
    """`raw` for the contact that the resident's contact was merged into (known-limits A14).

    `account_id` is used when the event has none, because Econobis refuses an event without it.
    """
    related = _mapping(raw.get("account_related"))
    account = read_id(related.get("account_id")) or account_id
    return {**raw, "account_related": {**related, "contact_id": contact_id, "account_id": account}}


def with_coaches(raw: Mapping[str, Any], current: Callable[[ContactId], ContactId]) -> Payload:
    """`raw` with the coaches' present contact ids. `current` returns the contact that a contact was merged into."""
    return {**raw, "coaches": [{**it, "contact_id": current(it["contact_id"])} for it in _coaches(raw.get("coaches"))]}


def appointment_payload(raw: Mapping[str, Any], visit_coach_contact_id: int | None) -> Payload:
    """Puts the coach of the visit first, because Econobis reads only the first coach (known-limits C3).

    When no coach in the event has a contact id, the coach of the visit is the only one. Econobis refuses an appointment
    without a date, so do not send one that was removed.
    """
    coaches = _coaches(raw.get("coaches"))
    if visit_coach_contact_id is not None:
        coaches = coaches or [{"contact_id": visit_coach_contact_id}]
        coaches.sort(key=lambda coach: coach["contact_id"] != visit_coach_contact_id)
    date = in_one_form(raw.get("appointment_date"))
    return {**_account(raw), "appointment_date": date, "coaches": coaches}


def status_payload(raw: Mapping[str, Any]) -> Payload:
    """A status that came as text becomes an object with `short`."""
    status = raw.get("status")
    said = {"short": status} if isinstance(status, str) else _plain(status)
    return {**_account(raw), "status": said, "coaches": _coaches(raw.get("coaches"))}


def scan_payload(raw: Mapping[str, Any]) -> Payload:
    """No scans are an empty object: the building was reset."""
    return {**_account(raw), "scans": _mapping(raw.get("scans"))}


def delete_payload(raw: Mapping[str, Any]) -> Payload:
    """Only the ids."""
    return _account(raw)


def report_payload(raw: Mapping[str, Any], contents_base64: str) -> Payload:
    """`contents_base64` is the report, which is stored apart from its event."""
    return {**_account(raw), "pdf": {"contents": contents_base64}}


def usage_payload(raw: Mapping[str, Any]) -> Payload:
    """A question without a usable answer gets `[]`, which Econobis skips."""
    return {**_account(raw), "current": _questions(raw.get("current")), "new": _questions(raw.get("new"))}


def plan_payload(raw: Mapping[str, Any], measure_ids: Mapping[str, str], *, keep_remarks: bool) -> Payload:
    """`measure_ids` maps `measure_type:id`, or the bare id of a MeasureApplication, to the external id in Econobis.

    Econobis compares the id alone, and would take the id of another table for one of its measures. So an id of another
    table without a mapping is sent as "other" (known-limits D7). `keep_remarks` leaves the comments out, which would
    overwrite the remarks in Econobis (D9). Without the key for advices Econobis changes no opportunity.
    """
    payload = _account(raw)
    if (advices := raw.get("user_action_plan_advices")) is not None:
        payload["user_action_plan_advices"] = _advices(advices, measure_ids)
    comments = raw.get("user_action_plan_advice_comments")
    if comments is not None and not keep_remarks:
        said = _mapping(comments)
        payload["user_action_plan_advice_comments"] = {it: said[it] for it in _REMARKS if isinstance(said.get(it), str)}
    return payload


def measures_of(raw: Mapping[str, Any], earlier: Mapping[str, Any]) -> Payload:
    """The advices of `raw`, and those of earlier plans that are not in it, each under a key that stays the same.

    Econobis deletes the opportunity of an advice that is left out, even while staff work on it (known-limits D8).
    """
    advices = raw.get("user_action_plan_advices")
    listed = advices if isinstance(advices, list) else list(_mapping(advices).values())
    now = {_advice_key(advice): dict(advice) for advice in listed if isinstance(advice, Mapping)}
    return {**earlier, **now}


def with_measures(raw: Mapping[str, Any], measures: Mapping[str, Any]) -> Payload:
    """The plan `raw` with these advices in place of its own."""
    return {**raw, "user_action_plan_advices": measures}


def _advice_key(advice: Mapping[str, Any]) -> str:
    return f"{advice.get('measure_type')}:{advice.get('measure_id')}"


# The kinds whose payload needs nothing but the event.
PLAIN: Mapping[EventKind, Callable[[Mapping[str, Any]], Payload]] = {
    "usage": usage_payload,
    "status": status_payload,
    "scan": scan_payload,
    "delete": delete_payload,
}


def _account(raw: Mapping[str, Any]) -> Payload:
    related = _mapping(raw.get("account_related"))
    return {"account_related": {key: read_id(related.get(key)) for key in _ACCOUNT_KEYS}}


def _coaches(coaches: Any) -> list[Payload]:
    """The coaches with a contact id: Econobis reads that of the first coach."""
    listed = coaches if isinstance(coaches, list) else list(_mapping(coaches).values())
    ids = [{key: read_id(coach[key]) for key in _COACH_KEYS if key in coach} for coach in map(_mapping, listed)]
    return [coach for coach in ids if coach.get("contact_id")]


def _questions(questions: Any) -> Payload:
    """The questions by their short name. Questions without one are dropped, as Econobis does."""
    listed = questions if isinstance(questions, list) else []
    named = {str(_mapping(it).get("short") or ""): it for it in listed} or _mapping(questions)
    return {
        short: {**_plain(question), "answers": _answers(question.get("answers"))}
        for short, question in named.items()
        if short not in _PASSED_OVER and isinstance(question, Mapping)
    }


def _answers(answers: Any) -> Any:
    """Econobis reads `value` of the answer, or of the first of several answers."""
    if isinstance(answers, list):
        return [answer for answer in map(_plain, answers) if answer.get("value") is not None]
    answer = _plain(answers)
    return answer if answer.get("value") is not None else []


def _advices(advices: Any, measure_ids: Mapping[str, str]) -> Payload:
    """Econobis ignores the keys, but skips an advice whose key PHP takes for empty: `""` and `0` (known-limits D10)."""
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
    number = read_id(advice.get("measure_id"))
    kind = str(advice.get("measure_type") or "MeasureApplication")
    table = kind.rpartition("\\")[2]
    names = [f"{kind}:{number}", f"{table}:{number}"]
    if table == "MeasureApplication":
        names.append(str(number))
    mapped = next((measure_ids[name] for name in names if name in measure_ids), None)
    if mapped is not None:
        return mapped
    return number if number and table == "MeasureApplication" else _OTHER_MEASURE


def _plain(value: Any) -> Payload:
    """Without nested values: Econobis fails when it finds a list in the place of a text or a number."""
    return {key: it for key, it in _mapping(value).items() if it is None or isinstance(it, str | int | float)}


def _mapping(value: Any) -> Payload:
    return dict(value) if isinstance(value, Mapping) else {}
