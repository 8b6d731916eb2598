"""Four calls to Cloud Storage, which hide Google's errors and time-outs. Importing it loads Google's client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Client
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from urllib3.exceptions import HTTPError

from shared.errors import BlobDamaged, StoreUnavailable

# Retries errors that come quickly for half a second, and a time-out not at all, so that our caller gets its 503 within
# two seconds. All four calls are safe to retry, also when the response of the first was lost.
RETRY = DEFAULT_RETRY.with_timeout(0.5).with_delay(initial=0.05, maximum=0.2)
SECONDS_TO_CONNECT = 0.5
SECONDS_TO_ANSWER = 1.2
BYTES_PER_SECOND = 4 * 1024 * 1024
"""The slowest connection that we allow for. A call gets one second extra per this many bytes of body."""


class Calls:
    """Every call raises StoreUnavailable.

    A bucket that does not exist, or that we may not use, raises it too: after an operator fixed that a retry works.
    """

    def __init__(self, bucket: str) -> None:
        with _answering():
            # The name of a bucket is enough. To look for the project would take a request.
            self._client = Client(project=None)
            # The client does not read the body of an error response to a download, and so loses the connection.
            self._client._http.hooks["response"].append(_read_error)  # noqa: SLF001 - there is no public hook
        self._bucket = self._client.bucket(bucket)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def put(self, name: str, body: bytes) -> None:
        """Writes an object. When the name exists nothing is written, because that object has the same content."""
        with _answering():
            try:
                self._bucket.blob(name).upload_from_string(
                    body, "application/octet-stream", if_generation_match=0, timeout=_times(len(body)), retry=RETRY
                )
            except exceptions.PreconditionFailed:
                return

    def get(self, name: str, length: int) -> bytes:
        """The content of an object. `length` (bytes) sets the time-out. Raises BlobDamaged when there is no object."""
        with _answering():
            try:
                body: bytes = self._bucket.blob(name).download_as_bytes(timeout=_times(length), retry=RETRY)
            except exceptions.NotFound as error:
                raise BlobDamaged(f"{name}: it is gone") from error
        return body

    def delete(self, name: str) -> None:
        """Deletes the object if there is one."""
        with _answering():
            try:
                self._bucket.blob(name).delete(timeout=_times(0), retry=RETRY)
            except exceptions.NotFound:
                return

    def names(self, prefix: str) -> list[str]:
        """The names of all objects that start with `prefix`, in alphabetical order."""
        with _answering():
            found = self._bucket.list_blobs(
                prefix=prefix, fields="items(name),nextPageToken", timeout=_times(0), retry=RETRY
            )
            return [blob.name for blob in found]


def _read_error(response: requests.Response, **_settings: object) -> None:
    if not response.ok:
        _ = response.content


def _times(length: int) -> tuple[float, float]:
    """The time-outs to connect and send, and for each part of the response."""
    more = length / BYTES_PER_SECOND
    return SECONDS_TO_CONNECT + more, SECONDS_TO_ANSWER + more


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (exceptions.GoogleAPIError, GoogleAuthError, InvalidResponse, DataCorruption, HTTPError, OSError) as error:
        # DataCorruption is damage in transit, so a retry may help. Every error of requests is an OSError.
        raise StoreUnavailable(f"Cloud Storage: {type(error).__name__}") from error
