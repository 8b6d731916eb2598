"""Whether the value of a form's consent field means yes.

Form builders send different values for a ticked box: `1`, `on`, `Accepted`, or the text beside the box. The values for
an empty box stand in `form_value.py`, and the words for "no value" in other fields in `nothing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from shared.domain.form_value import UNTICKED

_YES = frozenset({
    "1", "j", "y", "t", "x", "v", "on", "aan", "true", "waar", "ok", "oké", "okay", "eens", "selected",
    "✓", "✔", "✔️", "☑", "☑️", "✅",
})  # fmt: skip
_YES_WORDS = frozenset({
    "ja", "jawel", "yes", "oui", "akkoord", "accoord", "toestemming", "instemming", "toegestaan",
    "accepteer", "accepteren", "geaccepteerd", "aanvaard", "aanvaarden", "goedgekeurd", "aangevinkt", "aangekruist",
    "accept", "accepts", "accepted", "agree", "agrees", "agreed", "consent", "consents", "consented", "granted",
    "approve", "approved", "checked", "ticked",
})  # fmt: skip
# Sets of words that mean yes only together: `ik stem ermee in`.
_YES_PHRASES = (frozenset({"stem", "in"}), frozenset({"mee", "eens"}))
_NO = UNTICKED | {"", "neen", "uit", "niet akkoord", "not accepted"}
# Words that deny a consent in the same text.
_NO_WORDS = frozenset({
    "nee", "neen", "niet", "geen", "nooit", "noch", "zonder", "weiger", "weigeren", "geweigerd", "ingetrokken",
    "onwaar", "oneens", "misschien", "no", "non", "not", "never", "none", "without", "don", "dont", "cannot", "false",
    "decline", "declined", "deny", "denied", "disagree", "refuse", "refused", "reject", "rejected", "withdrawn",
    "revoked", "unchecked", "unticked", "0", "maybe", "null", "undefined",
})  # fmt: skip


def is_no(text: str) -> bool:
    """Whether the text is a plain no. A form's settings cannot make it mean yes."""
    return _plain(text) in _NO


def says_yes(text: str, values: Iterable[str] = ()) -> bool:
    """`values` are texts that mean yes on this form, whatever words they contain.

    A question, and a text with both a yes and a no, is no consent: the resident is asked again.
    """
    plain = _plain(text)
    if plain in _NO:
        return False
    words = set(re.findall(r"\w+", plain))
    usual = plain in _YES or bool(_YES_WORDS & words) or any(phrase <= words for phrase in _YES_PHRASES)
    return plain in map(_plain, values) or (usual and "?" not in plain and not _NO_WORDS & words)


def _plain(text: str) -> str:
    """The text as it is read: without HTML tags (a label may contain a link), capitals and final signs."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", text)).split()).casefold().rstrip(" .!*")
