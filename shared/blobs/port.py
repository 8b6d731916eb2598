"""What the link needs of a place for bodies that are too big for the store or a task.

Adapters: `folder.py` (a folder on disk) and `cloud_storage.py` (a bucket). `wiring.py` chooses.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from shared.errors import BlobDamaged

KEPT = timedelta(days=120)
"""After this a blob that nobody deleted goes: longer than any document refers to one, the dead letters included.

A folder sees to it by itself, a bucket by its lifecycle rule.
"""

_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """A reference that fits in a document; `length` (bytes) and `sha256` (hex) are the body's.

    `name` is made from owner and body: the same again is the same blob, and no two owners share one, so that each
    can delete its own.
    """

    name: str
    length: int
    sha256: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("a blob's name is a sha256 in hex")

    @classmethod
    def of(cls, body: bytes, owner: str) -> Self:
        name = hashlib.sha256(owner.encode() + b"\0")
        name.update(body)
        return cls(name.hexdigest(), len(body), hashlib.sha256(body).hexdigest())

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
