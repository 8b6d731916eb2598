"""Blobs as files in one folder, which threads and processes of one machine may share. The port: `port.py`."""

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

from shared.blobs.port import ASIDE, KEPT, Blob
from shared.errors import BlobDamaged, StoreUnavailable
from shared.private_files import FILE, close_to_others, private_folder

PURGE_EVERY = 3600.0  # seconds
HALF_WRITTEN = 3600.0  # seconds: whoever wrote it died


class FolderBlobs:
    """A file has its name only when all of it is on disk; what a crash leaves behind ends in `.part`.

    That is dropped in passing after an hour, and what is older than KEPT. Only the owner of the process can read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._purge_at = 0.0
        if folder.is_dir():
            with suppress(OSError):  # A folder that cannot be reached is told of when it is used.
                private_folder(folder)
                close_to_others(folder.iterdir())

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`file:///absolute/path`; makes the folder when it is not there."""
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
            with suppress(FileNotFoundError):  # Another process was first.
                kept = HALF_WRITTEN if file.suffix == ".part" else KEPT.total_seconds()
                if file.stat().st_mtime < now - kept:
                    file.unlink()


@contextmanager
def _reachable() -> Iterator[None]:
    """A full disk, a folder that is not mounted or not ours: it may be over later."""
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
    """A new name survives a power cut only when its folder is on disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
