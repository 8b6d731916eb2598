"""Hoomdossier's events, parsed (`docs/peers/hoomdossier.md` 4). Extra keys and ids sent as text are fine.

Hoomdossier does not retry an event. So each event that names a home is accepted, and the parts that cannot be read are
listed in `unreadable`, for a person.
"""

from __future__ import annotations

import hashlib
import math
from binascii import a2b_base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared.domain.ids import ContactId, read_id
from shared.domain.local_time import from_amsterdam, to_amsterdam
from shared.domain.problem import Problem
from shared.domain.relay import EventKind
from shared.errors import BadInput
from shared.json_object import problems_by_field, read_object

# The last part of the path that Hoomdossier posts to, and our name of the kind.
KINDS: Mapping[str, EventKind] = {
    "afspraak": "appointment",  # The coach set, moved or removed (null) the appointment.
    "woning-status": "status",  # The building's status changed; sent for `executed` only.
    "scan-status": "scan",  # The resident began a scan. [] when the building was reset.
    "gebruik": "usage",  # The answers about the home as it is, and as the resident wants it.
    "woonplan": "plan",  # The action plan. Empty when it has no advices.
    "pdf": "report",  # The coach's report, in base64. Absent when the file had expired (known-limits C10).
    "delete": "delete",  # The dossier was deleted. Also sent for residents without a contact (known-limits C12).
}
# The keys of each kind. A key with ! is compulsory. Hoomdossier leaves the others out when they are empty, or we do not
# depend on them.
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

_OTHER = "is ongeldig."
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
    found = read_id(value)
    if found is None:
        raise _wrong("moet een positief geheel getal zijn.")
    return found


def _id_or_none(value: object) -> int | None:
    return None if value is None or value == "" else _id(value)


def _local_time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return from_amsterdam(value if isinstance(value, str) else "")
    except Problem as problem:
        raise _wrong(str(problem)) from None


def _given(value: object) -> object:
    if value is None:
        raise _wrong("ontbreekt.")
    return value


def _coaches(value: object) -> object:
    """The coaches with a contact id; the link can do nothing with others. PHP writes a list with a gap as an object."""
    listed = tuple(value.values()) if isinstance(value, Mapping) else value
    return tuple(filter(_has_contact, listed)) if isinstance(listed, list | tuple) else ()


def _has_contact(coach: object) -> bool:
    return isinstance(coach, Mapping) and read_id(coach.get("contact_id")) is not None


def _status(value: object) -> object:
    return {"short": value} if isinstance(value, str) and value else _given(value)


def _report(value: object) -> object:
    return {"contents": value} if isinstance(value, str) else _object(value)


def _object(value: object) -> object:
    """PHP writes an empty object as an empty list, and an object with the keys 0, 1, ... as a list."""
    return {str(index): part for index, part in enumerate(value)} if isinstance(value, list) else value


def _decoded(value: object) -> bytes | None:
    """Decodes base64 as PHP does, ignoring other characters. Takes the URL-safe alphabet and a `data:` URL too."""
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
_ContactId = Annotated[ContactId, BeforeValidator(_id)]
_OptionalContactId = Annotated[ContactId | None, BeforeValidator(_id_or_none)]
_UnusedId = Annotated[int | None, BeforeValidator(read_id)]  # None when it cannot be read: nothing depends on it.
_Object = Annotated[dict[str, Any], BeforeValidator(_object)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class AccountRelated(_Part):
    """The home and the resident. The first three are Hoomdossier's ids.

    `contact_id` is Econobis', None for a resident who has no contact there.
    """

    building_id: _Id
    user_id: _UnusedId = None
    account_id: _OptionalId = None
    contact_id: _OptionalContactId = None


class Coach(_Part):
    """A coach who is linked to the building. The last three ids are of the coach's own account and home."""

    contact_id: _ContactId
    user_id: _UnusedId = None
    building_id: _UnusedId = None
    account_id: _UnusedId = None


class Status(_Part):
    """`short` is active, inactive, pending, in_progress, executed or no_execution; `name` is its text in Dutch."""

    short: str
    name: str = ""


class Report(_Part):
    """`contents` is decoded, and not checked to be a PDF; empty when it could not be decoded."""

    contents: Annotated[bytes | None, BeforeValidator(_decoded)] = Field(None, repr=False)


class Event(_Part):
    """An event about one home. Only the fields of its `kind` are filled; `raw` is the whole object as it was received.

    `appointment_date` is UTC; None in an `appointment` means that the appointment was removed. Hours that the clock
    change skips or repeats: `domain/local_time.py`. `coaches` holds the coaches with a contact id, in Hoomdossier's
    order, which has no meaning (known-limits C3). `unreadable`: texts in Dutch by field. `misplaced`: the ids of
    `account_related` were found at another place in `raw`.
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
        """Hoomdossier's id of the home."""
        return self.account_related.building_id

    @property
    def contact_id(self) -> ContactId | None:
        """Econobis' id of the resident; None for a resident who has no contact there."""
        return self.account_related.contact_id

    @property
    def account_id(self) -> int | None:
        """Hoomdossier's id of the resident's account."""
        return self.account_related.account_id

    @property
    def pdf(self) -> bytes | None:
        """The bytes of the report; None when the event has none."""
        return self.report.contents if self.report else None

    @property
    def appointment(self) -> str | None:
        """`2026-12-14 10:30:00` in Europe/Amsterdam, the form of both peers; None without an appointment."""
        return to_amsterdam(self.appointment_date) if self.appointment_date else None

    @property
    def is_executed(self) -> bool:
        """The coach set the home to "executed" (uitgevoerd)."""
        return self.status is not None and self.status.short == "executed"

    @property
    def payload(self) -> dict[str, Any]:
        """`raw`, with the ids under `account_related`, where Econobis expects them."""
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
        """The meaning of the event as JSON, for comparing: equal events have equal contents.

        It holds the keys of the event's kind only, the coaches sorted by contact id, and the digest of a report.
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
    """`word` is Hoomdossier's name of the kind, a key of `KINDS`.

    Raises BadInput: 404 for an unknown kind, 400 with the field `body` for a body that is no JSON object or cannot be
    stored, 422 without a building id.
    """
    kind = KINDS.get(word)
    if kind is None:
        raise BadInput({"kind": ["Dit soort bericht is niet bekend."]}, status=404)
    raw = read_object(body)  # Of a key that is there twice the last one counts, as in PHP.
    _refuse_what_cannot_be_kept(raw)
    return event_of(kind, raw)


def contacts_named(raw: dict[str, Any]) -> set[str]:
    """The contact ids in an event, as text, also of one that cannot be read otherwise."""
    related = raw.get("account_related")
    return {str(it.get("contact_id")) for it in (raw, related) if isinstance(it, dict)}


def event_of(kind: EventKind, raw: dict[str, Any]) -> Event:
    """The event in an object that was parsed already.

    Raises BadInput with the field `account_related.building_id` when the object names no home.
    """
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
    """The object with the ids, and whether it was misplaced: Hoomdossier's delete command nests it one level deeper
    (known-limits C11).
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
    """The readable ids, and the problems with the others. Raises BadInput when the building id is unreadable."""
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
    """Refuses numbers like 1e400: the parser reads them as infinity, which JSON cannot hold."""
    if not parsed:
        raise BadInput({"body": ["Het bericht is leeg."]}, status=400)
    level: list[Any] = [parsed]
    while level:
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise BadInput({"body": ["Het bericht bevat een te groot getal."]}, status=400)
        level = deeper


def _problems(error: ValidationError) -> dict[str, list[str]]:
    return problems_by_field(error, lambda _field, kind, context: context.get("text") or _TEXTS.get(kind, _OTHER))
