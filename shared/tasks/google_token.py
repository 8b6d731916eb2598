"""Checks the OIDC token with which our own Cloud Tasks and Cloud Scheduler call a function.

The `X-CloudTasks-*` headers prove nothing, because anyone can send them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import NotAllowed, StoreUnavailable
from shared.public_addresses import public_client

GOOGLE_CERTS = "https://www.googleapis.com/oauth2/v1/certs"
_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_CLOCK_SKEW = 10  # seconds
_FRESH = 3600.0  # seconds after which keys are fetched again
_STALE = 24 * 3600.0  # seconds that keys may be used when fetching them fails
_FETCH_PAUSE = 30.0  # seconds between fetches for unknown keys, so that strangers cannot cause one with each request
_TIMEOUT = 2.0  # seconds
# One text for every reason, so that a stranger learns nothing from it.
_TEXT = "The caller could not be verified."


@dataclass(frozen=True)
class _Keys:
    """Certificates by key id, fetched at `at` (of `time.monotonic`)."""

    certs: dict[str, str]
    at: float


_kept: dict[str, _Keys] = {}


class Caller(TypedDict):
    """Who may call a function: the arguments of `verify`."""

    audience: str
    service_account: str | None
    certs_url: str | None


def verify(
    authorization_header: str | None, *, audience: str, service_account: str | None, certs_url: str | None = None
) -> None:
    """Accepts `Bearer <token>` when the token is signed by a key of `certs_url` (None: Google's), has not expired, and
    names Google as issuer, `audience` as audience and `service_account` as verified e-mail address.

    Raises NotAllowed, always with the same text, and StoreUnavailable when the keys cannot be fetched.
    """
    scheme, _, token = (authorization_header or "").partition(" ")
    if scheme.lower() != "bearer" or not token or not service_account:
        raise NotAllowed(_TEXT)
    try:
        claims = _decode(token.strip(), audience, certs_url or GOOGLE_CERTS)
    # What a stranger sends may fail in many ways: bad base64, JSON of a thousand levels, the algorithm of another key.
    except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise NotAllowed(_TEXT) from error
    verified = claims.get("email_verified") is True and claims.get("email") == service_account
    if not verified or claims.get("iss") not in _ISSUERS:
        raise NotAllowed(_TEXT)


def _decode(token: str, audience: str, certs_url: str) -> dict[str, Any]:
    key_id = jwt.decode_header(token).get("kid")  # type: ignore[no-untyped-call]  # (google-auth has no types here)
    if not isinstance(key_id, str) or key_id not in (certs := _certs(certs_url, key_id)):
        raise ValueError("unknown key")
    return dict(
        jwt.decode(  # type: ignore[no-untyped-call]  # (google-auth has no types here)
            token, certs=certs, audience=audience, clock_skew_in_seconds=_CLOCK_SKEW
        )
    )


def _certs(url: str, key_id: str) -> dict[str, str]:
    """The keys of `url`, from memory while they are fresh and hold `key_id`; stale ones when fetching fails."""
    keys = _kept.get(url)
    age = time.monotonic() - keys.at if keys else 0.0
    if keys and age < _FRESH and (key_id in keys.certs or age < _FETCH_PAUSE):
        return keys.certs
    try:
        certs = _fetch(url)
    except StoreUnavailable:
        if keys and key_id in keys.certs and age < _STALE:
            return keys.certs
        raise
    _kept[url] = _Keys(certs, time.monotonic())
    return certs


def _fetch(url: str) -> dict[str, str]:
    """`url` is on this machine only in a local run (`QueueAddress.check_deployed`)."""
    try:
        with public_client(allow_loopback=url != GOOGLE_CERTS) as http:
            answer = http.get(url, timeout=_TIMEOUT).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreUnavailable("the keys to verify callers with cannot be had") from error
    if not isinstance(answer, dict):
        raise StoreUnavailable("the keys to verify callers with are not readable")
    return {str(key): str(certificate) for key, certificate in answer.items()}
