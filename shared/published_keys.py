"""JSON that a sign-in service publishes at a URL: its public keys, or the document with its addresses.

Kept in memory for an hour. Sooner it is fetched again when a key is not in it, at most twice a minute; a day long the
old one is used when it cannot be fetched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shared.errors import StoreUnavailable
from shared.public_addresses import public_client

_FRESH = 3600.0  # seconds after which keys are fetched again
_STALE = 24 * 3600.0  # seconds that keys may be used when fetching them fails
_FETCH_PAUSE = 30.0  # seconds between fetches for unknown keys, so that strangers cannot cause one with each request
_TIMEOUT = 2.0  # seconds


@dataclass(frozen=True)
class _Kept:
    """A JSON object that was fetched at `at` (of `time.monotonic`)."""

    document: Mapping[str, Any]
    at: float


_kept: dict[str, _Kept] = {}


def by_key_id(document: Mapping[str, Any]) -> dict[str, Any]:
    """Google's own form: `{key id: certificate or public key}`."""
    return {str(key): str(certificate) for key, certificate in document.items()}


def keys_at(
    url: str,
    key_id: str,
    *,
    allow_loopback: bool = False,
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]] = by_key_id,
) -> Mapping[str, Any]:
    """The keys of `url` by their ids, fetched again when `key_id` is not among them. It may be missing all the same.

    `read` takes the keys out of the document; for the rest see `document_at`.
    """
    return read(document_at(url, allow_loopback=allow_loopback, is_enough=lambda it: key_id in read(it)))


def document_at(
    url: str, *, allow_loopback: bool = False, is_enough: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Mapping[str, Any]:
    """The JSON object at `url`: from memory while it is fresh and enough; a stale one that is enough when it is away.

    `allow_loopback`: `url` may be on this machine, in a local run. Raises StoreUnavailable when it cannot be had.
    """
    kept = _kept.get(url)
    age = time.monotonic() - kept.at if kept else 0.0
    if kept and age < _FRESH and (is_enough(kept.document) or age < _FETCH_PAUSE):
        return kept.document
    try:
        document = _fetch(url, allow_loopback=allow_loopback)
    except StoreUnavailable:
        if kept and is_enough(kept.document) and age < _STALE:
            return kept.document
        raise
    _kept[url] = _Kept(document, time.monotonic())
    return document


def _fetch(url: str, *, allow_loopback: bool) -> dict[str, Any]:
    try:
        with public_client(allow_loopback=allow_loopback) as http:
            answer = http.get(url, timeout=_TIMEOUT).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreUnavailable("the keys of a sign-in cannot be had") from error
    if not isinstance(answer, dict):
        raise StoreUnavailable("the keys of a sign-in are not readable")
    return answer
