"""Blobs as objects in a Cloud Storage bucket. Requests and errors: `cloud_storage_calls.py`. The port: `port.py`."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from shared.blobs.port import ASIDE, Blob

if TYPE_CHECKING:
    from shared.blobs.cloud_storage_calls import Calls


class CloudStorageBlobs:
    """Its methods are described in `Blobs`. A bucket that does not exist, or is not ours, is a StoreUnavailable."""

    def __init__(self, bucket: str, prefix: str = "") -> None:
        """`prefix` is the start of every object's name: it ends in a slash, or is empty."""
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def from_url(cls, url: str) -> Self:
        """From `gs://bucket` or `gs://bucket/prefix`. Raises ValueError.

        Google's own variable STORAGE_EMULATOR_HOST (`http://host:port`) leads to a local Cloud Storage.
        """
        parts = urlsplit(url)
        if parts.scheme != "gs" or not parts.netloc:
            raise ValueError(f"not gs://bucket/prefix: {url}")
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "")

    @cached_property
    def _calls(self) -> Calls:
        """Made at the first call, because the import is slow and few functions use a blob."""
        from shared.blobs.cloud_storage_calls import Calls  # noqa: PLC0415 - see above

        return Calls(self._bucket)

    def close(self) -> None:
        """Closes the connections."""
        self._calls.close()

    def put(self, body: bytes, owner: str) -> Blob:
        return self._keep(Blob.of(body, owner), body)

    def set_aside(self, body: bytes, at: datetime) -> Blob:
        return self._keep(Blob.aside(body, at), body)

    def _keep(self, blob: Blob, body: bytes) -> Blob:
        self._calls.put(self._prefix + blob.name, body)
        return blob

    def get(self, blob: Blob) -> bytes:
        return blob.check(self._calls.get(self._prefix + blob.name, blob.length))

    def delete(self, blob: Blob) -> None:
        self._calls.delete(self._prefix + blob.name)

    def aside(self) -> list[Blob]:
        names = self._calls.names(self._prefix + ASIDE)
        return [blob for name in names if (blob := Blob.found_aside(name.removeprefix(self._prefix)))]
