"""Reads what a resident typed in a web form into a sign-up, or refuses it with a text in Dutch for each field.

A value becomes what both peers accept. Fields that the form's settings do not name are never read, so a visitor cannot
fill in fields that are for staff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.domain import address, person, place
from shared.domain.accepted import Country
from shared.domain.consent import says_yes
from shared.domain.form_value import text_of
from shared.domain.nothing import is_nothing
from shared.domain.one_line import LONGEST, one_line, too_long
from shared.domain.problem import Problem
from shared.domain.remark import LONGEST_REMARK, remark
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.domain.unescaped import unescaped
from shared.errors import BadInput
from shared.words import Words

# The words for "no value" that programs write. In a remark any other word (`nee`, `geen`) may answer a question.
_OF_PROGRAMS = frozenset({"-", "null", "undefined", "nan"})
_SPACE = 4  # A text may be this many times the length that is allowed after it has been cleaned.
T = TypeVar("T")


@dataclass(frozen=True)
class FieldNames:
    """The peer's name of each field that a sign-up has a place for."""

    initials: str
    first_name: str
    prefix: str
    last_name: str
    email: str
    phone: str
    postal_code: str
    house_number: str
    addition: str
    street: str
    city: str
    consent: str


class FormRules(BaseModel):
    """How one web form is read. A field has the peer's name here; only the keys of `mapping` are the form's own names.

    `mapping`: the peer's name for each name of the form. `others`: further fields that the form may send, of which
    `remarks` are free text and `lists` hold several numbers. `required`: fields of `others`, or optional ones of
    `names`, that this form wants filled in. `labels`: what residents call a field. `consent`: values that mean yes on
    this form, beside the usual ones. `honeypot`: the form's name of a field that only robots fill in; `""` when it has
    none. `wrong_values`: returns the text about each value of `others` that the peer would not take, by field.
    """

    model_config = ConfigDict(frozen=True)

    country: Country
    names: FieldNames
    mapping: Mapping[str, str] = {}
    others: frozenset[str] = frozenset()
    remarks: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    labels: Mapping[str, str] = {}
    consent: Sequence[str] = ()
    honeypot: str = ""
    wrong_values: Callable[[Mapping[str, str]], Mapping[str, Words]] = lambda _values: {}


def is_robot(typed: Mapping[str, Any], rules: FormRules) -> bool:
    """Whether the honeypot is filled in. `typed` has the form's own names."""
    if not rules.honeypot:
        return False
    try:
        return text_of(typed.get(rules.honeypot)) not in {"", "0", "false"}
    except Problem:
        return True


def read_sign_up(typed: Mapping[str, Any], rules: FormRules, now: datetime) -> SignUp:
    """The sign-up in `typed`, which has the form's own names. `now` (UTC) becomes the moment of consent.

    Raises BadInput with all problems at once, under the names that the form uses.
    """
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
        # A problem may be about a field that was not sent. Report it under the form's own name for that field. A form
        # that sent the peer's names, in spite of its mapping, gets the peer's name.
        if any(name in rules.mapping for name in typed) or not any(it in typed for it in rules.mapping.values()):
            self.sent_as = {theirs: own for own, theirs in rules.mapping.items()} | self.sent_as

    def _take(self, name: str, value: Any) -> None:
        """PHP's forms send a field that can have several values as `name[]`."""
        bare = name.removesuffix("[]")
        field = next((self.rules.mapping[own] for own in (name, bare, f"{bare}[]") if own in self.rules.mapping), bare)
        if field in self.typed:
            value = (self.typed[field], value)
        self.typed[field] = value
        self.sent_as[field] = name

    def sign_up(self, now: datetime) -> SignUp:
        who = self._person()
        where = self._address()
        self._compulsory(self.rules.names.consent, self._check_consent, None)
        others = self._others()
        if self.problems:
            raise BadInput(self.problems, labels=self.labels)
        return SignUp(person=who, address=where, consent_at=now, others=others)

    def _person(self) -> Person:
        country, names = self.rules.country, self.rules.names
        prefix, last_name = person.apart(
            self._optional(names.prefix, person.prefix, ""),
            self._compulsory(names.last_name, person.last_name, ""),
        )
        who = Person(
            initials=self._optional(names.initials, person.initials, ""),
            first_name=self._compulsory(names.first_name, person.first_name, ""),
            prefix=prefix,
            last_name=last_name,
            email=self._compulsory(names.email, person.email, ""),
            phone=self._optional(names.phone, lambda text: person.phone(text, country), ""),
        )
        try:
            person.check_length(who.first_name, who.prefix, who.last_name)
        except Problem as problem:
            self._wrong(names.last_name, *problem.texts)
        return who

    def _address(self) -> Address:
        country, names = self.rules.country, self.rules.names
        house = self._compulsory(names.house_number, address.house_number, address.HouseNumber(0, ""))
        if house.number:
            number = self._text(names.house_number)
            house = self._optional(names.addition, lambda addition: address.house_number(number, addition), house)
        postal_code = self._compulsory(names.postal_code, lambda text: address.postal_code(text, country), "")
        return Address(
            postal_code=postal_code,
            number=house.number,
            addition=house.addition,
            street=self._optional(names.street, lambda text: place.street(text, house if house.number else None), ""),
            city=self._optional(names.city, lambda text: place.city(text, postal_code), ""),
        )

    def _check_consent(self, text: str) -> None:
        if not says_yes(text, (*self.rules.consent, self.rules.labels.get(self.rules.names.consent, ""))):
            raise Problem(Words("Geef aan dat u akkoord gaat met het privacybeleid."))

    def _others(self) -> dict[str, str]:
        others = {field: self._optional(field, self._rule(field), "") for field in sorted(self.rules.others)}
        for field, text in self.rules.wrong_values(others).items():
            self._wrong(field, text)
        return {field: text for field, text in others.items() if text}

    def _rule(self, field: str) -> Callable[[str], str]:
        return remark if field in self.rules.remarks else _value

    def _compulsory(self, field: str, rule: Callable[[str], T], instead: T) -> T:
        """What `rule` makes of the text. Keeps the problem and returns `instead` when it raises one."""
        try:
            return rule(self._text(field))
        except Problem as problem:
            self._wrong(field, *problem.texts)
            return instead

    def _optional(self, field: str, rule: Callable[[str], T], empty: T) -> T:
        def read(typed: str) -> T:
            if typed and not self._means_nothing(field, typed):
                return rule(typed)
            if field in self.rules.required:
                raise Problem(Words("Vul dit in."))
            return empty

        return self._compulsory(field, read, empty)

    def _text(self, field: str) -> str:
        """Raises Problem for a value that is no text, and for one that is too long to clean."""
        is_long = field in self.rules.remarks or field == self.rules.names.consent
        longest = LONGEST_REMARK if is_long else LONGEST
        text = text_of(self.typed.get(field), several=field in self.rules.lists)
        if len(text) > _SPACE * longest:
            raise too_long(longest)
        return text

    def _means_nothing(self, field: str, typed: str) -> bool:
        """`nee` in a remark may answer a question of the form, and `0` in a field of `others` is a number."""
        if field in self.rules.remarks:
            return typed.casefold() in _OF_PROGRAMS
        return is_nothing(typed) and not (typed.isdecimal() and field in self.rules.others)

    def _wrong(self, field: str, *texts: Words) -> None:
        """Keeps the first problem of each field."""
        name = self.sent_as.get(field, field)
        words = address.WORDS[self.rules.country]
        self.problems.setdefault(name, [text.having(**words) for text in texts])
        self.labels[name] = self.rules.labels.get(field, name)


def _value(text: str) -> str:
    return one_line(unescaped(text), _SPACE * LONGEST)
