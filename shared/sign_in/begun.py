"""A sign-in that was begun. It stands apart from `oidc.py`, so that who reads a cookie need not load Authlib."""

from __future__ import annotations

from pydantic import BaseModel


class Begun(BaseModel):
    """The browser keeps it, signed, until it comes back. `then` is the page to show after it."""

    state: str
    nonce: str
    verifier: str
    then: str = "/"
