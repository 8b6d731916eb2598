"""The name of a person, a street or a town: it goes out in mails to whatever address was typed beside it."""

from __future__ import annotations

import re
import unicodedata

from shared.domain.one_line import one_line, within_reach
from shared.domain.problem import Problem
from shared.domain.signs import first_sign
from shared.domain.unescaped import unescaped

# What a mail program makes a link of. `J.P. de Vries` and `Burg.v.d.Veen` are none.
_LINK = re.compile(
    r"//|www\s?\.|@|\b(?:https?|mailto|javascript|data|file|tel|sms):|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"
    r"|[\w-]\.[a-z]{2,24}(?:[/?#]|:[0-9])"
    r"|[\w-]{2}\.(?:nl|be|eu|fr|uk|us|ru|cn|co|io|tv|cc|gg|gd|gl|ly|tk|ml|su|pl|br|in)(?![\w-])"
    r"|\w\.(?:com|net|org|info|biz|xyz|app|bet|casino|click|club|cloud|dev|digital|email|example|fun|icu|life|link|live"
    r"|loan|monster|nu|online|page|pro|shop|site|space|store|tech|today|top|vip|website|win|work|world|zone)(?![\w-])",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"&#|&[a-z][a-z0-9]*;|&(?:amp|quot|apos|nbsp|szlig|[a-z]{1,2}(?:acute|grave|circ|uml|tilde|cedil))\b"
    r"|%[0-9a-f]{2}|[\\<>\ufffd]",
    re.IGNORECASE | re.ASCII,
)


def proper_name(text: str) -> str:
    """One line. Raises Problem for a web or e-mail address, and for codes whose meaning is not certain."""
    line = one_line(unescaped(within_reach(text)))
    if _LINK.search(unicodedata.normalize("NFKC", line).replace("\u3002", ".")):
        raise Problem("Hier kan geen webadres of e-mailadres staan. Haal het weg.")
    code = _CODE.search(line)
    if code:
        shown = code[0] if len(code[0]) > 1 else first_sign(code[0], "")
        raise Problem(f"Hier staat {shown} in, en dat hoort niet in een naam. Typ de naam opnieuw.")
    return line
