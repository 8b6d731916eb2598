"""Which texts Laravel's rule `email` takes: those that the library egulias/email-validator calls valid by the RFCs.

That is wider than what people call an e-mail address (`jan@example`, `"jan b"@example.org`). Left out of this stand-in:
comments in the domain, and folded lines.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = r"A-Za-z0-9\x80-\U0010ffff"
# A dot not at the start, the end or beside another; a space or a backslash not before a letter or a digit.
_LOCAL = rf"(?!\.)(?:[{_WORD}!#$%&'*+/=?^_`{{|}}~-]|\.(?![.@])|[ \t\\](?![{_WORD}]))+(?:\([^()\\]*\))?"
_QUOTED = r'"(?:[^"\\\t\r\n\0]|\\.)*"'
_LABEL = rf"[{_WORD}-]*[{_WORD}]"
_DOMAIN = rf"(?!-){_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[^\[\]\\\r\n]*\]"
_ADDRESS = re.compile(rf"(?:{_LOCAL}|{_QUOTED})@(?P<domain>{_DOMAIN}|{_LITERAL})")


def is_email(value: str) -> bool:
    found = _ADDRESS.fullmatch(value)
    return found is not None and not any(map(_is_symbol, value)) and _fits(found["domain"])


def _is_symbol(character: str) -> bool:
    """Beyond ASCII the library refuses symbols (€, emoji) and what cannot be seen; NUL and the like everywhere."""
    return unicodedata.category(character)[0] in ("SC" if ord(character) > 127 else "C") and character != "\t"


def _fits(domain: str) -> bool:
    """At most 253 octets, and 63 in a label; the library counts the dot before a label with it."""
    labels = domain.replace(".", "\0.").split("\0")
    return len(domain.encode()) <= 253 and all(len(label) <= 63 for label in labels)
