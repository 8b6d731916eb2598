"""The list of residents, a page at a time: sign-ups that Econobis has not got yet first, then who waits longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shared.dead_letters.find import contact_of
from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId, read_id
from shared.domain.keys import of_contact
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.staff.asked import Asked, Part, count_residents, count_sign_ups, find_residents, find_sign_ups
from shared.staff.rows import Row, row_of_resident, row_of_sign_up
from shared.staff.search import search
from shared.store.port import Document, is_key
from shared.work.services import Services

SIZE = 50
"""Rows on a page."""
MOST_STUCK = 20
"""Dead letters of one kind of work that a page reads for its marks."""


@dataclass(frozen=True)
class Cursor:
    """A row, after or before which a page begins: of the sign-ups or the residents, with its rank."""

    of: Literal["sign_ups", "residents"]
    rank: str
    key: str

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.of[0]}_{self.rank}_{self.key.rpartition(':')[2]}"

    @classmethod
    def read(cls, text: str, cooperation: str) -> Cursor | None:
        """The cursor in an address; None for anything else. The key of a resident is a contact id there."""
        of, _, rest = text.partition("_")
        rank, _, key = rest.partition("_")
        if of == "s" and rank and is_key(key):
            return cls("sign_ups", rank, key)
        if of == "r" and rank and (contact_id := read_id(key)):
            return cls("residents", rank, of_contact(cooperation, ContactId(contact_id)))
        return None

    @property
    def document(self) -> Document:
        """What the store needs of it."""
        return Document(self.key, {"rank": self.rank}, "")


Entry = tuple[str, Resident] | tuple[str, Submission]
"""A document's key and the record."""


@dataclass(frozen=True)
class Listed:
    """A page of the list. `count` is how many there are in all; None for a search.

    `previous` and `following` are None where there is no such page. `more`: the search found more than is shown.
    `hidden`: so many were found that the filters leave out.
    """

    rows: Sequence[Row]
    count: int | None = None
    previous: Cursor | None = None
    following: Cursor | None = None
    more: bool = False
    hidden: int = 0


def list_residents(
    services: Services, cooperation: str, asked: Asked, cursor: Cursor | None = None, *, backwards: bool = False
) -> Listed:
    """The page after `cursor`, or before it when `backwards`; the first page without one. Raises StoreUnavailable."""
    if cursor and backwards:
        before = _before(services, cooperation, asked, cursor)
        if len(before) >= SIZE:
            return _page(services, cooperation, asked, before[SIZE - 1 :: -1], (len(before) > SIZE, True))
        cursor = None  # There are too few for a page, so show the first one.
    after = _after(services, cooperation, asked, cursor)
    return _page(services, cooperation, asked, after[:SIZE], (cursor is not None, len(after) > SIZE))


def search_residents(services: Services, cooperation: str, words: str, asked: Asked) -> Listed:
    """Who is found by these words and fits the filters; who waits longest first. Raises StoreUnavailable."""
    found = search(services, cooperation, words)
    entries: list[Entry] = [*found.sign_ups.items(), *found.residents.items()]
    now = services.clock()
    rows = [row for row, record in _rows(services, cooperation, entries) if asked.fits(record, now)]
    rows.sort(key=lambda row: (row.contact_id is not None, row.place.rank))
    return Listed(rows[:SIZE], more=found.more or len(rows) > SIZE, hidden=len(entries) - len(rows))


def _after(services: Services, cooperation: str, asked: Asked, cursor: Cursor | None) -> list[Entry]:
    """One more than a page, so that it is known whether there is a next one."""
    found: list[Entry] = []
    if cursor is None or cursor.of == "sign_ups":
        found += find_sign_ups(services, cooperation, asked, Part(SIZE + 1, cursor.document if cursor else None))
    if len(found) <= SIZE:
        after = cursor.document if cursor and cursor.of == "residents" else None
        found += find_residents(services, cooperation, asked, Part(SIZE + 1 - len(found), after))
    return found


def _before(services: Services, cooperation: str, asked: Asked, cursor: Cursor) -> list[Entry]:
    """As `_after`, the nearest first."""
    found: list[Entry] = []
    if cursor.of == "residents":
        part = Part(SIZE + 1, cursor.document, backwards=True)
        found += find_residents(services, cooperation, asked, part)
    if len(found) <= SIZE:
        after = cursor.document if cursor.of == "sign_ups" else None
        found += find_sign_ups(services, cooperation, asked, Part(SIZE + 1 - len(found), after, backwards=True))
    return found


def _page(
    services: Services, cooperation: str, asked: Asked, entries: Sequence[Entry], others: tuple[bool, bool]
) -> Listed:
    """`others`: whether there are pages before and after it."""
    before, after = others
    return Listed(
        rows=[row for row, _ in _rows(services, cooperation, entries)],
        count=count_sign_ups(services, cooperation, asked) + count_residents(services, cooperation, asked),
        previous=_cursor(*entries[0]) if before and entries else None,
        following=_cursor(*entries[-1]) if after and entries else None,
    )


def _cursor(key: str, record: Resident | Submission) -> Cursor:
    if isinstance(record, Resident):
        return Cursor("residents", record.place().rank, key)
    return Cursor("sign_ups", record.derived()["rank"], key)


def _rows(services: Services, cooperation: str, entries: Sequence[Entry]) -> list[tuple[Row, Resident | Submission]]:
    settings, now = services.cooperations[cooperation], services.clock()
    stuck = _stuck(services, cooperation) if entries else set()
    rows: list[tuple[Row, Resident | Submission]] = []
    for key, record in entries:
        if isinstance(record, Resident):
            row = row_of_resident(settings, record, now)
            rows.append((replace(row, stuck=row.stuck or row.contact_id in stuck), record))
        else:
            rows.append((row_of_sign_up(settings, key, record, now), record))
    return rows


def _stuck(services: Services, cooperation: str) -> set[ContactId | None]:
    """The contacts of whom other work is a dead letter: a request, a link, an event or a letter.

    Of each kind at most MOST_STUCK are read. When there are more, a mark may be missing, and the page of trouble has
    them all.
    """
    settings, found = services.cooperations[cooperation], set[ContactId | None]()
    where = {"cooperation": cooperation, "needs_person": True}
    for model in (DossierRequest, Link, Relay, OutgoingMail):
        for _, work in services.records(model).find(where=where, limit=MOST_STUCK):
            if contact := contact_of(work):
                found.add(settings.current_contact(contact))
    return found
