"""The two places for blobs, and what a test does to them behind the link's back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.standins.cloud_storage import CloudStorage
from infra.standins.server import serving
from shared.blobs.cloud_storage import CloudStorageBlobs
from shared.blobs.port import Blob, Blobs
from tests.world.ports import free_port


class Place(Protocol):
    blobs: Blobs

    def names(self) -> list[str]: ...

    def become(self, blob: Blob, body: bytes) -> None:
        """Overwrites the stored body of this blob, as damage would."""

    def away(self) -> AbstractContextManager[None]:
        """The place cannot be reached in this block."""


@dataclass
class Folder:
    path: Path
    blobs: Blobs

    def names(self) -> list[str]:
        return sorted(file.name for file in self.path.iterdir())

    def become(self, blob: Blob, body: bytes) -> None:
        (self.path / blob.name).write_bytes(body)

    @contextmanager
    def away(self) -> Iterator[None]:
        elsewhere = self.path.rename(self.path.with_name("elsewhere"))
        yield
        elsewhere.rename(self.path)


class Bucket:
    """Blobs under a prefix of the bucket. `names` fails when one stands outside the prefix."""

    def __init__(self) -> None:
        self.storage = CloudStorage({"link"})
        self.port = free_port()
        self.blobs = CloudStorageBlobs.from_url("gs://link/some/where")
        self._serve()

    def _serve(self) -> None:
        self._serving = serving(self.storage, self.port)
        self._serving.__enter__()

    def stop(self) -> None:
        self._serving.__exit__(None, None, None)

    def names(self) -> list[str]:
        assert all(name.startswith("some/where/") for _, name in self.storage.objects)
        return sorted(name.removeprefix("some/where/") for _, name in self.storage.objects)

    def become(self, blob: Blob, body: bytes) -> None:
        self.storage.objects["link", f"some/where/{blob.name}"] = body

    @contextmanager
    def away(self) -> Iterator[None]:
        self.stop()
        yield
        self._serve()
