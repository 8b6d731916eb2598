"""What the link needs of a place for bodies that are too big for the store or a task.

Adapters: `folder.py` (a folder on disk) and `cloud_storage.py` (a bucket). `wiring.py` chooses.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from shared.errors import BlobDamaged

KEPT = timedelta(days=120)
"""After this a blob that nobody deleted goes: longer than any document refers to one, the dead letters included.

A folder sees to it by itself, a bucket by its lifecycle rule.
"""

ASIDE = "aside-"
"""What the name of a body begins with that was set aside."""

_NAME = re.compile(r"[0-9a-f]{64}")
_ASIDE = re.compile(rf"{ASIDE}[0-9]{{8}}T[0-9]{{12}}Z-([0-9]{{1,12}})-([0-9a-f]{{64}})")


@dataclass(frozen=True)
class Blob:
    """A reference that fits in a document; `length` (bytes) and `sha256` (hex) are the body's.

    `name` is made from owner and body: the same again is the same blob, and no two owners share one, so that each
    can delete its own. The name of one that was set aside says all of it, so that it can be found by that alone.
    """

    name: str
    length: int
    sha256: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) and not _ASIDE.fullmatch(self.name):
            raise ValueError("not the name of a blob")

    @classmethod
    def of(cls, body: bytes, owner: str) -> Self:
        name = hashlib.sha256(owner.encode() + b"\0")
        name.update(body)
        return cls(name.hexdigest(), len(body), hashlib.sha256(body).hexdigest())

    @classmethod
    def aside(cls, body: bytes, at: datetime) -> Self:
        """Names sort by `at`."""
        sha256 = hashlib.sha256(body).hexdigest()
        moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        return cls(f"{ASIDE}{moment}-{len(body)}-{sha256}", len(body), sha256)

    @classmethod
    def found_aside(cls, name: str) -> Self | None:
        """None for the name of anything else."""
        found = _ASIDE.fullmatch(name)
        return cls(name, int(found[1]), found[2]) if found else None

    def check(self, body: bytes) -> bytes:
        """`body`, when it is what was put. Raises BlobDamaged."""
        if len(body) != self.length:
            raise BlobDamaged(f"{self.name}: {len(body):,} bytes of {self.length:,}")
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise BlobDamaged(f"{self.name}: another content")
        return body


class Blobs(Protocol):
    """Every method raises StoreUnavailable when the place cannot be reached; each may then be repeated as it is."""

    def put(self, body: bytes, owner: str) -> Blob:
        """`owner`, a text without NUL, names who will delete it. The same body for the same owner twice is one blob."""
        ...

    def get(self, blob: Blob) -> bytes:
        """Raises BlobDamaged when it is gone, or is not what `put` was given (length and sha256 are checked)."""
        ...

    def delete(self, blob: Blob) -> None:
        """Absent is fine."""
        ...

    def set_aside(self, body: bytes, at: datetime) -> Blob:
        """For what no document can refer to, because the store is away: `aside` finds it, until it is deleted."""
        ...

    def aside(self) -> list[Blob]:
        """All that was set aside, by `at`, the oldest first."""
        ...
