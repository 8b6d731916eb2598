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
from shared.domain.consent import says_yes
from shared.domain.form_value import text_of
from shared.domain.nothing import is_nothing
from shared.domain.one_line import LONGEST, one_line
from shared.domain.problem import Problem
from shared.domain.remark import LONGEST_REMARK, remark
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.domain.unescaped import unescaped
from shared.errors import BadInput

_OF_PROGRAMS = frozenset({"-", "null", "undefined", "nan"})  # In free text every other word is somebody's answer.
_SPACE = 4  # A text may come with this many times the characters that are left when it has been cleaned.
_CONSENT = "akkoord_privacybeleid"
T = TypeVar("T")


class FormRules(BaseModel):
    """`mapping` gives the form's own field names Econobis' names; `others` are the further fields it may pass on.

    Of these `remarks` are free text and `lists` hold numbers with commas; `wrong_values` says what the peer would not
    take of their values. `labels` is what people call Econobis' fields, `consent` what this form sends for a yes beside
    what is usual.
    """

    model_config = ConfigDict(frozen=True)

    country: Literal["NL", "BE"]
    mapping: Mapping[str, str] = {}
    others: frozenset[str] = frozenset()
    remarks: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    labels: Mapping[str, str] = {}
    consent: Sequence[str] = ()
    honeypot: str = ""
    wrong_values: Callable[[Mapping[str, str]], Mapping[str, Sequence[str]]] = lambda _values: {}


def is_robot(typed: Mapping[str, Any], rules: FormRules) -> bool:
    """A field that people do not see is filled in."""
    if not rules.honeypot:
        return False
    try:
        return text_of(typed.get(rules.honeypot)) not in {"", "0", "false"}
    except Problem:
        return True


def read_sign_up(typed: Mapping[str, Any], rules: FormRules, now: datetime) -> SignUp:
    """`now` (UTC) is when the consent was given. Raises BadInput with the form's own field names."""
    return _Reader(typed, rules).sign_up(now)


class _Reader:
    def __init__(self, typed: Mapping[str, Any], rules: FormRules) -> None:
        self.rules = rules
        self.problems: dict[str, Sequence[str]] = {}
        self.labels: dict[str, str] = {}
        self.typed: dict[str, Any] = {}
        self.sent_as: dict[str, str] = {}
        for name, value in typed.items():
            self._take(name, value)
        # Of a field that it did not send, a form hears the name of its own, unless it uses Econobis' names instead.
        if any(name in rules.mapping for name in typed) or not any(it in typed for it in rules.mapping.values()):
            self.sent_as = {theirs: own for own, theirs in rules.mapping.items()} | self.sent_as

    def _take(self, name: str, value: Any) -> None:
        """`name[]` is how PHP's forms send what can have several values."""
        bare = name.removesuffix("[]")
        field = next((self.rules.mapping[own] for own in (name, bare, f"{bare}[]") if own in self.rules.mapping), bare)
        if field in self.typed:
            value = (self.typed[field], value)
        self.typed[field] = value
        self.sent_as[field] = name

    def text(self, field: str) -> str:
        """Raises Problem for what is no text, or far too long to be looked at."""
        longest = LONGEST_REMARK if field in self.rules.remarks or field == _CONSENT else LONGEST
        text = text_of(self.typed.get(field), several=field in self.rules.lists)
        if len(text) > _SPACE * longest:
            raise Problem(f"Dit is te lang: gebruik hooguit {longest} tekens.")
        return text

    def read(self, field: str, rule: Callable[[str], T], nothing: T, *, compulsory: bool = False) -> T:
        try:
            typed = self.text(field)
            if not compulsory and self._is_nothing(field, typed):
                typed = ""
            if not typed and not compulsory and field in self.rules.required:
                raise Problem("Vul dit in.")
            return rule(typed) if typed or compulsory else nothing
        except Problem as problem:
            self._wrong(field, problem.text)
            return nothing

    def _is_nothing(self, field: str, typed: str) -> bool:
        """`0` can be a number that is meant, and `nee` an answer to what the form asks."""
        if field in self.rules.remarks:
            return typed.casefold() in _OF_PROGRAMS
        is_number = typed.isdecimal() and field in self.rules.others
        return is_nothing(typed) and not is_number

    def _wrong(self, field: str, *texts: str) -> None:
        name = self.sent_as.get(field, field)
        self.problems.setdefault(name, texts)
        self.labels[name] = self.rules.labels.get(field, name)

    def sign_up(self, now: datetime) -> SignUp:
        who = self._person()
        where = self._address()
        self.read(_CONSENT, self._consent, None, compulsory=True)
        others = self._others()
        if self.problems:
            raise BadInput(self.problems, labels=self.labels)
        return SignUp(person=who, address=where, consent_at=now, others=others)

    def _person(self) -> Person:
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
        return who

    def _address(self) -> Address:
        country = self.rules.country
        house = self.read("adres_huisnummer", address.house_number, address.HouseNumber(0, ""), compulsory=True)
        if house.number:
            number = self.text("adres_huisnummer")
            house = self.read("adres_toevoeging", lambda addition: address.house_number(number, addition), house)
        postal_code = self.read("adres_postcode", lambda text: address.postal_code(text, country), "", compulsory=True)
        return Address(
            postal_code=postal_code,
            number=house.number,
            addition=house.addition,
            street=self.read("adres_straat", lambda text: place.street(text, house if house.number else None), ""),
            city=self.read("adres_plaats", lambda text: place.city(text, postal_code), ""),
        )

    def _consent(self, text: str) -> None:
        if not says_yes(text, (*self.rules.consent, self.rules.labels.get(_CONSENT, ""))):
            raise Problem("Geef aan dat u akkoord gaat met het privacybeleid.")

    def _others(self) -> dict[str, str]:
        others = {field: self.read(field, self._rule(field), "") for field in sorted(self.rules.others)}
        for field, texts in self.rules.wrong_values(others).items():
            self._wrong(field, *texts)
        return {field: text for field, text in others.items() if text}

    def _rule(self, field: str) -> Callable[[str], str]:
        """What is no free text has a form of its own, which `wrong_values` knows."""
        return remark if field in self.rules.remarks else _value


def _value(text: str) -> str:
    return one_line(unescaped(text), _SPACE * LONGEST)
