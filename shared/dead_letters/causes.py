"""The dead letters of a cooperation by cause and by source: how many, since when, and the oldest of each.

A few are read one by one. Of many only the oldest of each cause are read, and the others counted, so that a page never
reads more than MOST_READ documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dead_letters.find import DeadLetter, letter_of, letters_in
from shared.dead_letters.sources import (
    SOURCES,
    Source,
    after_cause,
    count,
    count_documents,
    find,
)
from shared.domain.cause_titles import UNSURE
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.replay import Chosen
from shared.errors import NewerDocument
from shared.work.kinds import KEY, KINDS, Kind
from shared.work.services import Services

FEW = 60
"""So many documents are read one by one."""
SHOWN = 3
"""Of each cause and source so many are read when there are many."""
MOST_READ = 140


@dataclass(frozen=True)
class Cause:
    """`count` dead letters of one source with one code. `oldest` are the first of them."""

    code: str
    source: Source
    count: int
    oldest: list[DeadLetter]

    @property
    def since(self) -> datetime:
        """When (UTC) the oldest became one."""
        return self.oldest[0].parked.at

    @property
    def is_final(self) -> bool:
        """Whether a replay cannot help."""
        return self.oldest[0].final


@dataclass(frozen=True)
class Standing:
    """What stands now. `is_whole`: no cause was left out to save reads."""

    causes: list[Cause]
    is_whole: bool = True

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(cause.count for cause in self.causes)


def what_stands(services: Services, cooperation: str, chosen: Chosen, few: int = FEW) -> Standing:
    """What stands of the chosen dead letters. Raises StoreUnavailable."""
    if chosen.contact_id is not None:
        return _grouped(_of_contact(services, cooperation, chosen), chosen)
    kinds = [kind for kind in KINDS if any(source.kind is kind for source in _sources(chosen))]
    if sum(count_documents(services, kind, cooperation) for kind in kinds) <= few:
        return _grouped(_each(services, kinds, cooperation), chosen)
    return _counted(services, cooperation, chosen)


def page_of(
    services: Services, cooperation: str, chosen: Chosen, after: str = "", limit: int = 50
) -> tuple[list[DeadLetter], str]:
    """`limit` dead letters at most, source by source and the oldest first; and where the next page begins, `""` at the
    end. A page may hold fewer although there are more. Raises StoreUnavailable.
    """
    if chosen.contact_id is not None:
        return list(_of_contact(services, cooperation, chosen)), ""
    name, _, cursor = after.partition("|")
    letters: list[DeadLetter] = []
    sources = _sources(chosen)
    begin = next((number for number, source in enumerate(sources) if source.name == name), 0)
    for number, source in enumerate(sources[begin:], begin):
        room = limit - len(letters)
        found, more = find(services, source, cooperation, code=chosen.cause, limit=room, after=cursor)
        cursor = ""
        letters += [it for one in found if (it := letter_of(source, one.key, one.work)) and it.fits(chosen)]
        if more:
            return letters, f"{source.name}|{more}"
        if len(letters) == limit and number + 1 < len(sources):
            return letters, f"{sources[number + 1].name}|"
    return letters, ""


def _sources(chosen: Chosen) -> list[Source]:
    """Those that can have what was chosen."""
    named = [source for source in SOURCES if chosen.kind in {"", source.name, source.kind.collection}]
    return [source for source in named if chosen.system in {"", source.advice.peer}]


# -- a few: all of them ------------------------------------------------------------------------------------------------


def _each(services: Services, kinds: Iterable[Kind[Any]], cooperation: str) -> Iterator[DeadLetter]:
    """Also those of documents that an older version of the link wrote."""
    for kind in kinds:
        for key, work in services.records(kind.model).all(where={"cooperation": cooperation, "needs_person": True}):
            yield from letters_in(kind.collection, key, work)


def _of_contact(services: Services, cooperation: str, chosen: Chosen) -> Iterator[DeadLetter]:
    """Those about one contact, found by the fields by which an erasure finds them."""
    seen = set()
    for kind in KINDS:
        for field in kind.erased_by:
            for key, work in _with(services, kind, cooperation, field, chosen.contact_id or 0):
                for letter in letters_in(kind.collection, key, work):
                    if letter.id not in seen and letter.fits(chosen):
                        seen.add(letter.id)
                        yield letter


def _with(services: Services, kind: Kind[Any], cooperation: str, field: str, contact: int) -> Iterator[tuple[str, Any]]:
    records = services.records(kind.model)
    if field == KEY:
        key = of_contact(cooperation, ContactId(contact))
        with suppress(NewerDocument):
            work = records.get(key)
            yield from [(key, work)] if work else []
    else:
        yield from records.all(where={"cooperation": cooperation, "needs_person": True, field: contact})


def _grouped(letters: Iterable[DeadLetter], chosen: Chosen) -> Standing:
    found: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        if letter.fits(chosen):
            found.setdefault((letter.parked.code, letter.source.name), []).append(letter)
    return Standing(
        [
            Cause(code, them[0].source, len(them), sorted(them, key=lambda it: it.parked.at))
            for (code, _), them in found.items()
        ]
    )


# -- many: the oldest of each cause, and how many ----------------------------------------------------------------------


def _counted(services: Services, cooperation: str, chosen: Chosen) -> Standing:
    causes: list[Cause] = []
    read, sources = 0, _sources(chosen)
    for source in sources:
        first = f"{chosen.cause} " if chosen.cause else ""
        while read < MOST_READ:
            found, more = find(services, source, cooperation, code=chosen.cause, first=first, limit=SHOWN)
            read += max(len(found), 1) + 1
            if not found:
                break
            code = found[0].code
            letters = [letter for it in found if it.code == code and (letter := letter_of(source, it.key, it.work))]
            if letters and (code in UNSURE or not chosen.unknown):
                whole = len(letters) if len(letters) < SHOWN else count(services, source, cooperation, code)
                causes.append(Cause(code, source, whole, letters))
            if chosen.cause or not (more or found[-1].code != code):
                break
            first = after_cause(code)
    return Standing(causes, is_whole=read < MOST_READ)
