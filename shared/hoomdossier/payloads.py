"""The body of a register call, made to fit Hoomdossier's rules (`docs/peers/hoomdossier.md` 2.1).

A compulsory value that does not fit is refused before the call, because Hoomdossier may fail halfway through its work
(known-limits A2, A12). An optional value that does not fit is left out, so that the resident still gets a dossier (A7).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain import address, person
from shared.domain.accepted import Country, accepts_phone
from shared.domain.application import Application
from shared.domain.one_line import LONGEST, one_line
from shared.domain.problem import Problem
from shared.errors import BadInput

# Hoomdossier's texts (its lang/nl/validation.php), which staff and its helpdesk know.
_MISSING = "{name} veld is verplicht."
_TOO_LONG = f"De {{name}} mag niet meer dan {LONGEST} karakters bevatten."
_EMAIL = "De E-mailadres moet een geldig e-mailadres zijn."
_POSTAL_CODE = "Postcode is een ongeldige postcode."
_NUMBER = "Huisnummer is een ongeldig huisnummer."
_EXTENSION = "Toevoeging is een ongeldige huisnummer toevoeging."
_NAME_TOO_LONG = "De Voornaam en Achternaam zijn samen te lang voor Hoomdossier. Kort ze af."
_NAMES = {"first_name": "Voornaam", "last_name": "Achternaam", "street": "Straat", "city": "Plaats"}

_GAS = (0, 9_999_999_999)  # m3 a year
_ELECTRICITY = (-10_000, 9_999_999_999)  # kWh a year; negative for a home that feeds in more than it uses
_MOST_RESIDENTS = 8  # Means "eight or more".


def registration_body(application: Application, country: Country, roles: Sequence[str]) -> dict[str, Any]:
    """The body of a register call. `roles` are those that the user gets: `resident`, `coach` or both.

    Raises BadInput, with Hoomdossier's field names and texts, for a compulsory field that cannot be made to fit, and
    for an addition that cannot: without the addition the dossier would be about the neighbours' home.
    """
    body = _Body(application, country)
    optional = {
        "house_number_extension": body.addition,
        "phone_number": phone_number(application.phone, country),
        "tool_questions": _tool_questions(application),
    }
    if body.problems:
        raise BadInput(body.problems)
    return {
        "extra": {"contact_id": application.contact_id},
        **body.fields,
        **{field: value for field, value in optional.items() if value},
        "roles": list(dict.fromkeys(roles)) or ["resident"],  # An empty list makes a user without roles (A9).
    }


def phone_number(text: str, country: Country) -> str:
    """A spelling of the number that Hoomdossier accepts; `""` when there is none, because the number is optional."""
    spellings = [text.strip()]
    with suppress(Problem):
        spellings.insert(0, person.phone(text, country))
    return next((it for it in spellings if accepts_phone(it, country) and len(it) <= LONGEST), "")


class _Body:
    """The compulsory fields and the addition, and the problems with them under Hoomdossier's names."""

    def __init__(self, application: Application, country: Country) -> None:
        self.fields: dict[str, Any] = {}
        self.problems: dict[str, list[str]] = {}
        self.addition = ""
        self._email(application.email)
        for field, name in _NAMES.items():
            self._line(field, name, getattr(application, field))
        if not self.problems.keys() & {"first_name", "last_name"}:
            self._full_name()
        try:
            self.fields["postal_code"] = address.postal_code(application.postal_code, country)
        except Problem:
            self.problems["postal_code"] = [_POSTAL_CODE]
        self._house(application.house_number, application.addition)

    def _email(self, typed: str) -> None:
        """Sent as Econobis has it, capitals included, because the resident signs in with it."""
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

    def _house(self, number: str, addition: str) -> None:
        """Splits a number that includes the addition (`12a`)."""
        try:
            self.fields["number"] = address.house_number(number).number
        except Problem:
            self.problems["number"] = [_NUMBER]
            return
        try:
            self.addition = address.kept_house_number(number, addition).addition
        except Problem:
            self.problems["house_number_extension"] = [_EXTENSION]


def _tool_questions(application: Application) -> dict[str, int]:
    """Econobis sends 0 residents for "unknown". Hoomdossier would keep it as an answer (known-limits A8)."""
    residents = _whole(application.residents)
    answers = {
        "resident-count": min(residents, _MOST_RESIDENTS) if residents and residents > 0 else None,
        "amount-gas": _within(_rounded(application.gas), _GAS),
        "amount-electricity": _within(_rounded(application.electricity), _ELECTRICITY),
    }
    return {short: answer for short, answer in answers.items() if answer is not None}


def _whole(amount: Decimal | None) -> int | None:
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def _rounded(amount: Decimal | None) -> int | None:
    """Hoomdossier refuses decimals."""
    return None if amount is None else int(amount.to_integral_value(ROUND_HALF_UP))


def _within(amount: int | None, limits: tuple[int, int]) -> int | None:
    return amount if amount is not None and limits[0] <= amount <= limits[1] else None
