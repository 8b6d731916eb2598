"""Whether a request comes from our own Cloud Tasks or Cloud Scheduler: the OIDC token they send, checked.

The `X-CloudTasks-*` headers prove nothing: anyone can send them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import NotAllowed, StoreUnavailable

GOOGLE_CERTS = "https://www.googleapis.com/oauth2/v1/certs"
_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_CLOCK_SKEW = 10
_KEPT = 3600.0
_KEPT_AT_MOST = 24 * 3600.0
# A token with an unknown key makes us ask again, but strangers cannot make us ask all the time.
_ASKED_AGAIN_AFTER = 30.0
_TIMEOUT = 2.0
# The same whatever is wrong: it tells a stranger nothing.
_TEXT = "The caller could not be verified."


@dataclass(frozen=True)
class _Keys:
    certs: dict[str, str]
    at: float


_kept: dict[str, _Keys] = {}


def verify(
    authorization_header: str | None, *, audience: str, service_account: str, certs_url: str | None = None
) -> None:
    """The header has to be `Bearer <token>`: signed by a key of `certs_url` (None: Google's), not expired, from
    Google's issuer, for exactly this `audience`, and of exactly this service account with its address verified.

    Raises NotAllowed, always with the same text, and StoreUnavailable when the keys cannot be had.
    """
    scheme, _, token = (authorization_header or "").partition(" ")
    if scheme.lower() != "bearer" or not token or not service_account:
        raise NotAllowed(_TEXT)
    try:
        claims = _decode(token.strip(), audience, certs_url or GOOGLE_CERTS)
    # What a stranger sends may fail in any way: bad base64, JSON a thousand lists deep, another key's algorithm.
    except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise NotAllowed(_TEXT) from error
    verified = claims.get("email_verified") is True and claims.get("email") == service_account
    if not verified or claims.get("iss") not in _ISSUERS:
        raise NotAllowed(_TEXT)


def _decode(token: str, audience: str, certs_url: str) -> dict[str, Any]:
    key_id = jwt.decode_header(token).get("kid")  # type: ignore[no-untyped-call]
    if not isinstance(key_id, str) or key_id not in (certs := _certs(certs_url, key_id)):
        raise ValueError("unknown key")
    return dict(
        jwt.decode(  # type: ignore[no-untyped-call]
            token, certs=certs, audience=audience, clock_skew_in_seconds=_CLOCK_SKEW
        )
    )


def _certs(url: str, key_id: str) -> dict[str, str]:
    """Kept for an hour, or as long as needed when they cannot be had again; asked for anew for an unknown key."""
    keys = _kept.get(url)
    age = time.monotonic() - keys.at if keys else 0.0
    if keys and age < _KEPT and (key_id in keys.certs or age < _ASKED_AGAIN_AFTER):
        return keys.certs
    try:
        certs = _fetch(url)
    except StoreUnavailable:
        if keys and key_id in keys.certs and age < _KEPT_AT_MOST:
            return keys.certs
        raise
    _kept[url] = _Keys(certs, time.monotonic())
    return certs


def _fetch(url: str) -> dict[str, str]:
    try:
        answer = httpx.get(url, timeout=_TIMEOUT, follow_redirects=False).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StoreUnavailable("the keys to verify callers with cannot be had") from error
    if not isinstance(answer, dict):
        raise StoreUnavailable("the keys to verify callers with are not readable")
    return {str(key): str(certificate) for key, certificate in answer.items()}
