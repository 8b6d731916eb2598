"""Storage for bodies that are too big for the store or a task, such as reports.

The adapters are beside this file: `folder.py` (a folder on disk) and `cloud_storage.py` (a bucket). `wiring.py` chooses
one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, Self

from shared.errors import BlobDamaged

ASIDE = "aside-"
"""The prefix of the name of a body that was set aside."""

_NAME = re.compile(r"[0-9a-f]{64}")
_ASIDE = re.compile(rf"{ASIDE}[0-9]{{8}}T[0-9]{{12}}Z-([0-9]{{1,12}})-([0-9a-f]{{64}})")


@dataclass(frozen=True)
class Blob:
    """A reference to a body, small enough for a document. `length` is in bytes, `sha256` in hexadecimal digits.

    `name` is a hash of owner and body, so the same body for the same owner is one blob, and each owner can delete its
    own. The name of a blob that was set aside holds length and hash, so the reference can be rebuilt from the name.
    """

    name: str
    length: int
    sha256: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) and not _ASIDE.fullmatch(self.name):
            raise ValueError("not the name of a blob")

    @classmethod
    def of(cls, body: bytes, owner: str) -> Self:
        """The reference under which `put` stores this body."""
        name = hashlib.sha256(owner.encode() + b"\0")
        name.update(body)
        return cls(name.hexdigest(), len(body), hashlib.sha256(body).hexdigest())

    @classmethod
    def aside(cls, body: bytes, at: datetime) -> Self:
        """The reference under which `set_aside` stores this body. The names sort by `at` (aware)."""
        sha256 = hashlib.sha256(body).hexdigest()
        moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        return cls(f"{ASIDE}{moment}-{len(body)}-{sha256}", len(body), sha256)

    @classmethod
    def found_aside(cls, name: str) -> Self | None:
        """The reference of a blob that was set aside, from its name. None for the name of any other file."""
        found = _ASIDE.fullmatch(name)
        return cls(name, int(found[1]), found[2]) if found else None

    def check(self, body: bytes) -> bytes:
        """Returns `body`. Raises BlobDamaged when its length or hash is not that of the reference."""
        if len(body) != self.length:
            raise BlobDamaged(f"{self.name}: {len(body):,} bytes of {self.length:,}")
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise BlobDamaged(f"{self.name}: another content")
        return body


class Blobs(Protocol):
    """Every method raises StoreUnavailable when the storage cannot be reached, and is then safe to retry."""

    def put(self, body: bytes, owner: str) -> Blob:
        """Stores a body. `owner` (a text without NUL) names the document that refers to the blob and will delete it.

        The same body for the same owner is stored once.
        """
        ...

    def get(self, blob: Blob) -> bytes:
        """The body. Raises BlobDamaged when it is gone, or its length or hash is wrong."""
        ...

    def delete(self, blob: Blob) -> None:
        """Deletes the blob if there is one."""
        ...

    def set_aside(self, body: bytes, at: datetime) -> Blob:
        """Stores a body to which no document can refer, because the store is unavailable. `aside` lists it.

        `at` (aware) is when the body arrived.
        """
        ...

    def aside(self) -> list[Blob]:
        """All blobs that were set aside, the oldest `at` first."""
        ...
