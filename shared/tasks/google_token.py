"""Checks the OIDC token with which our own Cloud Tasks and Cloud Scheduler call a function.

The `X-CloudTasks-*` headers prove nothing, because anyone can send them.
"""

from __future__ import annotations

from typing import Any, TypedDict

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import NotAllowed
from shared.published_keys import keys_at

GOOGLE_CERTS = "https://www.googleapis.com/oauth2/v1/certs"
_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_CLOCK_SKEW = 10  # seconds
# One text for every reason, so that a stranger learns nothing from it.
_TEXT = "The caller could not be verified."


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
    if not isinstance(key_id, str):
        raise TypeError("no key id")
    # Keys on this machine are for a local run only (`QueueAddress.check_deployed`).
    certs = keys_at(certs_url, key_id, allow_loopback=certs_url != GOOGLE_CERTS)
    if key_id not in certs:
        raise ValueError("unknown key")
    return dict(
        jwt.decode(  # type: ignore[no-untyped-call]  # (google-auth has no types here)
            token, certs=certs, audience=audience, clock_skew_in_seconds=_CLOCK_SKEW
        )
    )
