"""Laravel's rule `email`: a text is valid when the library egulias/email-validator calls it valid by the RFCs.

That is more than people call an e-mail address (`jan@example`, `"jan b"@example.org`). Comments in the domain and
folded lines are left out here.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = r"A-Za-z0-9\x80-\U0010ffff"
# No dot at the start, at the end or beside another dot; no space or backslash before a letter or a digit.
_LOCAL = rf"(?!\.)(?:[{_WORD}!#$%&'*+/=?^_`{{|}}~-]|\.(?![.@])|[ \t\\](?![{_WORD}]))+(?:\([^()\\]*\))?"
_QUOTED = r'"(?:[^"\\\t\r\n\0]|\\.)*"'
_LABEL = rf"[{_WORD}-]*[{_WORD}]"
_DOMAIN = rf"(?!-){_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[^\[\]\\\r\n]*\]"
_ADDRESS = re.compile(rf"(?:{_LOCAL}|{_QUOTED})@(?P<domain>{_DOMAIN}|{_LITERAL})")


def is_email(value: str) -> bool:
    """Whether Laravel's rule `email` accepts the text."""
    found = _ADDRESS.fullmatch(value)
    return found is not None and not any(map(_is_symbol, value)) and _fits(found["domain"])


def _is_symbol(character: str) -> bool:
    """The library refuses control characters, and beyond ASCII also symbols (€, emoji) and invisible characters."""
    return unicodedata.category(character)[0] in ("SC" if ord(character) > 127 else "C") and character != "\t"


def _fits(domain: str) -> bool:
    """At most 253 bytes, and 63 in a label. The library counts the dot before a label as part of that label."""
    labels = domain.replace(".", "\0.").split("\0")
    return len(domain.encode()) <= 253 and all(len(label) <= 63 for label in labels)
