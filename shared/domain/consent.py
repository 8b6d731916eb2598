"""Whether what a form sent for its consent says yes.

Every form builder sends something else for a box that is ticked: `1`, `on`, `Accepted`, or the text beside the box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

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
# Whole turns of phrase, of words that mean nothing by themselves.
_YES_PHRASES = (frozenset({"stem", "in"}), frozenset({"mee", "eens"}))
_NO = frozenset({
    "", "0", "n", "f", "nee", "neen", "no", "false", "off", "uit", "unchecked", "niet akkoord", "not accepted",
})  # fmt: skip
_NO_WORDS = frozenset({
    "nee", "neen", "niet", "geen", "nooit", "noch", "zonder", "weiger", "weigeren", "geweigerd", "ingetrokken",
    "onwaar", "oneens", "misschien", "no", "non", "not", "never", "none", "without", "don", "dont", "cannot", "false",
    "decline", "declined", "deny", "denied", "disagree", "refuse", "refused", "reject", "rejected", "withdrawn",
    "revoked", "unchecked", "unticked", "0", "maybe", "null", "undefined",
})  # fmt: skip


def is_no(text: str) -> bool:
    """A plain no: no setting makes a yes of it."""
    return _plain(text) in _NO


def says_yes(text: str, values: Iterable[str] = ()) -> bool:
    """`values` are what this form sends for a yes beside what is usual: they count whatever words they hold.

    What is a question, or says both, is no consent: the resident is asked once more.
    """
    plain = _plain(text)
    if plain in _NO:
        return False
    words = set(re.findall(r"\w+", plain))
    usual = plain in _YES or bool(_YES_WORDS & words) or any(phrase <= words for phrase in _YES_PHRASES)
    return plain in map(_plain, values) or (usual and "?" not in plain and not _NO_WORDS & words)


def _plain(text: str) -> str:
    """As somebody reads it: a label may hold a link, or a space that does not break."""
    return " ".join(unescape(re.sub(r"<[^<>]*>", "", text)).split()).casefold().rstrip(" .!*")
