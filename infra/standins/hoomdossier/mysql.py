"""How MySQL compares values, refuses a value that does not fit its column, and writes a time."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier.php import Uncaught, text

COLUMN_LENGTH = 191
# Hoomdossier's `Schema::defaultStringLength(191)`: validation accepts 255 characters, then MySQL refuses the row.
_TEXT_COLUMNS = {
    "accounts": ("email",),
    "users": ("first_name", "last_name", "phone_number"),
    "buildings": ("street", "number", "extension", "city", "postal_code"),
    "private_messages": ("from_user",),
    "logs": ("message",),
}
_LEADING_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def insert(database: Database, table: str, **values: Any) -> Row:
    """Adds a row and returns it. Raises Uncaught when a text is too long for its column."""
    for column in _TEXT_COLUMNS.get(table, ()):
        if len(values.get(column) or "") > COLUMN_LENGTH:
            raise Uncaught(f"Data too long for column '{column}'")
    return database.insert(table, **values)


def collated(value: str) -> str:
    """The same for texts that the collation `unicode_ci` calls equal: without case, accents and trailing spaces."""
    letters = (letter for letter in unicodedata.normalize("NFKD", value) if not unicodedata.combining(letter))
    return "".join(letters).casefold().rstrip(" ")


def bound(value: Any) -> Any:
    """The value that a query compares with. Of an array Laravel takes the first value inside it that is no array."""
    while isinstance(value, list | dict):
        value = next(iter(value.values() if isinstance(value, dict) else value), False)
    return value


def equals(stored: str, value: Any) -> bool:
    """A text column `=` a bound value: MySQL compares numbers when the value is a whole number, else texts."""
    value = bound(value)
    if isinstance(value, int):
        return _number(stored) == int(value)
    return value is not None and collated(stored) == collated(text(value))


def _number(stored: str) -> float:
    found = _LEADING_NUMBER.match(stored)
    return float(found.group()) if found else 0.0


def integer_column(value: Any) -> int:
    """The value as an integer column stores it. Raises Uncaught for a text that is no number (strict mode)."""
    try:
        return int(text(value))
    except ValueError:
        raise Uncaught("Incorrect integer value") from None


def local_time(moment: datetime) -> str:
    """`2024-05-01 12:34:56`: a datetime column holds the time in Europe/Amsterdam, without a zone."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")
