"""Who is there: LINK_STAFF says how staff sign in. The roles are in the settings, and read at each request."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

from flask import Request, Response

from functions.staff.root import root_of
from shared import wiring
from shared.config import WrongConfig
from shared.errors import LinkError
from shared.logs import log
from shared.sign_in import NotProven

AS = "dossierlink_as"
"""The cookie of a local run: who somebody said to be."""


class NotSignedIn(LinkError):
    """Nobody is signed in, or no longer.

    `choices`: in a local run, the people to choose from. `typed`: the fields of a form that was sent, to send again.
    """

    status = 401

    def __init__(self, choices: Sequence[str] = (), typed: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__()
        self.choices = list(choices)
        self.typed = typed or {}


def kind() -> str:
    """`iap`, `oidc` or `local`."""
    return wiring.sign_in().kind


def person_of(request: Request) -> str:
    """The e-mail address of who is signed in. Raises NotSignedIn, and StoreUnavailable when Google's keys are away."""
    address = wiring.sign_in()
    if address.kind == "local":
        return _who_says(request)
    if address.kind == "oidc":
        from functions.staff.sign_in import session  # noqa: PLC0415 (each sign-in loads only what it needs)

        return session.person_in(request)
    from shared.sign_in import iap  # noqa: PLC0415 (only for those who sign in this way)

    assertion = request.headers.get(iap.HEADER)
    try:
        return iap.email_of(assertion, address)
    except NotProven as error:
        if assertion:
            log.warning("sign-in refused", function="show_staff", kind=str(error))
        raise NotSignedIn from None


def remember(request: Request, person: str, answer: Response) -> Response:
    """The answer with a cookie that keeps this person signed in, where that is ours to keep."""
    address = wiring.sign_in()
    if address.kind == "local" and request.args.get("as") == person:
        set_cookie(request, answer, AS, person)
    if address.kind == "oidc" and person:
        from functions.staff.sign_in import session  # noqa: PLC0415 (only for those who sign in this way)

        session.renew(request, person, answer)
    return answer


def forget(request: Request, answer: Response) -> Response:
    """The answer with which this person is signed out. At Google's sign-in that is not ours to do."""
    from functions.staff.sign_in import session  # noqa: PLC0415 (only for those who sign in this way)

    for name in (AS, session.name()):
        answer.delete_cookie(name, path=f"{root_of(request)}/", httponly=True, samesite="Lax", secure=_is_secure())
    return answer


def signing_key(use: str) -> bytes:
    """The key for one use, such as `form`, made of LINK_STAFF_SECRET and LINK_STAFF. Raises WrongConfig."""
    settings = wiring.environment()
    if not settings.staff_secret:
        raise WrongConfig("not set: LINK_STAFF_SECRET")
    return hmac.new(settings.staff_secret.encode(), f"{use}\n{settings.staff}".encode(), sha256).digest()


def set_cookie(request: Request, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
    """A cookie that scripts and other sites do not get. Without `seconds` until the browser closes."""
    answer.set_cookie(
        name, value, max_age=seconds, path=f"{root_of(request)}/", httponly=True, samesite="Lax", secure=_is_secure()
    )


def cookie_name(name: str) -> str:
    """With the prefix by which a browser takes it only over https, for this host and its whole path."""
    return f"__Host-{name}" if _is_secure() else name


def _who_says(request: Request) -> str:
    known = wiring.staff_list().everybody()
    chosen = request.args.get("as") or request.cookies.get(AS, "")
    if chosen in known:
        return chosen
    raise NotSignedIn(known)


def _is_secure() -> bool:
    """A local run speaks plain http."""
    return wiring.environment().is_deployed
