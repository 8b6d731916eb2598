"""The table of a coach's appointments, copied from Hoomdossier's screen, which alone shows the time
(docs/peers/hoomdossier.md 6).

Two screens have it, with the columns in another order, and a person may copy a part of it. So each cell is known by
what it looks like. A copied link ends in `/buildings/show/{id}`, which names the home.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice

from shared.domain.spreadsheet import read_date
from shared.hoomdossier.claim import STATUSES, Claim, read_status

_LINK = re.compile(r"/buildings/(?:show/)?([1-9][0-9]{0,15})(?![0-9])", re.ASCII)
_MOMENT = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}-[0-9]{4})[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", re.ASCII
)
_POSTAL_CODE = re.compile(r"[1-9][0-9]{3}\s?[A-Z]{2}|[1-9][0-9]{3}", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{0,4}(?![0-9])", re.ASCII)
_LONGEST_CELL = 300
"""A longer one counts as empty. Cut off it could end in the number of another home."""
_TOO_LONG = "…" * (_LONGEST_CELL + 1)
_MOST_NUMBERS = 5
_FRAME = frozenset({"datum", "naam", "straat en huisnummer", "postcode", "stad", "status", "datum afspraak"})


def read_coach_table(pasted: str) -> Iterator[Claim]:
    """What each line says; the headings and the text around the table are passed over."""
    for number, line in enumerate(_lines(pasted), 1):
        cells = [said if len(said := cell.strip()) <= _LONGEST_CELL else "" for cell in line.split("\t")]
        if any(cells) and not {cell.casefold() for cell in cells} & _FRAME:
            yield from _claim(number, cells)


def _claim(number: int, cells: Sequence[str]) -> Iterator[Claim]:
    building = _LINK.search(" ".join(cells))
    texts = [_LINK_TEXT.sub("", cell).strip() for cell in cells]
    code = next((at for at in range(1, len(texts)) if _POSTAL_CODE.fullmatch(texts[at])), None)
    moment = next((text for text in texts if _MOMENT.fullmatch(text)), "")
    status = next((text for text in texts if text.casefold() in STATUSES), "")
    if code is None and building is None:
        if moment or status:  # It is a line of the table, of which too little was copied.
            yield Claim(row=number, wrong=("row",))
        return
    street = texts[code - 1] if code else ""
    wrong: tuple[str, ...] = ()
    day, at = None, None
    try:
        day, at = read_date(moment)
    except ValueError:
        wrong = ("datum afspraak",)
    if not moment and "-" not in texts:
        wrong = ("datum afspraak",)  # The screen shows `-` when there is none, so the column was not copied.
    yield Claim(
        row=number,
        building_id=int(building[1]) if building else None,
        day=day,
        at=at,
        status=read_status(status),
        name=texts[code - 2] if code and code > 1 else "",
        street=street,
        houses=_houses(street),
        postal_code=texts[code] if code else "",
        wrong=wrong,
    )


def _houses(street: str) -> tuple[str, ...]:
    """In `Plein 1945 12` and `Kade 12 3` only a known home tells which number is that of the house.

    The first is the one that leaves the name of the street shortest.
    """
    said = " ".join(street.split())
    return tuple(said[found.start() :] for found in islice(_NUMBER.finditer(said), _MOST_NUMBERS))


# -- text, or the HTML of the page -------------------------------------------------------------------------------------

_LINK_TEXT = re.compile(r"<?https?://\S+")
_PART = re.compile(
    r"""<(?P<end>/?)(?P<tag>[a-z][^\s<>/"']*+)(?P<attributes>(?:[^<>"']|"[^"<]*"|'[^'<]*')*+)>"""
    r"""|<[!?][^<>]*+>|(?P<text><|[^<]++)""",
    re.IGNORECASE,
)
_HREF = re.compile(r"""(?<![\w-])href\s*=\s*["']?([^"'\s]*)""", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def _lines(pasted: str) -> list[str]:
    if "<tr" not in pasted.lower():
        return pasted.replace("\xa0", " ").splitlines()
    table = _Table()
    for found in _PART.finditer(_without_comments(pasted)):
        table.take(found)
    return table.lines


def _without_comments(pasted: str) -> str:
    first, *others = pasted.split("<!--")
    return first + "".join(text.partition("-->")[2] for text in others)


class _Table:
    """The rows of a table as lines with tabs, and behind the text of a link its address.

    Each part is looked at once: Python's own HTMLParser looks again and again for the end of what is never closed.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._cells: list[str] = []

    def take(self, part: re.Match[str]) -> None:
        """A part that _PART found: a tag, or text."""
        if part["tag"] is None:
            self._add(part["text"] or "")
            return
        tag = part["tag"].lower()
        if tag == "tr":
            self._begin_row(is_end=bool(part["end"]))
        elif tag in {"td", "th"} and not part["end"]:
            self._cells.append("")
        elif tag == "a" and (found := _HREF.search(part["attributes"])) and (link := _LINK.search(found[1])):
            self._add(f" https://x{link[0]} ")

    def _begin_row(self, *, is_end: bool) -> None:
        if is_end and self._cells:
            self.lines.append("\t".join(" ".join(cell.split()) for cell in self._cells))
        self._cells = []

    def _add(self, text: str) -> None:
        """To the last cell. Of one that is too long no more is kept than shows that it is."""
        if self._cells and len(self._cells[-1]) <= _LONGEST_CELL:
            said = _SPACES.sub(" ", text)
            self._cells[-1] += unescape(said) if len(said) <= 4 * _LONGEST_CELL else _TOO_LONG
