"""Who is there: LINK_STAFF says how staff sign in. The roles are in the settings, and read at each request."""

from __future__ import annotations

from flask import Request

from shared.errors import LinkError
from shared.work.services import Services


class NotSignedIn(LinkError):
    """Nobody is signed in. `choices`: in a local run, the people to choose from."""

    status = 401

    def __init__(self, choices: list[str] | None = None) -> None:
        super().__init__()
        self.choices = choices or []


COOKIE = "dossierlink_as"


def person_of(request: Request, services: Services) -> str:
    """The e-mail address of who is signed in. Raises NotSignedIn."""
    known = sorted({member.email for it in services.cooperations.values() for member in it.staff})
    chosen = request.args.get("as") or request.cookies.get(COOKIE, "")
    if chosen in known:
        return chosen
    raise NotSignedIn(known)


def signing_key() -> bytes:
    """The key of our tokens and cookies."""
    return b"local"
