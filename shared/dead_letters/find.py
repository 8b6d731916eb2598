"""Finds the dead letters: documents of work, and items of relays, that only a person can go on with.

`causes.py` counts them by cause, without reading them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.dead_letters.by_hand import by_hand
from shared.dead_letters.sources import SOURCES, Source, source_named
from shared.domain.cause_titles import UNSURE
from shared.domain.dead_letter_texts import Text, text_of
from shared.domain.ids import ContactId
from shared.domain.relay import EventKind, Relay
from shared.domain.replay import Chosen
from shared.domain.work import Job, Parked, Work
from shared.errors import NewerDocument
from shared.store.port import Document
from shared.work.kinds import KINDS, Kind, is_kind, kind_in
from shared.work.records import Stored
from shared.work.services import Services


@dataclass(frozen=True)
class DeadLetter:
    """`kind` is the kind of event of an item; None for a document as a whole. `why` and `advice` are texts in Dutch.

    `final`: a replay cannot help, so none is possible. `work` is the document as it was found.
    """

    collection: str
    key: str
    cooperation: str
    parked: Parked
    why: str
    advice: str
    final: bool = False
    kind: EventKind | None = None
    work: Work = field(repr=False, compare=False, kw_only=True)

    @property
    def id(self) -> str:
        """The name that operators use: `relays/zonnig-dorp:333/appointment`."""
        return "/".join(part for part in (self.collection, self.key, self.kind) if part)

    @property
    def source(self) -> Source:
        """Which kind of trouble it is."""
        source = source_named(self.kind or self.collection)
        assert source
        return source

    @property
    def is_unsure(self) -> bool:
        """Whether nobody knows if it worked."""
        return self.parked.unknown or self.parked.code in UNSURE

    @property
    def contact_id(self) -> ContactId | None:
        """The resident whom it is about, as far as that is known; of an event the one that Hoomdossier named."""
        item = self.work.items.get(self.kind) if self.kind and isinstance(self.work, Relay) else None
        named = item.contact_id if item else None
        return named or contact_of(self.work)

    def fits(self, chosen: Chosen) -> bool:
        """Whether it is one of those that a person chose."""
        return (
            chosen.cause in {"", self.parked.code}
            and chosen.kind in {"", self.source.name, self.collection}
            and chosen.system in {"", self.source.advice.peer}
            and chosen.contact_id in {None, self.contact_id}
            and (self.is_unsure or not chosen.unknown)
        )


def find_dead_letters(
    services: Services, cooperation: str | None = None, *, before: datetime | None = None
) -> Iterator[DeadLetter]:
    """All dead letters; or those of one cooperation, or from `before` a moment (UTC). Raises StoreUnavailable."""
    for kind in KINDS:
        where = {"needs_person": True, **({"cooperation": cooperation} if cooperation else {})}
        for key, work in services.records(kind.model).all(where=where):
            for letter in letters_in(kind.collection, key, work):
                if before is None or letter.parked.at < before:
                    yield with_advice(services, letter)


def find_letter(services: Services, letter_id: str) -> DeadLetter | None:
    """The dead letter with this id; None when there is none (any more). Raises StoreUnavailable."""
    stored = read_job(services, letter_id)
    letter = letter_named(letter_id, stored) if stored else None
    return with_advice(services, letter) if letter else None


def letter_named(letter_id: str, stored: Stored[Any]) -> DeadLetter | None:
    """The dead letter with this id in its document; None when it is none (any more). Its advice is the general one."""
    letters = letters_in(letter_id.partition("/")[0], stored.document.key, stored.record)
    return next((letter for letter in letters if letter.id == letter_id), None)


def read_job(services: Services, letter_id: str) -> Stored[Any] | None:
    """The work of a letter's id, also when it is no dead letter any more. None: it is gone. Raises StoreUnavailable."""
    collection, _, rest = letter_id.partition("/")
    key, _, event = rest.partition("/")
    if not is_kind(collection):
        return None
    try:
        stored: Stored[Any] | None = services.records(kind_in(collection).model).read(key)
    except ValueError:  # It is no key of a document.
        return None
    return stored if stored and stored.record.job(event or None) else None


def job_of(letter_id: str, work: Work) -> Job | None:
    """The job of a letter's id in its document."""
    return work.job(letter_id.split("/")[2] if letter_id.count("/") > 1 else None)


def bring_up_to_date(services: Services, cooperation: str) -> None:
    """Gives documents that an older version wrote the fields by which `sources.py` finds them."""
    for kind in KINDS:
        for document in services.records(kind.model).documents(cooperation=cooperation, needs_person=True):
            with suppress(NewerDocument):
                add_derived(services, kind, document)


def add_derived(services: Services, kind: Kind[Any], document: Document) -> Work:
    """The work in the document, which is written again when it lacks a derived field. Raises NewerDocument."""
    records = services.records(kind.model)
    work: Work = records.load(document.data)
    if any(name not in document.data for name in work.derived()):
        records.edit(document.key, lambda _work: None)
    return work


def contact_of(work: Work) -> ContactId | None:
    """The resident whom this work is about; None when it is not known."""
    return getattr(work, "resident_contact_id", None) or getattr(work, "contact_id", None)


def letters_in(collection: str, key: str, work: Work) -> Iterator[DeadLetter]:
    """The dead letters of one document. The advice is the general one of their cause."""
    for source in SOURCES:
        if source.kind.collection == collection and (letter := letter_of(source, key, work)):
            yield letter


def letter_of(source: Source, key: str, work: Work) -> DeadLetter | None:
    """What this source has in the document, when it is a dead letter."""
    if source.event and work.parked:
        return None  # The relay as a whole is the dead letter.
    job = work.job(source.event)
    if job is None or job.parked is None:
        return None
    text = _text(job.parked, source)
    return DeadLetter(
        source.kind.collection,
        key,
        work.cooperation,
        job.parked,
        text.why,
        text.advice,
        text.final,
        source.event,
        work=work,
    )


def _text(parked: Parked, source: Source) -> Text:
    return text_of(parked.code, parked.reason, source.advice)


def with_advice(services: Services, letter: DeadLetter) -> DeadLetter:
    """The letter with the advice for its own visit, when a person can set the visit's status in Econobis."""
    if letter.kind is None or not isinstance(letter.work, Relay):
        return letter
    advice = by_hand(services, letter.work, letter.kind, letter.parked)
    return replace(letter, advice=advice) if advice else letter
