"""What the page of trouble shows: what stands still and needs a person, grouped by cause.

`shared/dead_letters/` finds it; `peers.py` beside this file tells how the peers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from shared.dead_letters.causes import Cause, Standing, page_of, what_stands
from shared.dead_letters.find import DeadLetter
from shared.domain.dead_letter_texts import RULES
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.replay import Chosen
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.errors import NewerDocument, StoreUnavailable
from shared.events.set_aside import SetAside, look_aside
from shared.work.services import Services

MOST_NAMES = 40
"""So many residents are read for their names."""

# The reasons of these errors are our own words, so nobody is quoted.
_OUR_WORDS = frozenset({
    "NoCampaigns", "ResidentNotKnown", "OtherContactFound", "OldAccount", "DossierNotAsked", "ContactNotFound",
    "NoDossierYet", "NoIntake", "BlobDamaged", "LinkError", "TooFast", "AddressUnknown", "VisitNotFound",
    "OutcomeUnknown", "Unavailable",
})  # fmt: skip
_SAID_BY = {"DossierRefused": "Hoomdossier"}
"""Whose words they are, where that is not the peer that is called."""


@dataclass(frozen=True)
class Group:
    """Everything that stands still for one cause; `causes` has a part for each kind of work, the largest first."""

    code: str
    causes: list[Cause]

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(cause.count for cause in self.causes)

    @property
    def since(self) -> datetime:
        """When (UTC) the oldest stood still."""
        return min(cause.since for cause in self.causes)

    @property
    def is_final(self) -> bool:
        """Whether sending again helps none of them."""
        return all(cause.is_final for cause in self.causes)

    @property
    def oldest(self) -> list[DeadLetter]:
        """The oldest that were read, in their order."""
        letters = [letter for cause in self.causes for letter in cause.oldest]
        return sorted(letters, key=lambda letter: letter.parked.at)

    @property
    def said(self) -> list[tuple[str, str]]:
        """What a peer said and its name, at most two different texts."""
        quotes = [quote for letter in self.oldest if (quote := quote_of(letter))]
        return list(dict.fromkeys(quotes))[:2]


def trouble(services: Services, cooperation: str, chosen: Chosen) -> tuple[list[Group], Standing]:
    """The groups, the largest first. Raises StoreUnavailable."""
    standing = what_stands(services, cooperation, chosen)
    by_code = sorted(standing.causes, key=lambda cause: (cause.code, -cause.count, cause.source.name))
    groups = [Group(code, list(causes)) for code, causes in groupby(by_code, key=lambda cause: cause.code)]
    return sorted(groups, key=lambda group: (-group.count, group.since)), standing


def page_of_cause(services: Services, cooperation: str, chosen: Chosen, after: str) -> tuple[list[DeadLetter], str]:
    """50 of the chosen ones at most, kind by kind and the oldest first; and where the next page begins, `""` at the
    end. `after` is what the page before gave. Raises StoreUnavailable.
    """
    return page_of(services, cooperation, chosen, after)


def set_aside_of(services: Services, cooperation: str) -> SetAside | None:
    """The events that wait in the bucket. None: it cannot be reached, so nobody knows."""
    try:
        return look_aside(services, cooperation)
    except StoreUnavailable:
        return None


def quote_of(letter: DeadLetter) -> tuple[str, str] | None:
    """The peer's own words and its name; None when there are none, or the words are ours."""
    code, reason = letter.parked.code, letter.parked.reason
    if code in RULES or code in _OUR_WORDS or not reason or reason == code:
        return None
    return reason, _SAID_BY.get(code, letter.source.advice.peer)


def names_of(services: Services, cooperation: str, letters: Iterable[DeadLetter]) -> Mapping[str, str]:
    """The name of whom each letter is about, by its id, as far as that is known. Reads at most MOST_NAMES residents."""
    names: dict[str, str] = {}
    known: dict[ContactId, str] = {}
    for letter in letters:
        if isinstance(letter.work, Resident):
            names[letter.id] = letter.work.person.full_name
        elif isinstance(letter.work, Submission) and letter.work.sign_up:
            names[letter.id] = letter.work.sign_up.person.full_name
        elif contact := letter.contact_id:
            if contact not in known and len(known) < MOST_NAMES:
                known[contact] = _name(services, cooperation, contact)
            names[letter.id] = known.get(contact, "")
    return names


def _name(services: Services, cooperation: str, contact: ContactId) -> str:
    try:
        resident = services.records(Resident).get(of_contact(cooperation, contact))
    except NewerDocument:
        return ""
    return resident.person.full_name if resident else ""
