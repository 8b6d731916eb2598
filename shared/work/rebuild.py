"""Makes what follows from the stored documents right again: the fields by which the store is searched, and the tallies.

Needed once for documents that a version before the staff pages wrote, and after a backup was put back. The link may go
on meanwhile. A second time changes nothing. It also drops the counts that became 0, which stay in a document else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.domain.stored_model import StoredModel
from shared.domain.tally import COLLECTION
from shared.errors import AlreadyExists, Changed, NewerDocument
from shared.store.port import Data, Document
from shared.work.kinds import KINDS
from shared.work.records import Records, Stored
from shared.work.services import Services

PASSES = 10
"""So often it looks at everything, at most."""
EVERY = 500
"""After so many documents it tells how far it is."""


@dataclass
class Pass:
    """What one look at everything found. `fields`: documents whose derived fields were mended. `tallies`: those mended.

    `newer`: documents of a newer version, which were left alone. `busy`: tallies that changed meanwhile, so that they
    could not be compared.
    """

    looked_at: int = 0
    fields: int = 0
    tallies: int = 0
    newer: int = 0
    busy: int = 0

    @property
    def is_right(self) -> bool:
        """Whether all was as it should be."""
        return not (self.fields or self.tallies or self.busy)


@dataclass
class _Sums:
    """What the documents count for together: the fixed fields and the counts of each tally, by its key."""

    fixed: dict[str, Data] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, data: Data) -> None:
        for tally in data.get("tally") or ():
            self.fixed[tally["key"]] = tally["fixed"]
            self.counts.setdefault(tally["key"], Counter()).update(tally["counts"])

    def tally(self, key: str, known: Document | None) -> Data:
        """The document as it should be, without the counts that became 0: those of old days would fill it."""
        fixed = self.fixed.get(key) or {
            name: it for name, it in (known.data if known else {}).items() if name != "counts"
        }
        return {**fixed, "counts": {name: count for name, count in sorted(self.counts.get(key, {}).items()) if count}}


def rebuild(services: Services, tell: Callable[[int], None] = lambda _: None) -> Iterator[Pass]:
    """Yields each pass, until one finds all right, or after PASSES. Within a pass `tell` gets how many documents were
    looked at, after each EVERY. Raises StoreUnavailable: what was mended stays, and to do it again goes on from there.
    """
    for _ in range(PASSES):
        found = _pass(services, tell)
        yield found
        if found.is_right:
            return


def _pass(services: Services, tell: Callable[[int], None]) -> Pass:
    """A tally is written in one write with each document that counts for it.

    So when a tally is the same before and after all documents were read, what was read of them belongs together.
    """
    found, sums = Pass(), _Sums()
    before = _tallies(services)
    for kind in KINDS:
        if kind.model.derived is not StoredModel.derived:
            records = services.records(kind.model)
            for document in records.documents():
                found.looked_at += 1
                sums.add(_mended(records, document, found))
                if found.looked_at % EVERY == 0:
                    tell(found.looked_at)
    after = _tallies(services)
    for key in {*after, *before, *sums.counts}:
        was, known = before.get(key), after.get(key)
        if (was and was.version) != (known and known.version):
            found.busy += 1
        elif (known.data.get("counts") or {} if known else {}) != (wanted := sums.tally(key, known))["counts"]:
            _write(services, key, wanted, known, found)
    return found


def _tallies(services: Services) -> dict[str, Document]:
    return {document.key: document for document in services.tallies.documents()}


def _mended(records: Records[Any], document: Document, found: Pass) -> Data:
    """The document with its derived fields as they should be, written when they were not."""
    try:
        record = records.load(document.data)
    except NewerDocument:
        found.newer += 1
        return document.data
    derived = record.derived()
    is_stamped = not records.model.SHOWN or document.data.get("changed_at")
    if is_stamped and {name: document.data.get(name, ...) for name in derived} == derived:
        return document.data
    with suppress(Changed):  # Whoever wrote it meanwhile wrote them too.
        found.fields += 1
        return records.replace(Stored(record, document)).document.data
    return document.data


def _write(services: Services, key: str, wanted: Data, known: Document | None, found: Pass) -> None:
    try:
        if known is None:
            services.store.create(COLLECTION, key, wanted)
        else:
            services.store.replace(COLLECTION, key, wanted, known.version)
    except (AlreadyExists, Changed):
        found.busy += 1
    else:
        found.tallies += 1
