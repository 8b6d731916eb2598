"""Free text of a resident, as it is kept."""

from __future__ import annotations

from shared.domain.masked import masked
from shared.domain.one_line import MOST_PER_CHARACTER, one_line
from shared.domain.problem import Problem
from shared.domain.unescaped import unescaped

LONGEST_REMARK = 2000


def remark(text: str) -> str:
    """Its lines, without empty ones and without numbers that nobody should type (`masked`). Raises Problem."""
    if len(text) > LONGEST_REMARK * MOST_PER_CHARACTER:
        raise _too_long()
    lines = [one_line(line, LONGEST_REMARK) for line in unescaped(text).splitlines()]
    kept = "\n".join(filter(None, lines))
    if len(kept) > LONGEST_REMARK:
        raise _too_long()
    return masked(kept)


def _too_long() -> Problem:
    return Problem(f"Dit is te lang: gebruik hooguit {LONGEST_REMARK} tekens.")
