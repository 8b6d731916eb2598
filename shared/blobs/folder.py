"""Blobs as files in one folder, shared by the threads and processes of one machine. The port: `port.py`."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from shared.blobs.port import ASIDE, Blob
from shared.errors import BlobDamaged, StoreUnavailable
from shared.private_files import FILE, close_to_others, private_folder
from shared.retention import BLOBS

PURGE_EVERY = 3600.0  # seconds
HALF_WRITTEN = 3600.0  # seconds after which the process that was writing a `.part` file must have died


class FolderBlobs:
    """Its methods are described in `Blobs`. Only the owner of the process can read the files.

    A body is written to a `.part` file, which gets its name when all of it is on disk. Once an hour `put` removes
    `.part` files that a crash left behind, and blobs older than BLOBS; a bucket does the latter by a lifecycle rule.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._purge_at = 0.0
        if folder.is_dir():
            with suppress(OSError):  # An unreachable folder is an error when it is used, not here.
                private_folder(folder)
                close_to_others(folder.iterdir())

    @classmethod
    def from_url(cls, url: str) -> Self:
        """From `file:///absolute/path`. Creates the folder if needed. Raises ValueError, and OSError."""
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError(f"not file:///path: {url}")
        folder = Path(unquote(parts.path))
        private_folder(folder)
        return cls(folder)

    def put(self, body: bytes, owner: str) -> Blob:
        return self._keep(Blob.of(body, owner), body)

    def set_aside(self, body: bytes, at: datetime) -> Blob:
        return self._keep(Blob.aside(body, at), body)

    def _keep(self, blob: Blob, body: bytes) -> Blob:
        part = self._folder / f"{blob.name}.{secrets.token_hex(8)}.part"
        with _reachable():
            try:
                _write(part, body)
                part.replace(self._folder / blob.name)
            except OSError:
                part.unlink(missing_ok=True)
                raise
            _keep_names(self._folder)
            self._purge()
        return blob

    def get(self, blob: Blob) -> bytes:
        with _reachable():
            try:
                body = (self._folder / blob.name).read_bytes()
            except FileNotFoundError as error:
                if not self._folder.is_dir():
                    raise
                raise BlobDamaged(f"{blob.name}: it is gone") from error
        return blob.check(body)

    def delete(self, blob: Blob) -> None:
        with _reachable():
            try:
                (self._folder / blob.name).unlink()
            except FileNotFoundError:
                if not self._folder.is_dir():
                    raise

    def aside(self) -> list[Blob]:
        with _reachable():
            names = sorted(file.name for file in self._folder.iterdir() if file.name.startswith(ASIDE))
        return [blob for name in names if (blob := Blob.found_aside(name))]

    def _purge(self) -> None:
        now = time.time()
        if now < self._purge_at:
            return
        self._purge_at = now + PURGE_EVERY
        for file in self._folder.iterdir():
            with suppress(FileNotFoundError):  # Another process removed it.
                kept = HALF_WRITTEN if file.suffix == ".part" else BLOBS.total_seconds()
                if file.stat().st_mtime < now - kept:
                    file.unlink()


@contextmanager
def _reachable() -> Iterator[None]:
    """Turns an OSError (a full disk, a folder that is not mounted or not ours) into StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"folder of blobs: {error.strerror}") from error


def _write(path: Path, body: bytes) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE)


def _keep_names(folder: Path) -> None:
    """Flushes the folder to disk: without that a new name may be lost in a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
