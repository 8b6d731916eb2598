"""Google's sign-in in front of a function (Identity-Aware Proxy): its signed header says who is there.

Source: Google, "Securing your app with signed headers". The other headers of the sign-in prove nothing: anybody who
reaches the function can send them. google-auth checks signature, audience and times, and not the issuer.
"""

from __future__ import annotations

from typing import Any

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.published_keys import keys_at
from shared.sign_in import NotProven, email_in
from shared.sign_in.address import SignInAddress

HEADER = "X-Goog-IAP-JWT-Assertion"
KEYS = "https://www.gstatic.com/iap/verify/public_key"
ISSUER = "https://cloud.google.com/iap"
_CLOCK_SKEW = 10  # seconds


def email_of(assertion: str | None, address: SignInAddress) -> str:
    """The e-mail address of who signed in, in lower case. `assertion` is the value of HEADER.

    Raises NotProven, and StoreUnavailable when Google's keys cannot be had.
    """
    if not assertion:
        raise NotProven("no assertion")
    try:
        claims = _decode(assertion, address)
    # What a stranger sends may fail in many ways: bad base64, JSON of a thousand levels, the algorithm of another key.
    except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise NotProven("not signed by Google for us, or expired") from error
    if claims.get("iss") != ISSUER:
        raise NotProven("another issuer")
    return email_in(claims.get("email"))


def _decode(assertion: str, address: SignInAddress) -> dict[str, Any]:
    header = jwt.decode_header(assertion)  # type: ignore[no-untyped-call]  # (google-auth has no types here)
    key_id = header.get("kid")
    if header.get("alg") != "ES256" or not isinstance(key_id, str):
        raise ValueError("another algorithm")
    keys = keys_at(address.keys or KEYS, key_id, allow_loopback=address.keys is not None)
    if key_id not in keys:
        raise ValueError("unknown key")
    return dict(
        jwt.decode(  # type: ignore[no-untyped-call]  # (google-auth has no types here)
            assertion, certs={key_id: keys[key_id]}, audience=address.audience, clock_skew_in_seconds=_CLOCK_SKEW
        )
    )
