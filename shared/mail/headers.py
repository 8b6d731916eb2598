"""Headers as they go out. An address header is written here and not by Python's `email`.

Its folding takes the quotes off a long name with commas, so that one recipient becomes three, and writes an encoded
word of nothing behind a long name that ends outside ASCII (CPython, `_header_value_parser._refold_parse_tree`).
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
    """One mailbox whatever its name says; lines are folded between the words of the name only (RFC 5322, RFC 2047)."""
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
    """Of whole characters: a reader decodes each word by itself."""
    part = b""
    for character in name:
        encoded = character.encode()
        if len(part) + len(encoded) > _LONGEST_PART:
            yield part
            part = b""
        part += encoded
    yield part


class _OnTheWire(EmailPolicy):
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
