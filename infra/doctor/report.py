"""Prints the findings, by group, and ends with what they come down to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from infra.doctor.finding import Finding, Level
from infra.printed import say

_SIGNS: Mapping[Level, str] = {
    "error": "FOUT",
    "warning": "LET OP",
    "unchecked": "NIET NAGEKEKEN",
    "by_hand": "ZELF NAKIJKEN",
}


def show(title: str, findings: Sequence[Finding]) -> None:
    """One group. The most serious findings come first."""
    say("")
    say(title)
    if not any(it.level != "by_hand" for it in findings):
        say("  GOED")
    for finding in sorted(findings, key=lambda it: list(_SIGNS).index(it.level)):
        say(f"  {_SIGNS[finding.level]}: {finding.what}")
        if finding.why:
            say(f"      waarom: {finding.why}")
        if finding.where:
            say(f"      waar: {finding.where}")


def summarize(findings: Iterable[Finding]) -> None:
    """The last line: how many of each."""
    levels = [it.level for it in findings]
    errors, warnings, unseen, by_hand = (levels.count(level) for level in _SIGNS)
    say("")
    if not errors and not unseen:
        say(f"Alles wat nagekeken is, is goed. Let op: {warnings}. Zelf nakijken: {by_hand}.")
        return
    say(f"Fouten: {errors}. Let op: {warnings}. Niet nagekeken: {unseen}. Zelf nakijken: {by_hand}.")
