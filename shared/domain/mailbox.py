"""Which e-mail addresses end in one mailbox, as far as anybody can tell from outside."""

from __future__ import annotations

_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})


def mailbox(email: str) -> str:
    """The same for `Anna+x@example.org` and `anna@example.org`; at Gmail dots do not count either.

    To count with, not to send to.
    """
    local, _, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
