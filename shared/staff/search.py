"""Finds residents and sign-ups by what staff type: a name, a postcode (with a number), an e-mail address, or the number
of a contact.

All of it is found by its beginning, without capitals and accents. Each query reads at most MOST documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.ids import ContactId, read_id
from shared.domain.keys import of_contact, secret_key
from shared.domain.person import split_prefix
from shared.domain.resident import Resident, folded
from shared.domain.submission import Submission
from shared.work.services import Services

MOST = 20
"""Documents per query. The queries for a name, at most eight, stay below 200."""
LONGEST = 200
"""Longer texts are cut off: no name is so long."""
_LAST = "\U0010ffff"  # Sorts after every text that begins the same.
_HOME = re.compile(r"([1-9][0-9]{3}\s?[A-Za-z]{2}|[1-9][0-9]{3})(?:[\s,]+([1-9][0-9]{0,4})[\s-]*([A-Za-z0-9/]{0,6}))?")


@dataclass
class Found:
    """By key. `more`: there are others, so the search should be more precise."""

    residents: dict[str, Resident] = field(default_factory=dict)
    sign_ups: dict[str, Submission] = field(default_factory=dict)
    more: bool = False

    def add(self, found: list[tuple[str, Resident]] | list[tuple[str, Submission]]) -> None:
        """Adds one answer of the store. A coach is no resident, and a sign-up that has a contact is found there."""
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


# -- by home -----------------------------------------------------------------------------------------------------------


def _by_home(services: Services, cooperation: str, home: re.Match[str], found: Found) -> None:
    """`1234AB`, or `1234AB 12`, which also finds 12A and 12-3 but not 120."""
    code, number, addition = home[1].replace(" ", "").upper(), home[2], (home[3] or "").upper()
    if number is None:
        _homes(services, cooperation, code, found)
        return
    beginning = f"{code} {number}{addition}"
    _homes(services, cooperation, beginning, found)
    if not addition:  # Letters sort after all numbers that begin the same, and may be cut off there.
        _homes(services, cooperation, beginning, found, after_digits=True)
    found.keep(lambda record: _number_of(record) == int(number))


def _homes(services: Services, cooperation: str, beginning: str, found: Found, *, after_digits: bool = False) -> None:
    first, last = beginning + (":" if after_digits else ""), beginning + _LAST  # `:` follows `9`.
    found.add(
        services.records(Submission).find(
            where={"cooperation": cooperation}, order_by="home", at_least=first, at_most=last, limit=MOST
        )
    )
    found.add(
        services.records(Resident).find(
            where={"cooperation": cooperation}, order_by="home", at_least=first, at_most=last, limit=MOST
        )
    )


def _number_of(record: Resident | Submission) -> int:
    if isinstance(record, Resident):
        return record.address.number
    return record.sign_up.address.number if record.sign_up else 0


# -- by name -----------------------------------------------------------------------------------------------------------


def _by_name(services: Services, cooperation: str, name: str, found: Found) -> None:
    """`vries`, `de vries`, `anna`, `anna de vries`, `anna vries`, `vries anna`. `name` is folded."""
    _first_names(services, cooperation, name, found)
    _last_names(services, cooperation, name, found)
    prefix, last_name = split_prefix(name)
    if prefix:
        _last_names(services, cooperation, f"{last_name} {prefix}", found)
    words = name.split()
    if len(words) > 1 and not (found.residents or found.sign_ups):  # The words may stand in another order.
        for word in dict.fromkeys((words[-1], words[0])):
            _last_names(services, cooperation, word, found)
        found.keep(lambda record: _holds(record, words))


def _last_names(services: Services, cooperation: str, beginning: str, found: Found) -> None:
    last = beginning + _LAST
    found.add(
        services.records(Submission).find(
            where={"cooperation": cooperation}, order_by="by_last_name", at_least=beginning, at_most=last, limit=MOST
        )
    )
    found.add(
        services.records(Resident).find(
            where={"cooperation": cooperation}, order_by="by_last_name", at_least=beginning, at_most=last, limit=MOST
        )
    )


def _first_names(services: Services, cooperation: str, beginning: str, found: Found) -> None:
    last = beginning + _LAST
    found.add(
        services.records(Submission).find(
            where={"cooperation": cooperation}, order_by="by_first_name", at_least=beginning, at_most=last, limit=MOST
        )
    )
    found.add(
        services.records(Resident).find(
            where={"cooperation": cooperation}, order_by="by_first_name", at_least=beginning, at_most=last, limit=MOST
        )
    )


def _holds(record: Resident | Submission, words: list[str]) -> bool:
    """Whether each word begins a part of the name."""
    person = record.person if isinstance(record, Resident) else record.sign_up and record.sign_up.person
    parts = folded(person.full_name).split() if person else []
    return all(any(part.startswith(word) for part in parts) for word in words)
