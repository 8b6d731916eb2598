"""Recognises e-mail addresses of one mailbox, as far as their text tells."""

from __future__ import annotations

_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})


def mailbox(email: str) -> str:
    """The same text for `Anna+x@example.org` and `anna@example.org`; at Gmail dots are ignored too.

    Use it to count mails, and not as an address.
    """
    local, _, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
