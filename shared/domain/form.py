"""From what a resident typed in a web form to a sign-up that both peers accept, or a message per field in Dutch.

Field names are Econobis' own, so that an existing form moves to us by changing its address. Only what the form allows
is looked at: staff fields never get through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.domain import address, person, place
from shared.domain.problem import Problem
from shared.domain.remark import remark
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.errors import BadInput

YES = frozenset({"1", "ja", "j", "on", "true", "yes", "y", "akkoord", "waar"})
T = TypeVar("T")


class FormRules(BaseModel):
    """`mapping` gives the form's own field names Econobis' names; `others` are the further fields it may pass on.

    `wrong_values` says what the peer would not take of their values.
    """

    model_config = ConfigDict(frozen=True)

    country: Literal["NL", "BE"]
    mapping: Mapping[str, str] = {}
    others: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    honeypot: str = ""
    wrong_values: Callable[[Mapping[str, str]], Mapping[str, Sequence[str]]] = lambda _values: {}


def is_robot(typed: Mapping[str, Any], rules: FormRules) -> bool:
    """A field that people do not see is filled in."""
    return bool(rules.honeypot and str(typed.get(rules.honeypot) or "").strip())


def read_sign_up(typed: Mapping[str, Any], rules: FormRules, now: datetime) -> SignUp:
    """`now` (UTC) is when the consent was given. Raises BadInput with the form's own field names."""
    return _Reader(typed, rules).sign_up(now)


class _Reader:
    def __init__(self, typed: Mapping[str, Any], rules: FormRules) -> None:
        self.rules = rules
        self.problems: dict[str, Sequence[str]] = {}
        # A form hears the names of its own, unless it uses Econobis' names instead.
        uses_own = any(own in typed for own in rules.mapping)
        uses_own = uses_own or not any(theirs in typed for theirs in rules.mapping.values())
        self.own_names = {theirs: own for own, theirs in rules.mapping.items() if uses_own and theirs not in typed}
        self.typed = {rules.mapping.get(name, name): value for name, value in typed.items()}

    def text(self, field: str) -> str:
        value = self.typed.get(field)
        if isinstance(value, bool):
            return "1" if value else ""
        if isinstance(value, str | int | float) or value is None:
            return "" if value is None else str(value).strip()
        self._wrong(field, "Dit moet tekst zijn.")
        return ""

    def read(self, field: str, rule: Callable[[str], T], nothing: T, *, compulsory: bool = False) -> T:
        try:
            typed = self.text(field)
            if not typed and field in self.rules.required:
                raise Problem("Vul dit in.")
            return rule(typed) if typed or compulsory else nothing
        except Problem as problem:
            self._wrong(field, problem.text)
            return nothing

    def _wrong(self, field: str, *texts: str) -> None:
        self.problems.setdefault(self.own_names.get(field, field), texts)

    def sign_up(self, now: datetime) -> SignUp:
        country = self.rules.country
        prefix, last_name = person.apart(
            self.read("tussenvoegsel", person.prefix, ""),
            self.read("achternaam", person.last_name, "", compulsory=True),
        )
        who = Person(
            initials=self.read("voorletters", person.initials, ""),
            first_name=self.read("voornaam", person.first_name, "", compulsory=True),
            prefix=prefix,
            last_name=last_name,
            email=self.read("emailadres", person.email, "", compulsory=True),
            phone=self.read("telefoonnummer", lambda text: person.phone(text, country), ""),
        )
        try:
            person.check_length(who.first_name, who.prefix, who.last_name)
        except Problem as problem:
            self._wrong("achternaam", problem.text)
        where = self._address(country)
        if self.text("akkoord_privacybeleid").casefold() not in YES:
            self._wrong("akkoord_privacybeleid", "Geef aan dat u akkoord gaat met het privacybeleid.")
        others = {field: self.read(field, remark, "") for field in sorted(self.rules.others)}
        for field, texts in self.rules.wrong_values(others).items():
            self._wrong(field, *texts)
        if self.problems:
            raise BadInput(self.problems)
        return SignUp(person=who, address=where, consent_at=now, others={k: v for k, v in others.items() if v})

    def _address(self, country: Literal["NL", "BE"]) -> Address:
        nothing = address.HouseNumber(0, "")
        number = self.text("adres_huisnummer")
        house = self.read("adres_huisnummer", address.house_number, nothing, compulsory=True)
        if house.number:
            house = self.read("adres_toevoeging", lambda addition: address.house_number(number, addition), house)
        postal_code = self.read("adres_postcode", lambda text: address.postal_code(text, country), "", compulsory=True)
        return Address(
            postal_code=postal_code,
            number=house.number,
            addition=house.addition,
            street=self.read("adres_straat", lambda text: place.street(text, house if house.number else None), ""),
            city=self.read("adres_plaats", lambda text: place.city(text, postal_code), ""),
        )
