"""The Dutch names of signs, for a text that tells a resident which sign does not fit."""

from __future__ import annotations

_NAMES = {
    " ": "een spatie",
    ".": "een punt",
    ",": "een komma",
    ":": "een dubbele punt",
    ";": "een puntkomma",
    "-": "een streepje",
    "_": "een laag streepje",
    "/": "een schuine streep",
    "\\": "een schuine streep naar links (\\)",
    "'": "een aanhalingsteken (')",
    '"': 'een aanhalingsteken (")',
    "(": "een haakje",
    ")": "een haakje",
    "@": "een apenstaartje (@)",
}


def first_sign(text: str, allowed: str) -> str:
    """The name of the first character that is no ASCII letter or digit, nor in `allowed`; `""` when there is none."""
    found = next((it for it in text if not (it.isascii() and it.isalnum()) and it not in allowed), "")
    if found and not found.isprintable():
        return "een onzichtbaar teken"
    return _NAMES.get(found, f"het teken {found}") if found else ""
