"""Writes the headers of a message. Address headers are written here instead of by Python's `email`.

Python's own folding drops the quotes of a long name with commas, so that one receiver becomes three, and writes an
empty encoded word after a long name that ends outside ASCII (CPython, `_header_value_parser._refold_parse_tree`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from email.headerregistry import Address
from email.policy import EmailPolicy
from typing import Any

_LONGEST_QUOTED = 60  # characters
_LONGEST_PART = 42  # bytes of a name in one encoded word, which is at most 75 characters long (RFC 2047 2)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def mailbox(address: Address) -> str:
    """The header text of one address. Folded only between encoded words of the name (RFC 5322, RFC 2047)."""
    name = address.display_name
    if not name:
        return address.addr_spec
    if name.isascii() and len(name) <= _LONGEST_QUOTED:
        plain = _ATOMS.fullmatch(name) and name.strip()
        return f"{name if plain else _quoted(name)} <{address.addr_spec}>"
    words = (f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(name))
    return "\r\n ".join((*words, f"<{address.addr_spec}>"))


def _quoted(name: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{escaped}"'


def _parts(name: str) -> Iterator[bytes]:
    """The name in UTF-8, in parts that fit in an encoded word. No character is split: each word is decoded alone."""
    part = b""
    for character in name:
        encoded = character.encode()
        if len(part) + len(encoded) > _LONGEST_PART:
            yield part
            part = b""
        part += encoded
    yield part


class _OnTheWire(EmailPolicy):
    """Python's policy, except for headers with addresses."""

    def fold(self, name: str, value: Any) -> str:
        addresses = getattr(value, "addresses", None)
        if not addresses:
            return str(super().fold(name, value))
        return f"{name}: {', '.join(map(mailbox, addresses))}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if not getattr(value, "addresses", None):
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")


ON_THE_WIRE = _OnTheWire(linesep="\r\n")
"""The policy of every message that we send."""
