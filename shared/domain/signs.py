"""The Dutch names of signs, for a text that tells a resident which sign does not fit."""

from __future__ import annotations

from shared.words import Words

_NAMES = {
    " ": Words("een spatie"),
    ".": Words("een punt"),
    ",": Words("een komma"),
    ":": Words("een dubbele punt"),
    ";": Words("een puntkomma"),
    "-": Words("een streepje"),
    "_": Words("een laag streepje"),
    "/": Words("een schuine streep"),
    "\\": Words("een schuine streep naar links (\\)"),
    "'": Words("een aanhalingsteken (')"),
    '"': Words('een aanhalingsteken (")'),
    "(": Words("een haakje"),
    ")": Words("een haakje"),
    "@": Words("een apenstaartje (@)"),
}


def first_sign(text: str, allowed: str) -> Words | None:
    """The name of the first character that is no ASCII letter or digit, nor in `allowed`; None when there is none."""
    found = next((it for it in text if not (it.isascii() and it.isalnum()) and it not in allowed), "")
    if found and not found.isprintable():
        return Words("een onzichtbaar teken")
    return _NAMES.get(found) or Words("het teken {sign}", sign=found) if found else None
