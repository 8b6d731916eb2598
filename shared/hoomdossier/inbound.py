"""What Hoomdossier pushes, parsed (`docs/peers/hoomdossier.md` 4). Tolerant of keys it adds and of ids sent as text.

It never sends an event again, so one that says whose home it is about is always an event; what of it cannot be read
stands in `unreadable`, for a person.
"""

from __future__ import annotations

import hashlib
import math
import re
from binascii import a2b_base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared.domain.local_time import from_amsterdam, to_amsterdam
from shared.domain.problem import Problem
from shared.domain.relay import EventKind
from shared.errors import BadInput
from shared.json_object import read_object

# Hoomdossier's word for each kind, the last part of the path that it posts to.
KINDS: Mapping[str, EventKind] = {
    "afspraak": "appointment",  # The coach set, moved or removed (null) the appointment.
    "woning-status": "status",  # The building's status changed; sent for `executed` only.
    "scan-status": "scan",  # The resident began a scan. [] when the building was reset.
    "gebruik": "usage",  # The answers about the home: as it is, and as it is wished.
    "woonplan": "plan",  # The action plan; no advices: empty.
    "pdf": "report",  # The coach's report, base64. Without it the file was gone when it was sent (known-limits C10).
    "delete": "delete",  # The dossier is gone. Also sent for residents who were never linked (known-limits C12).
}
# The keys of each kind. One with ! has to be there; the others Hoomdossier leaves out when it has nothing to say, or
# nothing rests on them.
KEYS: Mapping[EventKind, tuple[str, ...]] = {
    "appointment": ("appointment_date!", "coaches"),
    "status": ("status!", "coaches"),
    "scan": ("scans",),
    "usage": ("current", "new"),
    "plan": ("user_action_plan_advices", "user_action_plan_advice_comments"),
    "report": ("pdf",),
    "delete": (),
}

# The fields by which `Event.unreadable` names an id that cannot be read.
CONTACT, ACCOUNT = "account_related.contact_id", "account_related.account_id"

_DEEPEST = 32  # levels; Hoomdossier's own go to six
_LARGEST_ID = 2**53 - 1  # A larger whole number does not survive every JSON reader.
_TEXTS = {
    "missing": "ontbreekt.",
    "string_type": "moet een tekst zijn.",
    "dict_type": "moet een object zijn.",
    "model_type": "moet een object zijn.",
    "model_attributes_type": "moet een object zijn.",
    "tuple_type": "moet een lijst zijn.",
}


def _wrong(text: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{text}", {"text": text})


def _id(value: object) -> int:
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch("[1-9][0-9]{0,15}", digits) or int(digits) > _LARGEST_ID:
        raise _wrong("moet een positief geheel getal zijn.")
    return int(digits)


def _id_or_none(value: object) -> int | None:
    return None if value is None or value == "" else _id(value)


def _id_if_any(value: object) -> int | None:
    try:
        return _id_or_none(value)
    except PydanticCustomError:
        return None


def _local_time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return from_amsterdam(value if isinstance(value, str) else "")
    except Problem as problem:
        raise _wrong(problem.text) from None


def _given(value: object) -> object:
    if value is None:
        raise _wrong("ontbreekt.")
    return value


def _coaches(value: object) -> object:
    """Those with a contact: nothing can be done with another one. PHP writes a list with a gap in it as an object."""
    listed = tuple(value.values()) if isinstance(value, Mapping) else value
    return tuple(filter(_has_contact, listed)) if isinstance(listed, list | tuple) else ()


def _has_contact(coach: object) -> bool:
    try:
        return isinstance(coach, Mapping) and _id(coach.get("contact_id")) > 0
    except PydanticCustomError:
        return False


def _status(value: object) -> object:
    return {"short": value} if isinstance(value, str) and value else _given(value)


def _report(value: object) -> object:
    return {"contents": value} if isinstance(value, str) else _object(value)


def _object(value: object) -> object:
    """PHP writes an object without keys as an empty list, and one with the keys 0, 1, ... as a list."""
    return {str(index): part for index, part in enumerate(value)} if isinstance(value, list) else value


def _decoded(value: object) -> bytes | None:
    """As PHP decodes base64, which passes over what does not belong in it; the web's own alphabet and `data:` too."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong("moet een tekst zijn.")
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return a2b_base64(text.replace("-", "+").replace("_", "/") + "==")
    except ValueError:
        return b""


_Id = Annotated[int, BeforeValidator(_id)]
_OptionalId = Annotated[int | None, BeforeValidator(_id_or_none)]
_AnyId = Annotated[int | None, BeforeValidator(_id_if_any)]  # Nothing depends on it.
_Object = Annotated[dict[str, Any], BeforeValidator(_object)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class AccountRelated(_Part):
    """Whose dossier. The first three are Hoomdossier's ids; `contact_id` is Econobis', None for who has none there."""

    building_id: _Id
    user_id: _AnyId = None
    account_id: _OptionalId = None
    contact_id: _OptionalId = None


class Coach(_Part):
    """A coach linked to the building. The last three are about the coach's own account and home."""

    contact_id: _Id
    user_id: _AnyId = None
    building_id: _AnyId = None
    account_id: _AnyId = None


class Status(_Part):
    """`short` is active, inactive, pending, in_progress, executed or no_execution; `name` is for people."""

    short: str
    name: str = ""


class Report(_Part):
    """`contents` is decoded and otherwise unchecked; empty when it could not be decoded."""

    contents: Annotated[bytes | None, BeforeValidator(_decoded)] = Field(None, repr=False)


class Event(_Part):
    """`raw` is the whole object as it came. The rest is what we understood of it; of another kind's keys nothing.

    `appointment_date` is UTC; None in an appointment means that there is no appointment any more. Which odd hours are
    read how: `domain/local_time.py`. `coaches` is in Hoomdossier's order, which means nothing (known-limits C3), and
    without those whose contact it does not name. `unreadable`: what is wrong, in Dutch, per field. `misplaced`: whose
    home it is did not stand where it belongs.
    """

    kind: EventKind
    account_related: AccountRelated
    appointment_date: Annotated[datetime | None, BeforeValidator(_local_time)] = None
    coaches: Annotated[tuple[Coach, ...], BeforeValidator(_coaches)] = ()
    status: Annotated[Status | None, BeforeValidator(_status)] = None
    scans: _Object = Field(default_factory=dict)
    current: _Object = Field(default_factory=dict, repr=False)
    new: _Object = Field(default_factory=dict, repr=False)
    user_action_plan_advices: _Object = Field(default_factory=dict, repr=False)
    user_action_plan_advice_comments: _Object = Field(default_factory=dict, repr=False)
    report: Annotated[Report | None, BeforeValidator(_report)] = Field(None, validation_alias="pdf")
    raw: dict[str, Any] = Field(repr=False)
    unreadable: dict[str, list[str]] = {}
    misplaced: bool = False

    @property
    def building_id(self) -> int:
        return self.account_related.building_id

    @property
    def contact_id(self) -> int | None:
        return self.account_related.contact_id

    @property
    def account_id(self) -> int | None:
        return self.account_related.account_id

    @property
    def pdf(self) -> bytes | None:
        """The report; None when Hoomdossier sent none."""
        return self.report.contents if self.report else None

    @property
    def appointment(self) -> str | None:
        """In the peers' form, Amsterdam's time: one text per moment."""
        return to_amsterdam(self.appointment_date) if self.appointment_date else None

    @property
    def is_executed(self) -> bool:
        return self.status is not None and self.status.short == "executed"

    @property
    def payload(self) -> dict[str, Any]:
        """`raw`, with whose home it is where it belongs."""
        return {**self.raw, "account_related": self.account_related.model_dump()} if self.misplaced else self.raw

    @property
    def payload_without_report(self) -> dict[str, Any]:
        """Whose home it is, and nothing else."""
        return {"account_related": self.payload["account_related"]}

    @property
    def appointment_is_readable(self) -> bool:
        return "appointment_date" not in self.unreadable

    @property
    def content(self) -> dict[str, Any]:
        """What it says, as JSON: two events are the same when this is.

        Without keys that mean nothing to us, and with the coaches in one order: theirs changes by itself.
        """
        said = {key: self.raw.get(key) for key in _keys(self.kind)}
        if "coaches" in said:
            said["coaches"] = sorted((coach.model_dump() for coach in self.coaches), key=lambda it: it["contact_id"])
        if self.pdf is not None:
            said["pdf"] = hashlib.sha256(self.pdf).hexdigest()
        if self.appointment is not None:
            said["appointment_date"] = self.appointment
        related = self.account_related.model_dump()
        unreadable = {"unreadable": self.unreadable} if self.unreadable else {}
        return {**said, "account_related": related, **unreadable}


def parse(word: str, body: bytes) -> Event:
    """`word` is Hoomdossier's name for the kind of event.

    Raises BadInput: 404 for an eighth kind, 400 under `body` for what is no JSON object, 422 without a building.
    """
    kind = KINDS.get(word)
    if kind is None:
        raise BadInput({"kind": ["Dit soort bericht is niet bekend."]}, status=404)
    raw = read_object(body)  # Of a key that is there twice the last one counts, as in PHP.
    _refuse_what_cannot_be_kept(raw)
    return event_of(kind, raw)


def event_of(kind: EventKind, raw: dict[str, Any]) -> Event:
    """Raises BadInput per field, as `account_related.building_id`, when it does not say whose home it is about."""
    found, misplaced = _whose(raw)
    related, problems = _read_related(found)
    problems |= {key[:-1]: ["ontbreekt."] for key in KEYS[kind] if key.endswith("!") and key[:-1] not in raw}
    known = {"kind": kind, "raw": raw, "account_related": related, "misplaced": misplaced}
    says = {key: raw[key] for key in _keys(kind)[1:] if key in raw}
    try:
        event = Event.model_validate({**known, **says})
    except ValidationError as error:  # The original holds the resident's data.
        return Event.model_validate({**known, "unreadable": problems | _problems(error)})
    return event.model_copy(update={"unreadable": problems})


def _whose(raw: dict[str, Any]) -> tuple[Any, bool]:
    """What says whose home it is, and whether it stands elsewhere than it should: Hoomdossier's own delete command
    nests it once more (known-limits C11).
    """
    related, misplaced = raw.get("account_related"), False
    while isinstance(inner := _inside(related), dict | list):
        related, misplaced = inner, True
    if "building_id" in raw and not (isinstance(related, dict) and "building_id" in related):
        return raw, True
    return related, misplaced


def _inside(related: Any) -> Any:
    if isinstance(related, list):
        return related[0] if len(related) == 1 else None
    return related.get("account_related") if isinstance(related, dict) else None


def _read_related(found: Any) -> tuple[AccountRelated, dict[str, list[str]]]:
    """Without the ids that cannot be read, but for the building's."""
    try:
        return AccountRelated.model_validate(found), {}
    except ValidationError as error:
        problems = {f"account_related.{field}".rstrip("."): text for field, text in _problems(error).items()}
    if not problems.keys() <= {f"account_related.{field}" for field in ("account_id", "contact_id")}:
        raise BadInput(problems)
    wrong = {field.rpartition(".")[2] for field in problems}
    return AccountRelated.model_validate({key: it for key, it in found.items() if key not in wrong}), problems


def _keys(kind: EventKind) -> tuple[str, ...]:
    return ("account_related", *(key.rstrip("!") for key in KEYS[kind]))


def _refuse_what_cannot_be_kept(parsed: dict[str, Any]) -> None:
    """The parser takes 200 levels, and 1e400 for infinity, which no JSON can write again."""
    if not parsed:
        raise BadInput({"body": ["Het bericht is leeg."]}, status=400)
    level: list[Any] = [parsed]
    for _ in range(_DEEPEST + 1):
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise BadInput({"body": ["Het bericht bevat een te groot getal."]}, status=400)
        if not deeper:
            return
        level = deeper
    raise BadInput({"body": ["Het bericht is te diep genest."]}, status=400)


def _problems(error: ValidationError) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in detail["loc"])
        text = str(detail.get("ctx", {}).get("text") or _TEXTS.get(detail["type"], "is ongeldig."))
        problems.setdefault(field, []).append(text)
    return problems
