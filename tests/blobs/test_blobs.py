"""Every adapter of `Blobs` keeps the promises of `shared/blobs/port.py`."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import timedelta

import pytest

from infra.standins import cloud_storage
from shared.blobs.port import Blob
from shared.errors import BlobDamaged
from tests.blobs.places import Place
from tests.blobs.unavailable import AT, MIB, assert_unavailable, calls
from tests.world.threads import count_outcomes

SOON = timedelta(microseconds=1)
LARGEST = 24 * MIB

BODIES = {
    "nothing": b"",
    "one byte": b"\0",
    "line ends": b"\r\n--\r\n\r\n\n\r",
    "every byte": bytes(range(256)) * 10,
    "a report": b"%PDF-1.7\n" + b"x" * 100_000,
    "just over what goes in one request": os.urandom(8 * MIB + 1),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_what_was_put_is_got(place: Place, body: bytes) -> None:
    blob = place.blobs.put(body, "owner")
    assert place.blobs.get(blob) == body
    assert (blob.length, blob.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert place.names() == [blob.name] == [hashlib.sha256(b"owner\0" + body).hexdigest()]


def test_the_largest_report(place: Place) -> None:
    body = os.urandom(MIB) * (LARGEST // MIB)
    begun = time.monotonic()
    blob = place.blobs.put(body, "owner")
    assert place.blobs.get(blob) == body
    assert time.monotonic() - begun < 10


def test_twice_is_once(place: Place) -> None:
    assert place.blobs.put(b"body", "owner") == place.blobs.put(b"body", "owner")
    assert len(place.names()) == 1


def test_each_owner_has_a_blob_of_its_own(place: Place) -> None:
    """Also when `owner + body` is the same text for two blobs."""
    one, other, third = (place.blobs.put(body, owner) for owner, body in [("a", b"bc"), ("ab", b"c"), ("b", b"bc")])
    assert len(place.names()) == 3
    place.blobs.delete(one)
    assert place.blobs.get(other) == b"c"
    assert place.blobs.get(third) == b"bc"


def test_delete(place: Place) -> None:
    blob = place.blobs.put(b"body", "owner")
    place.blobs.delete(blob)
    assert place.names() == []
    place.blobs.delete(blob)
    place.blobs.delete(Blob.of(b"never put", "owner"))
    assert place.blobs.put(b"body", "owner") == blob
    assert place.blobs.get(blob) == b"body"


def test_what_is_gone_is_damaged(place: Place) -> None:
    with pytest.raises(BlobDamaged, match="gone"):
        place.blobs.get(Blob.of(b"never put", "owner"))


@pytest.mark.parametrize("body", [b"", b"whole bod", b"whole body and more", b"other body"], ids=repr)
def test_what_is_not_what_was_put_is_damaged(place: Place, body: bytes) -> None:
    blob = place.blobs.put(b"whole body", "owner")
    place.become(blob, body)
    with pytest.raises(BlobDamaged):
        place.blobs.get(blob)


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "..", f"{'a' * 64}/..", "a" * 63, "A" * 64, f"{'a' * 64}\n"])
def test_a_name_that_is_not_ours_cannot_be_made(name: str) -> None:
    """A reference comes back from a document: it must not lead to another file or object."""
    with pytest.raises(ValueError, match="not the name of a blob"):
        Blob(name, 1, "a" * 64)


# -- set aside ---------------------------------------------------------------------------------------------------------


def test_what_was_set_aside_is_found_the_oldest_first_until_it_is_deleted(place: Place) -> None:
    place.blobs.put(b"another's", "owner")
    assert place.blobs.aside() == []
    late, early = (place.blobs.set_aside(body, at) for body, at in ((b"late", AT + SOON), (b"early", AT)))
    assert place.blobs.aside() == [early, late]
    assert [place.blobs.get(blob) for blob in place.blobs.aside()] == [b"early", b"late"]
    place.blobs.delete(early)
    assert place.blobs.aside() == [late]


def test_the_same_set_aside_twice_at_once_is_one(place: Place) -> None:
    assert place.blobs.set_aside(b"body", AT) == place.blobs.set_aside(b"body", AT)
    assert len(place.blobs.aside()) == 1


def test_what_was_set_aside_and_spoiled_is_damaged(place: Place) -> None:
    blob = place.blobs.set_aside(b"whole body", AT)
    place.become(blob, b"whole bod")
    assert place.blobs.aside() == [blob]
    with pytest.raises(BlobDamaged):
        place.blobs.get(blob)


def test_more_than_a_page_of_what_was_set_aside(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_storage, "PAGE", 3)  # A page of the real Cloud Storage has 1,000 names.
    blobs = [place.blobs.set_aside(b"body", AT + number * SOON) for number in range(8)]
    assert place.blobs.aside() == blobs


# -- many, and away ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"body", bytes(9 * MIB)], ids=["short", "long"])
def test_many_who_put_the_same_at_once(place: Place, body: bytes) -> None:
    blobs = count_outcomes(lambda _: place.blobs.put(body, "owner"), 8)
    (blob,) = blobs
    assert place.blobs.get(blob) == body
    assert place.names() == [blob.name]


def test_many_owners_at_once(place: Place) -> None:
    def all_of_it(number: int) -> str:
        body = f"{number}".encode()
        blob = place.blobs.put(body, f"{number}")
        assert place.blobs.get(blob) == body
        place.blobs.delete(blob)
        return "done"

    assert count_outcomes(all_of_it, 16) == {"done": 16}
    assert place.names() == []


@pytest.mark.timed
def test_a_place_that_was_away_is_used_again_at_once(place: Place) -> None:
    blob = place.blobs.put(b"body", "owner")
    with place.away():
        assert_unavailable(place.blobs, blob)
    assert place.names() == [blob.name]
    assert place.blobs.get(blob) == b"body"
    for call in calls(place.blobs, blob):
        call()
    assert place.blobs.get(Blob.of(b"new", "owner")) == b"new"
