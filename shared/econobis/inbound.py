"""Econobis' two calls to us, parsed: the application for a dossier, and the coach link (`docs/peers/econobis.md` 2.2,
3).

Extra keys and ids sent as text are fine. A refusal uses Hoomdossier's field names (`extra.contact_id`) and texts,
because Econobis calls us in Hoomdossier's place and its dialog shows them. Whether the values fit Hoomdossier is
checked in `hoomdossier/payloads.py`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shared.domain.application import Application
from shared.domain.ids import ContactId, read_id
from shared.errors import BadInput
from shared.json_object import problems_by_field, read_object

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
    "other": "{Name} is ongeldig.",
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_AMOUNT = re.compile(r"\s*-?[0-9]{1,15}([.,][0-9]{1,15})?\s*", re.ASCII)


def _wrong(kind: str) -> PydanticCustomError:
    return PydanticCustomError(kind, kind)


def _text(value: object) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise _wrong("missing")
    if not isinstance(value, str):
        raise _wrong("text")
    return " ".join(value.split())


def _optional_text(value: object) -> str:
    """Absent is empty. A number becomes its digits: Hoomdossier takes one for the addition."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return _text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _house_number(value: object) -> str:
    """Econobis sends a whole number."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise _wrong("whole")
    return str(int(value)) if isinstance(value, int | float) else _text(value)


def _contact_id(value: object) -> int:
    if value is None or value == "":
        raise _wrong("missing")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        value = value.strip()
    found = read_id(value)
    if found is None:
        raise _wrong(_why_no_id("" if isinstance(value, bool) else str(value)))
    return found


def _why_no_id(text: str) -> str:
    if not _WHOLE.fullmatch(text):
        return "whole" if _NUMBER.fullmatch(text) else "numeric"
    return "positive" if int(text) <= 0 else "other"


def _amount(value: object) -> Decimal | None:
    """The questions about usage are optional, so an unreadable amount counts as no answer (known-limits A7, A8)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _AMOUNT.fullmatch(str(value)):
        return None
    return Decimal(str(value).strip().replace(",", "."))


_Text = Annotated[str, BeforeValidator(_text)]
_OptionalText = Annotated[str, BeforeValidator(_optional_text)]
_ContactId = Annotated[ContactId, BeforeValidator(_contact_id)]
_Amount = Annotated[Decimal | None, BeforeValidator(_amount)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True)


_R = TypeVar("_R", bound=_Request)


class _RegisterRequest(_Request):
    """The fields of `Application`, each with Econobis' name where that is another."""

    contact_id: _ContactId = Field(validation_alias=AliasPath("extra", "contact_id"))
    email: _Text
    first_name: _Text
    last_name: _Text
    postal_code: _Text
    house_number: Annotated[str, BeforeValidator(_house_number)] = Field(validation_alias="number")
    addition: _OptionalText = Field("", validation_alias="house_number_extension")
    street: _Text
    city: _Text
    phone: _OptionalText = Field("", validation_alias="phone_number")
    residents: _Amount = Field(None, validation_alias=AliasPath("tool_questions", "resident-count"))
    gas: _Amount = Field(None, validation_alias=AliasPath("tool_questions", "amount-gas"))
    electricity: _Amount = Field(None, validation_alias=AliasPath("tool_questions", "amount-electricity"))


class LinkRequest(_Request):
    """The coach to link, and the resident whose dossier he is linked to."""

    coach_contact_id: _ContactId = Field(validation_alias=AliasPath("building_coach_statuses", "coach_contact_id"))
    resident_contact_id: _ContactId = Field(
        validation_alias=AliasPath("building_coach_statuses", "resident_contact_id")
    )


def parse_register(body: bytes) -> Application:
    """The application in a register call.

    Raises BadInput: with status 400 and the field `body` when this is no JSON object, else with status 422 and
    Hoomdossier's name of each field that is absent or of another type.
    """
    return Application(**dict(_parse(_RegisterRequest, body)))


def parse_link(body: bytes) -> LinkRequest:
    """The pair in a coach link call. Raises BadInput as `parse_register` does."""
    return _parse(LinkRequest, body)


def _parse(model: type[_R], body: bytes) -> _R:
    try:
        return model.model_validate(read_object(body), by_alias=True, by_name=False)
    except ValidationError as error:
        raise BadInput(problems_by_field(error, _text_of)) from None  # The original holds the resident's data.


def _text_of(field: str, kind: str, _context: dict[str, Any]) -> str:
    name = _NAMES.get(field, field)
    return _TEXTS.get(kind, _TEXTS["other"]).format(name=name, Name=name[:1].upper() + name[1:])
