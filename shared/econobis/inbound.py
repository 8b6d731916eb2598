"""What Econobis sends us: its register call and its coach link, parsed (`docs/peers/econobis.md` 2.2 and 3).

Lenient about keys it adds and about ids sent as text. What is wrong is named as Hoomdossier names it
(`extra.contact_id`), in the flat shape and the texts that Econobis' dialog can show. Making the values fit
Hoomdossier: `hoomdossier/payloads.py`.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, TypeVar

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared.errors import BadInput
from shared.json_object import read_object

_NAMES = {
    "extra.contact_id": "contact ID",
    "email": "E-mailadres",
    "first_name": "Voornaam",
    "last_name": "Achternaam",
    "postal_code": "Postcode",
    "number": "Huisnummer",
    "house_number_extension": "Toevoeging",
    "street": "Straat",
    "city": "Plaats",
    "phone_number": "Telefoonnummer",
    "building_coach_statuses.coach_contact_id": "coach contact ID",
    "building_coach_statuses.resident_contact_id": "bewoner contact ID",
}
_TEXTS = {  # The texts are Hoomdossier's own (its lang/nl/validation.php): staff and helpdesk know them.
    "missing": "{Name} veld is verplicht.",
    "text": "De {name} moet een tekst zijn.",
    "numeric": "{Name} moet een getal bevatten",
    "whole": "De {name} moet een afgerond getal zijn.",
    "positive": "De {name} moet groter zijn dan 0.",
    "list": "De {name} moet een array zijn",
    "other": "{Name} is ongeldig.",
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_LARGEST_ID = 2**53 - 1  # A larger whole number does not survive every JSON reader.


def _wrong(kind: str) -> PydanticCustomError:
    return PydanticCustomError(kind, kind)


def _one_line(value: object) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise _wrong("missing")
    if not isinstance(value, str):
        raise _wrong("text")
    return " ".join(value.split())


def _one_line_or_empty(value: object) -> str:
    """An absent optional text is empty; a number is taken as its digits, as Hoomdossier does for the extension."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return _one_line(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _house_number(value: object) -> int | str:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise _wrong("whole")
    return int(value) if isinstance(value, int | float) else _one_line(value)


def _id(value: object) -> int:
    if value is None or value == "":
        raise _wrong("missing")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if isinstance(value, bool) else str(value).strip()
    if not _WHOLE.fullmatch(text):
        raise _wrong("whole" if _NUMBER.fullmatch(text) else "numeric")
    if int(text) <= 0:
        raise _wrong("positive")
    if int(text) > _LARGEST_ID:
        raise _wrong("other")
    return int(text)


def _amount(value: object) -> int | float | str | None:
    """A tool question is optional: what is no amount at all counts as not answered (`known-limits.md` A7, A8)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _role_names(value: object) -> list[str]:
    if value is None:
        return ["resident"]
    if not isinstance(value, list):
        raise _wrong("list")
    return [_one_line(role) for role in value]


_Text = Annotated[str, BeforeValidator(_one_line)]
_OptionalText = Annotated[str, BeforeValidator(_one_line_or_empty)]
_ContactId = Annotated[int, BeforeValidator(_id)]
_Amount = Annotated[int | float | str | None, BeforeValidator(_amount)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True)


_R = TypeVar("_R", bound=_Request)


class RegisterRequest(_Request):
    """The resident as Econobis has him: nothing is checked or tidied beyond "it is there, and it is text".

    `contact_id` is Econobis' `contacts.id`. `number` is a whole number from Econobis, a text from others. The three
    amounts (persons, m3 of gas a year, kWh a year, which may be negative) are as sent, None when unknown.
    """

    contact_id: _ContactId = Field(validation_alias=AliasPath("extra", "contact_id"))
    email: _Text
    first_name: _Text
    last_name: _Text
    postal_code: _Text
    number: Annotated[int | str, BeforeValidator(_house_number)]
    house_number_extension: _OptionalText = ""
    street: _Text
    city: _Text
    phone_number: _OptionalText = ""
    resident_count: _Amount = Field(default=None, validation_alias=AliasPath("tool_questions", "resident-count"))
    amount_gas: _Amount = Field(default=None, validation_alias=AliasPath("tool_questions", "amount-gas"))
    amount_electricity: _Amount = Field(
        default=None, validation_alias=AliasPath("tool_questions", "amount-electricity")
    )
    roles: Annotated[list[str], BeforeValidator(_role_names)] = Field(default_factory=lambda: ["resident"])


class LinkRequest(_Request):
    """Link this coach to the dossier of this resident; both are Econobis' `contacts.id`."""

    coach_contact_id: _ContactId = Field(validation_alias=AliasPath("building_coach_statuses", "coach_contact_id"))
    resident_contact_id: _ContactId = Field(
        validation_alias=AliasPath("building_coach_statuses", "resident_contact_id")
    )


def parse_register(body: bytes) -> RegisterRequest:
    """Raises BadInput: 400 under `body` for what is no JSON object, else 422 per field."""
    return _parse(RegisterRequest, body)


def parse_link(body: bytes) -> LinkRequest:
    """Raises BadInput, as `parse_register` does."""
    return _parse(LinkRequest, body)


def _parse(model: type[_R], body: bytes) -> _R:
    try:
        return model.model_validate(read_object(body), by_alias=True, by_name=False)
    except ValidationError as error:
        raise BadInput(_problems(error)) from None  # The original holds the resident's data.


def _problems(error: ValidationError) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part) for part in detail["loc"])
        name = _NAMES.get(field, field)
        text = _TEXTS.get(detail["type"], _TEXTS["other"])
        problems.setdefault(field, []).append(text.format(name=name, Name=name[:1].upper() + name[1:]))
    return problems
