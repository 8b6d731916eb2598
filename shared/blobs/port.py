"""What the link needs of a place for bodies that are too big for the store or a task.

Adapters: `folder.py` (a folder on disk) and `cloud_storage.py` (a bucket). `wiring.py` chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Blob:
    """A reference that fits in a document: `name` is made from the content, so the same content is one blob."""

    name: str
    length: int
    sha256: str


class Blobs(Protocol):
    """Every method raises StoreUnavailable when the place cannot be reached."""

    def put(self, body: bytes) -> Blob: ...

    def get(self, blob: Blob) -> bytes:
        """Raises BlobDamaged when it is gone, or is not what `put` was given (length and sha256 are checked)."""
        ...

    def delete(self, blob: Blob) -> None:
        """Absent is fine."""
        ...
