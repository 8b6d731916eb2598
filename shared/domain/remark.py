"""Free text of a resident, as it is kept."""

from __future__ import annotations

from shared.domain.masked import masked
from shared.domain.one_line import one_line, within_reach
from shared.domain.problem import Problem
from shared.domain.unescaped import unescaped

LONGEST_REMARK = 2000


def remark(text: str) -> str:
    """Its lines, without empty ones and without numbers that nobody should type (`masked`). Raises Problem."""
    typed = unescaped(within_reach(text, LONGEST_REMARK))
    kept = "\n".join(filter(None, (one_line(line, LONGEST_REMARK) for line in typed.splitlines())))
    if len(kept) > LONGEST_REMARK:
        raise Problem(f"Dit is te lang: gebruik hooguit {LONGEST_REMARK} tekens.")
    return masked(kept)
