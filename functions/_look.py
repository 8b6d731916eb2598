"""How the pages for residents and coaches look: one stylesheet, in the colours of the cooperation's letters."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.config import Cooperation

_SHEET = Path(__file__).with_name("sign_up") / "templates/page.css"


@dataclass(frozen=True)
class Look:
    """The stylesheet that stands in a page, and its hash for the Content-Security-Policy."""

    style: str
    digest: str


def look_of(settings: Cooperation | None, more: Path | None = None) -> Look:
    """`more` is a stylesheet that comes after it. Without a cooperation the colours are our own."""
    mail = settings.mail if settings else None
    return _look((mail.colour, mail.text_colour) if mail else ("#2b6a4d", "#ffffff"), more)


@cache
def _look(colours: tuple[str, str], more: Path | None) -> Look:
    """`colours`: the background of the header and the button, and the text on it."""
    sheets = [sheet.read_text(encoding="utf-8") for sheet in (_SHEET, more) if sheet]
    style = "".join(sheets).replace("COLOUR", colours[0]).replace("ON_IT", colours[1])
    return Look(style, b64encode(hashlib.sha256(style.encode()).digest()).decode())
