"""Faults of a bucket over the network: an error, no answer, or an answer that is lost on the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.standins import cloud_storage
from shared.blobs.cloud_storage import CloudStorageBlobs
from shared.blobs.port import Blob
from shared.errors import StoreUnavailable
from tests.blobs.places import Bucket
from tests.blobs.unavailable import AT, MIB, SECONDS_TO_REFUSE, assert_unavailable, calls
from tests.world.proxy import Proxy, proxy_to

LONG = bytes(9 * MIB)
WAYS = pytest.mark.parametrize("body", [b"body", LONG], ids=["in one request", "in parts"])


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy between the client and Cloud Storage, for the requests that follow."""
    with proxy_to(bucket.port) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{proxy.host}")
        yield proxy


@WAYS
def test_twice_is_one_write(bucket: Bucket, body: bytes) -> None:
    for _ in range(2):
        bucket.blobs.put(body, "owner")
    assert bucket.storage.writes == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@WAYS
def test_an_error_that_passes_is_not_seen(bucket: Bucket, status: int, body: bytes) -> None:
    bucket.storage.answer_with = [status]
    blob = bucket.blobs.put(body, "owner")
    bucket.storage.answer_with = [status]
    assert bucket.blobs.get(blob) == body
    bucket.storage.answer_with = [status]
    bucket.blobs.delete(blob)
    assert bucket.names() == []
    assert bucket.storage.answer_with == []


@pytest.mark.timed
@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_an_error_that_stays_is_unavailable_in_time(bucket: Bucket, status: int) -> None:
    blob = bucket.blobs.put(b"body", "owner")
    bucket.storage.answer_with = [status] * 1000
    assert_unavailable(bucket.blobs, blob)
    bucket.storage.answer_with = []
    assert bucket.blobs.get(blob) == b"body"


@pytest.mark.timed
def test_it_does_not_answer(bucket: Bucket, proxy: Proxy) -> None:
    blob = bucket.blobs.put(b"body", "owner")
    proxy.swallow = True
    assert_unavailable(bucket.blobs, blob)
    proxy.swallow = False
    proxy.cut()
    # All was done, only nobody said so.
    assert bucket.names() == sorted([Blob.of(b"new", "owner").name, Blob.aside(b"aside", AT).name])
    for call in calls(bucket.blobs, bucket.blobs.put(b"body", "owner")):
        call()


def test_a_connection_that_was_cut_is_made_anew(bucket: Bucket, proxy: Proxy) -> None:
    blob = bucket.blobs.put(b"body", "owner")
    for _ in range(3):
        proxy.cut()
        assert bucket.blobs.get(blob) == b"body"


@WAYS
def test_the_answer_is_lost_with_the_connection(bucket: Bucket, proxy: Proxy, body: bytes) -> None:
    """The client repeats the request. Cloud Storage does not write the blob twice."""
    bucket.storage.after_write = proxy.cut
    blob = bucket.blobs.put(body, "owner")
    assert bucket.storage.writes == 1
    assert bucket.blobs.get(blob) == body


@pytest.mark.timed
def test_the_answer_does_not_come(bucket: Bucket, proxy: Proxy) -> None:
    """The call raises StoreUnavailable, in time. The next call gets the blob and writes nothing."""
    proxy.swallow = True
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        bucket.blobs.put(b"body", "owner")
    assert time.monotonic() - begun < SECONDS_TO_REFUSE
    proxy.swallow = False
    proxy.cut()
    assert bucket.blobs.get(bucket.blobs.put(b"body", "owner")) == b"body"
    assert bucket.storage.writes == 1


def test_a_body_that_was_damaged_on_its_way_is_read_at_the_next_attempt(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body differs from the hash that Cloud Storage gives, so the error allows another attempt."""
    blob = bucket.blobs.put(b"body", "owner")
    wrong = {"crc32c": "AAAAAA==", "md5Hash": ""}
    with monkeypatch.context() as damage:
        damage.setattr(cloud_storage, "_checksums", lambda _: wrong)  # The stand-in has no fault that damages a body.
        with pytest.raises(StoreUnavailable):
            bucket.blobs.get(blob)
    assert bucket.blobs.get(blob) == b"body"


def test_a_bucket_that_is_not_there_is_unavailable(bucket: Bucket) -> None:
    blobs = CloudStorageBlobs.from_url("gs://other")
    with pytest.raises(StoreUnavailable):
        blobs.put(b"body", "owner")
    blobs.close()


def test_a_bucket_without_a_prefix(bucket: Bucket) -> None:
    for url in ("gs://link", "gs://link/"):
        blobs = CloudStorageBlobs.from_url(url)
        blob = blobs.put(b"body", "owner")
        assert blobs.get(blob) == b"body"
        assert list(bucket.storage.objects) == [("link", blob.name)]
        blobs.close()


@pytest.mark.parametrize("url", ["gs://", "gs:///x", "file:///x", "bucket"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not gs"):
        CloudStorageBlobs.from_url(url)


def test_without_credentials_it_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(StoreUnavailable):
        CloudStorageBlobs("link").put(b"body", "owner")


def test_who_does_not_call_cloud_storage_does_not_import_it() -> None:
    code = "import sys, shared.blobs.cloud_storage; print('requests' in sys.modules, 'google.auth' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]
