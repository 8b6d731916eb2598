"""The body of a registration, made to fit Hoomdossier's rules (`docs/peers/hoomdossier.md` 2.1).

What is compulsory and does not fit is refused before the call, because Hoomdossier may fail halfway over it
(known-limits A2, A12). What is optional and does not fit is left out: it must not cost the resident the dossier (A7).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain import address, person
from shared.domain.accepted import Country
from shared.domain.one_line import LONGEST, one_line
from shared.domain.problem import Problem
from shared.econobis.inbound import RegisterRequest
from shared.errors import BadInput

# Hoomdossier's own texts (its lang/nl/validation.php): staff and helpdesk know them.
_MISSING = "{name} veld is verplicht."
_TOO_LONG = f"De {{name}} mag niet meer dan {LONGEST} karakters bevatten."
_EMAIL = "De E-mailadres moet een geldig e-mailadres zijn."
_POSTAL_CODE = "Postcode is een ongeldige postcode."
_NUMBER = "Huisnummer is een ongeldig huisnummer."
_EXTENSION = "Toevoeging is een ongeldige huisnummer toevoeging."
_NAME_TOO_LONG = "De Voornaam en Achternaam zijn samen te lang voor Hoomdossier. Kort ze af."
_NAMES = {"first_name": "Voornaam", "last_name": "Achternaam", "street": "Straat", "city": "Plaats"}

_AMOUNT = re.compile(r"\s*-?[0-9]{1,15}([.,][0-9]{1,15})?\s*", re.ASCII)
_GAS = (0, 9_999_999_999)  # m3 a year
_ELECTRICITY = (-10_000, 9_999_999_999)  # kWh a year; less than nothing for who feeds in more than he takes
_MOST_RESIDENTS = 8  # It stands for eight or more.


@dataclass(frozen=True)
class Registered:
    """Hoomdossier's ids. `user_id` is 0 when it did not say."""

    account_id: int
    user_id: int


def tidy(request: RegisterRequest, country: Country, roles: Sequence[str]) -> dict[str, Any]:
    """Raises BadInput, with Hoomdossier's names and texts, for a compulsory field that cannot be made to fit.

    An addition to the house number counts as one: without it the dossier would be about the neighbours' home.
    """
    body = _Body(request, country)
    optional = {
        "house_number_extension": body.extension,
        "phone_number": person.phone_for_hoomdossier(request.phone_number, country),
        "tool_questions": _tool_questions(request),
    }
    if body.problems:
        raise BadInput(body.problems)
    return {
        "extra": {"contact_id": request.contact_id},
        **body.fields,
        **{field: value for field, value in optional.items() if value},
        "roles": list(dict.fromkeys(roles)) or ["resident"],  # An empty list makes a user who can do nothing.
    }


class _Body:
    """The compulsory fields, and what is wrong with them."""

    def __init__(self, request: RegisterRequest, country: Country) -> None:
        self.fields: dict[str, Any] = {}
        self.problems: dict[str, list[str]] = {}
        self.extension = ""
        self._email(request.email)
        for field, name in _NAMES.items():
            self._line(field, name, getattr(request, field))
        if not self.problems.keys() & {"first_name", "last_name"}:
            self._full_name()
        try:
            self.fields["postal_code"] = address.postal_code(request.postal_code, country)
        except Problem:
            self.problems["postal_code"] = [_POSTAL_CODE]
        self._house(str(request.number), request.house_number_extension)

    def _email(self, typed: str) -> None:
        """As Econobis has it: the resident signs in with it."""
        try:
            self.fields["email"] = one_line(typed)
            person.plain_email(self.fields["email"])
        except Problem:
            self.problems["email"] = [_EMAIL]

    def _line(self, field: str, name: str, typed: str) -> None:
        try:
            self.fields[field] = one_line(typed)
        except Problem:
            self.problems[field] = [_TOO_LONG.format(name=name)]
            return
        if not self.fields[field]:
            self.problems[field] = [_MISSING.format(name=name)]

    def _full_name(self) -> None:
        try:
            person.check_length(self.fields["first_name"], "", self.fields["last_name"])
        except Problem:
            self.problems["last_name"] = [_NAME_TOO_LONG]

    def _house(self, number: str, extension: str) -> None:
        """A number that holds its addition ("12a") is cut in two."""
        try:
            self.fields["number"] = address.house_number(number).number
        except Problem:
            self.problems["number"] = [_NUMBER]
            return
        try:
            self.extension = address.kept_house_number(number, extension).addition
        except Problem:
            self.problems["house_number_extension"] = [_EXTENSION]


def _tool_questions(request: RegisterRequest) -> dict[str, int]:
    """Econobis sends 0 residents for "unknown", which Hoomdossier would keep as an answer (known-limits A8)."""
    residents = _whole(request.resident_count)
    answers = {
        "resident-count": min(residents, _MOST_RESIDENTS) if residents and residents > 0 else None,
        "amount-gas": _within(_whole(request.amount_gas, rounded=True), _GAS),
        "amount-electricity": _within(_whole(request.amount_electricity, rounded=True), _ELECTRICITY),
    }
    return {short: answer for short, answer in answers.items() if answer is not None}


def _whole(value: float | str | None, *, rounded: bool = False) -> int | None:
    """Hoomdossier takes no decimals; what is in a meter's thousandths may be lost."""
    if value is None or not _AMOUNT.fullmatch(str(value)):
        return None
    amount = Decimal(str(value).strip().replace(",", "."))
    whole = int(amount.to_integral_value(ROUND_HALF_UP))
    return whole if rounded or whole == amount else None


def _within(amount: int | None, limits: tuple[int, int]) -> int | None:
    return amount if amount is not None and limits[0] <= amount <= limits[1] else None
