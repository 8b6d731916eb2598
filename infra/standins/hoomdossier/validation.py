"""The rules of Laravel's validator that Hoomdossier's API uses, with the texts of its `lang/nl/validation.php`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.standins.hoomdossier.email_address import is_email
from infra.standins.hoomdossier.php import is_integer, is_numeric, text


@dataclass(frozen=True)
class Rule:
    """`message` contains {name}, or {Name} at the start of a sentence. A `lookup` is skipped once a rule failed."""

    message: str
    passes: Callable[[Any], bool]
    lookup: bool = False


def check(value: Any, name: str, rules: Iterable[Rule], *, required: bool = False, nullable: bool = False) -> list[str]:
    """The texts of the rules that the value breaks, in order. An empty text only breaks `required`.

    A rule may raise php.Uncaught.
    """
    if required and _is_blank(value):
        return [_filled_in("{Name} veld is verplicht.", name)]
    if (value is None and nullable) or (isinstance(value, str) and _is_blank(value)):
        return []
    broken: list[str] = []
    for rule in rules:
        if not (rule.lookup and broken) and not rule.passes(value):
            broken.append(_filled_in(rule.message, name))
    return broken


def _is_blank(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip(" \t\n\r\0\v"))


def _filled_in(message: str, name: str) -> str:
    return message.format(name=name, Name=name[:1].upper() + name[1:])


STRING = Rule("De {name} moet een tekst zijn.", lambda value: isinstance(value, str))
EMAIL = Rule("De {name} moet een geldig e-mailadres zijn.", lambda value: isinstance(value, str) and is_email(value))
ARRAY = Rule("De {name} moet een array zijn", lambda value: isinstance(value, list | dict))
NUMERIC = Rule("{Name} moet een getal bevatten", is_numeric)
INTEGER = Rule("De {name} moet een afgerond getal zijn.", is_integer)
ABOVE_ZERO = Rule("De {name} moet groter zijn dan 0.", lambda value: is_numeric(value) and float(value) > 0)
LENGTH_255 = Rule("De {name} mag niet meer dan 255 karakters bevatten.", lambda value: _size(value) <= 255)


def one_of(allowed: Iterable[str]) -> Rule:
    """Laravel's rule `in`."""
    options = list(allowed)
    return Rule(
        "De geselecteerde {name} is ongeldig.",
        lambda value: not isinstance(value, list | dict) and text(value) in options,
    )


def at_least(number: int) -> Rule:
    """Laravel's rule `min`: for a number its value, for another value its length."""
    return Rule(f"{{Name}} moet tenminste {number} zijn.", lambda value: _number_or_size(value) >= number)


def at_most(number: int) -> Rule:
    """Laravel's rule `max`: for a number its value, for another value its length."""
    return Rule(f"{{Name}} mag niet groter dan {number} zijn.", lambda value: _number_or_size(value) <= number)


def _number_or_size(value: Any) -> float:
    """The value of a number, and the length of any other value."""
    return float(value) if is_numeric(value) else _size(value)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else len(text(value))
