"""Cleans the free text of a resident."""

from __future__ import annotations

from shared.domain.masked import masked
from shared.domain.one_line import one_line, too_long, within_reach
from shared.domain.unescaped import unescaped

LONGEST_REMARK = 2000


def remark(text: str) -> str:
    """The lines of the text, without empty lines and with identity numbers masked (`masked.py`).

    Raises Problem for more than `LONGEST_REMARK` characters.
    """
    typed = unescaped(within_reach(text, LONGEST_REMARK))
    kept = "\n".join(filter(None, (one_line(line, LONGEST_REMARK) for line in typed.splitlines())))
    if len(kept) > LONGEST_REMARK:
        raise too_long(LONGEST_REMARK)
    return masked(kept)
