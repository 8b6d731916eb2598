"""The mailbox behind an e-mail address: who writes it otherwise still sends letters to the same person."""

from __future__ import annotations

_GMAIL = frozenset({"gmail.com", "googlemail.com"})  # Points mean nothing there, and it is one domain.


def mailbox(address: str) -> str:
    """The same for `Jan+zon@example.org` and `jan@EXAMPLE.org`. For counting only: it may be no address to write to."""
    local_part, _, domain = address.casefold().rpartition("@")
    bare = local_part.partition("+")[0] or local_part
    return f"{bare.replace('.', '')}@gmail.com" if domain in _GMAIL else f"{bare}@{domain}"
