"""A session after a sign-in with OpenID Connect: a signed cookie, and no document in the store.

It holds the e-mail address and two moments. It ends an hour after the last page, and eight hours after the sign-in
whatever happens. Our own sign-out deletes the cookie; a copy of it works until then. Whether the person may still see a
page is read in the settings at each request.
"""

from __future__ import annotations

import time
from hashlib import sha256

from flask import Request, Response
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ValidationError

from functions.staff.sign_in import NotSignedIn, cookie_name, set_cookie, signing_key
from shared.sign_in.begun import Begun

LONGEST = 8 * 3600
"""Seconds from the sign-in."""
IDLE = 3600
"""Seconds from the last page."""
TO_SIGN_IN = 900
"""Seconds that a person has at the sign-in service."""
_RENEW = 300  # seconds after which a page makes the cookie anew


class Session(BaseModel):
    """`since` is the moment of the sign-in, `seen` that of the last page, in seconds of Unix time."""

    email: str
    since: int
    seen: int

    def holds(self, now: float) -> bool:
        """Whether it has not ended."""
        return now < self.since + LONGEST and now < self.seen + IDLE


def name() -> str:
    """The name of the cookie."""
    return cookie_name("dossierlink_session")


def signed(session: Session) -> str:
    """The value of the cookie."""
    text = _signer("session").dumps(session.model_dump())
    return text if isinstance(text, str) else text.decode()


def person_in(request: Request) -> str:
    """Raises NotSignedIn."""
    session = _session_in(request)
    if session is None:
        raise NotSignedIn
    return session.email


def begin(request: Request, email: str, answer: Response) -> None:
    """Signs this person in."""
    now = int(time.time())
    set_cookie(request, answer, name(), signed(Session(email=email, since=now, seen=now)), LONGEST)


def renew(request: Request, person: str, answer: Response) -> None:
    """Moves the end of the session after a page that the person opened. A script that looks for news does not.

    An answer that signs out, or in, stays as it is.
    """
    if any(cookie.startswith(f"{name()}=") for cookie in answer.headers.getlist("Set-Cookie")):
        return
    session, now = _session_in(request), int(time.time())
    by_person = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if session and session.email == person and by_person and now > session.seen + _RENEW:
        renewed = session.model_copy(update={"seen": now})
        set_cookie(request, answer, name(), signed(renewed), LONGEST)


def keep_begun(request: Request, begun: Begun, answer: Response) -> None:
    """Keeps a sign-in that was begun in a cookie of its own, so that two tabs can sign in at once."""
    text = _signer("begun").dumps({"until": int(time.time()) + TO_SIGN_IN, **begun.model_dump()})
    set_cookie(request, answer, _name_of(begun.state), text if isinstance(text, str) else text.decode(), TO_SIGN_IN)


def take_begun(request: Request) -> Begun | None:
    """The sign-in with the state that came back; None when this browser did not begin it, or too long ago."""
    state = request.args.get("state", "")
    try:
        found = _signer("begun").loads(request.cookies.get(_name_of(state), ""))
        begun = Begun.model_validate(found)
    except (BadData, ValidationError):
        return None
    return begun if begun.state == state and found["until"] > time.time() else None


def end_begun(request: Request, begun: Begun, answer: Response) -> None:
    """It is used once."""
    set_cookie(request, answer, _name_of(begun.state), "", 0)


def _session_in(request: Request) -> Session | None:
    try:
        session = Session.model_validate(_signer("session").loads(request.cookies.get(name(), "")))
    except (BadData, ValidationError):
        return None
    return session if session.holds(time.time()) else None


def _name_of(state: str) -> str:
    safe = "".join(letter for letter in state[:12] if letter.isascii() and letter.isalnum())
    return cookie_name(f"dossierlink_begun_{safe}")


def _signer(use: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        signing_key(use), salt=use, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
    )
