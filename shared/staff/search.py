"""Finds residents and sign-ups by what staff type: a name, a postcode (with a number), an e-mail address, or the number
of a contact.

All of it is found by its beginning, without capitals and accents. Each query reads at most MOST documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from shared.domain.address import home_key
from shared.domain.ids import ContactId, read_id
from shared.domain.keys import of_contact, secret_key
from shared.domain.prefixes import split_prefix
from shared.domain.resident import Resident, folded
from shared.domain.submission import Submission
from shared.work.services import Services

MOST = 20
"""Documents per query. The queries for a name, at most eight, stay below 200."""
LONGEST = 200
"""Longer texts are cut off: no name is so long."""
By = Literal["home", "by_first_name", "by_last_name"]
"""A field of residents and sign-ups. `tests/store/test_indexes.py` takes the indexes that this needs from it."""
_LAST = "\U0010ffff"  # Sorts after every text that begins the same.
_HOME = re.compile(r"([1-9][0-9]{3}\s?[A-Za-z]{2}|[1-9][0-9]{3})(?:[\s,]+([1-9][0-9]{0,4})[\s-]*([A-Za-z0-9/]{0,6}))?")


@dataclass
class Found:
    """By key. `more`: there are others, so the search should be more precise."""

    residents: dict[str, Resident] = field(default_factory=dict)
    sign_ups: dict[str, Submission] = field(default_factory=dict)
    more: bool = False

    def add(self, found: list[tuple[str, Resident]] | list[tuple[str, Submission]]) -> None:
        """Adds one answer of the store, without sign-ups that wait for nothing: those with a contact are residents."""
        self.more = self.more or len(found) == MOST
        for key, record in found:
            if isinstance(record, Resident):
                self.residents.setdefault(key, record)
            elif record.derived()["waits_for"]:
                self.sign_ups.setdefault(key, record)

    def keep(self, fits: Callable[[Resident | Submission], bool]) -> None:
        """Drops the others."""
        self.residents = {key: it for key, it in self.residents.items() if fits(it)}
        self.sign_ups = {key: it for key, it in self.sign_ups.items() if fits(it)}


def search(services: Services, cooperation: str, words: str) -> Found:
    """What was meant, by the form of the words. Raises StoreUnavailable."""
    text, found = " ".join(words[:LONGEST].split()), Found()
    if "@" in text:
        _by_email(services, cooperation, text, found)
        return found
    if contact_id := read_id(text):
        _by_contact(services, cooperation, ContactId(contact_id), found)
    if home := _HOME.fullmatch(text):
        _by_home(services, cooperation, home, found)
    elif folded(text) and not text.isdigit():
        _by_name(services, cooperation, folded(text.replace(",", " ")), found)
    return found


def _by_contact(services: Services, cooperation: str, contact_id: ContactId, found: Found) -> None:
    if resident := services.find_resident(cooperation, contact_id):
        found.add([(of_contact(cooperation, resident.contact_id), resident)])


def _by_email(services: Services, cooperation: str, email: str, found: Found) -> None:
    """The whole address: only its keyed hash can be searched for."""
    secret = services.cooperations[cooperation].econobis.webform_key.value
    where = {"cooperation": cooperation, "email_key": secret_key(secret, cooperation, email.casefold())}
    found.add(services.records(Submission).find(where=where, limit=MOST))
    found.add(services.records(Resident).find(where=where, limit=MOST))


def _find(services: Services, cooperation: str, by: By, bounds: tuple[str, str], found: Found) -> None:
    """Those whose field `by` lies within these bounds."""
    first, last = bounds
    query = {
        "where": {"cooperation": cooperation},
        "order_by": by,
        "at_least": first,
        "at_most": last,
        "limit": MOST,
    }
    found.add(services.records(Submission).find(**query))
    found.add(services.records(Resident).find(**query))


def _begins(text: str) -> tuple[str, str]:
    """The bounds of every text that begins so."""
    return text, text + _LAST


# -- by home -----------------------------------------------------------------------------------------------------------


def _by_home(services: Services, cooperation: str, home: re.Match[str], found: Found) -> None:
    """`1234AB`, or `1234AB 12`, which also finds 12A and 12-3 but not 120."""
    code, number, addition = home[1].replace(" ", "").upper(), home[2], home[3] or ""
    if number is None:
        _find(services, cooperation, "home", _begins(code), found)
        return
    first, last = _begins(home_key(code, number, addition))
    _find(services, cooperation, "home", (first, last), found)
    if not addition:  # Letters sort after all numbers that begin the same, and may be cut off there. `:` follows `9`.
        _find(services, cooperation, "home", (f"{first}:", last), found)
    found.keep(lambda record: _number_of(record) == int(number))


def _number_of(record: Resident | Submission) -> int:
    if isinstance(record, Resident):
        return record.address.number
    return record.sign_up.address.number if record.sign_up else 0


# -- by name -----------------------------------------------------------------------------------------------------------


def _by_name(services: Services, cooperation: str, name: str, found: Found) -> None:
    """`vries`, `de vries`, `anna`, `anna de vries`, `anna vries`, `vries anna`. `name` is folded."""
    _find(services, cooperation, "by_first_name", _begins(name), found)
    _find(services, cooperation, "by_last_name", _begins(name), found)
    prefix, last_name = split_prefix(name)
    if prefix:
        _find(services, cooperation, "by_last_name", _begins(f"{last_name} {prefix}"), found)
    words = name.split()
    if len(words) > 1 and not (found.residents or found.sign_ups):  # The words may stand in another order.
        for word in dict.fromkeys((words[-1], words[0])):
            _find(services, cooperation, "by_last_name", _begins(word), found)
        found.keep(lambda record: _holds(record, words))


def _holds(record: Resident | Submission, words: list[str]) -> bool:
    """Whether each word begins a part of the name."""
    person = record.person if isinstance(record, Resident) else record.sign_up and record.sign_up.person
    parts = folded(person.full_name).split() if person else []
    return all(any(part.startswith(word) for part in parts) for word in words)
