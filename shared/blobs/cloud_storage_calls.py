"""Cloud Storage's requests, errors and times, behind four plain calls. Importing this module loads Google's client."""

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

# What fails fast is tried again for half a second, what hangs is not: a caller has its 503 within two seconds. All
# four calls may be repeated, also when the answer of the first was lost.
AGAIN = DEFAULT_RETRY.with_timeout(0.5).with_delay(initial=0.05, maximum=0.2)
SECONDS_TO_CONNECT = 0.5
SECONDS_TO_ANSWER = 1.2
BYTES_PER_SECOND = 4 * 1024 * 1024
"""A long body gets more time: at least this is what the way to Cloud Storage carries."""


class Calls:
    """Raises StoreUnavailable, also for a bucket that is not there or not ours: that may be mended."""

    def __init__(self, bucket: str) -> None:
        with _answering():
            # No project: the bucket's name says it all, and looking for ours would take a call.
            self._client = Client(project=None)
            # It leaves an error in answer to a download unread, and so loses the connection.
            self._client._http.hooks["response"].append(_read_error)  # noqa: SLF001
        self._bucket = self._client.bucket(bucket)

    def close(self) -> None:
        self._client.close()

    def put(self, name: str, body: bytes) -> None:
        """Writes nothing when there is an object of that name, which then has this content."""
        with _answering():
            try:
                self._bucket.blob(name).upload_from_string(
                    body, "application/octet-stream", if_generation_match=0, timeout=_times(len(body)), retry=AGAIN
                )
            except exceptions.PreconditionFailed:
                return

    def get(self, name: str, length: int) -> bytes:
        """Raises BlobDamaged when there is none."""
        with _answering():
            try:
                body: bytes = self._bucket.blob(name).download_as_bytes(timeout=_times(length), retry=AGAIN)
            except exceptions.NotFound as error:
                raise BlobDamaged(f"{name}: it is gone") from error
        return body

    def delete(self, name: str) -> None:
        with _answering():
            try:
                self._bucket.blob(name).delete(timeout=_times(0), retry=AGAIN)
            except exceptions.NotFound:
                return

    def names(self, prefix: str) -> list[str]:
        """In the order of the alphabet."""
        with _answering():
            found = self._bucket.list_blobs(
                prefix=prefix, fields="items(name),nextPageToken", timeout=_times(0), retry=AGAIN
            )
            return [blob.name for blob in found]


def _read_error(response: requests.Response, **_settings: object) -> None:
    if not response.ok:
        _ = response.content


def _times(length: int) -> tuple[float, float]:
    """To connect, in which a short body is sent too, and then for each part of the answer."""
    more = length / BYTES_PER_SECOND
    return SECONDS_TO_CONNECT + more, SECONDS_TO_ANSWER + more


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (exceptions.GoogleAPIError, GoogleAuthError, InvalidResponse, DataCorruption, HTTPError, OSError) as error:
        # Damaged on its way counts too: what is stored may be whole. OSError is every error of requests.
        raise StoreUnavailable(f"Cloud Storage: {type(error).__name__}") from error
