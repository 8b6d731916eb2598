"""Cleans the name of a person, a street or a town.

Anybody can type a name and somebody else's e-mail address, and the cooperation then mails that name. So a name may hold
nothing that a mail program makes a link of.
"""

from __future__ import annotations

import re
import unicodedata

from shared.domain.one_line import one_line, within_reach
from shared.domain.prefixes import PREFIXES
from shared.domain.problem import Problem
from shared.domain.signs import first_sign
from shared.domain.unescaped import unescaped
from shared.words import Words

_KNOWN = "com|net|org|info|biz|eu|nl"
# Text that mail programs make a link of, and text that a reader is meant to retype as one.
_LINK = re.compile(
    r"//|\bw\s?w\s?w\s?\.|@|::|\b(?:[0-9a-f]{1,4}:){3}|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"
    r"|\b(?:h..ps?|s?ftps?|mailto|(?:java|vb)script|data|file|blob|tel|sms|callto|sips?|skype|whatsapp|viber|tg|intent"
    r"|itms|market):"
    r"|[\w-]\.[a-z]{2,24}(?:[/?#]|:[0-9])"
    r"|(?<![\w-])(?:[tm]\.me|[atg]\.co|j\.mp|u\.to|v\.ht|s\.id)(?![\w-])"
    r"|[\w-]{2}\.(?:nl|be|eu|fr|uk|us|ru|cn|co|io|tv|cc|gg|gd|gl|ly|tk|ml|su|pl|br|in)(?![\w-])"
    r"|\w\.(?:com|net|org|info|biz|xyz|app|bet|casino|click|club|cloud|dev|digital|email|example|fun|icu|life|link|live"
    r"|loan|monster|nu|online|page|pro|shop|site|space|store|tech|today|top|vip|website|win|work|world|zone)(?![\w-])"
    rf"|[\w-]{{2}}\s?[.\u00b7\u2022\u2219\u30fb]\s?(?:{_KNOWN})(?![\w-])"  # spam .com, spam. com
    rf"|[\[({{]\s?(?:\.|dot|punt|point)\s?[\])}}]|\b(?:dot|punt|point)\s?(?:{_KNOWN})\b",  # spam[.]com, spam punt nl
    re.IGNORECASE,
)
# Two words with a dot between them are a host name, because there are thousands of top-level domains. Exceptions are
# initials and titles before the dot, and a word for a street behind it: `J.P.de Vries`, `Fam.de Wit`, `Nic.Maesstraat`.
_HOST_NAME = re.compile(r"(?<![^\W\d_])([^\W_][\w-]+)\.(?=([^\W\d_][\w-]+))")
_TITLES = frozenset({
    "abr", "adm", "alb", "alex", "av", "ave", "bd", "br", "burg", "bvd", "cap", "chr", "corn", "dhr", "dr", "drs", "ds",
    "fa", "fam", "fr", "gebr", "gen", "ger", "henr", "herm", "hr", "ing", "ir", "jac", "jhr", "jkvr", "joh", "jos",
    "jr", "kan", "kap", "kard", "kol", "kon", "lt", "luit", "maj", "mej", "mevr", "mgr", "min", "mr", "mw", "nic", "ph",
    "pl", "past", "pr", "pres", "prof", "rect", "sint", "sr", "st", "ste", "th", "ver", "wed", "wilh", "wm", "zr",
})  # fmt: skip
_STREET = re.compile(r"(?:straat|laan|weg|plein|kade|kaai|dijk|hof|park|singel|gracht|pad|dreef|lei|steeg|burgh?)$")
# A host of one letter, like `t.me`. A name has only a prefix in that place: `J.de Vries`.
_SHORT_HOST = re.compile(r"(?<![^\W_])[^\W\d_]\.([a-z]{2})(?!\.?[^\W_])")
_CODE = re.compile(
    r"&#|&[a-z][a-z0-9]*;|&(?:amp|quot|apos|nbsp|szlig|[a-z]{1,2}(?:acute|grave|circ|uml|tilde|cedil))\b"
    r"|%[0-9a-f]{2}|[\\<>\ufffd]",
    re.IGNORECASE | re.ASCII,
)


def proper_name(text: str) -> str:
    """The name as one line. Raises Problem for a web or e-mail address, and for escape codes that stay ambiguous."""
    line = one_line(unescaped(within_reach(text)))
    if leads_elsewhere(line):
        raise Problem(
            Words(
                "Hier kan geen webadres of e-mailadres staan. Haal het weg. Staat er een punt in de naam? Typ er dan "
                "een spatie achter."
            )
        )
    code = _CODE.search(line)
    if code:
        shown = code[0] if len(code[0]) > 1 else first_sign(code[0], "")
        raise Problem(Words("Hier staat {sign} in, en dat hoort niet in een naam. Typ de naam opnieuw.", sign=shown))
    return line


def fit_to_show(text: str) -> str:
    """`proper_name` for a mail, or `""`: a name from a peer or an old document may not be fit to show."""
    try:
        return proper_name(text)
    except Problem:
        return ""


def leads_elsewhere(line: str) -> bool:
    """Whether the line contains the address of a site or a mailbox."""
    shown = unicodedata.normalize("NFKC", line).replace("\u3002", ".")
    if _LINK.search(shown) or any(ending not in PREFIXES for ending in _SHORT_HOST.findall(shown)):
        return True
    return any(
        front.casefold() not in _TITLES and not _STREET.search(back.casefold())
        for front, back in _HOST_NAME.findall(shown)
    )
