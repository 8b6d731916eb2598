"""How staff prove who they are: what LINK_STAFF says, Google's sign-in in front of us, and OpenID Connect."""

from __future__ import annotations

from shared.errors import LinkError


class NotProven(LinkError):
    """What came from the sign-in does not prove who this is. The text says why, without personal data."""

    status = 401


class SignInAway(LinkError):
    """The sign-in service does not answer, or not as it should."""

    status = 503


def email_in(value: object) -> str:
    """The e-mail address that a sign-in service gave, in lower case. Raises NotProven.

    Only ASCII: some other letters become ASCII ones when their case is ignored, and would make it another's address.
    """
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value.count("@") != 1:
        raise NotProven("no e-mail address")
    return value.lower()
