"""What doctor found: something wrong, something it could not look at, or something that only a person can look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

Level = Literal["error", "warning", "unchecked", "by_hand"]
"""`unchecked`: doctor could not look. `by_hand`: nobody can look from outside, so staff do; it is no fault."""

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """All texts are Dutch, and hold no secret and no personal data.

    `why` says in one clause why it matters. `where` is the screen and the field, or the file and the line, to mend it.
    """

    level: Level
    what: str
    why: str = ""
    where: str = ""


def error(what: str, why: str, where: str) -> Finding:
    """Something does not work, or is not safe."""
    return Finding("error", what, why, where)


def warning(what: str, why: str, where: str) -> Finding:
    """It works, but not as well as it should."""
    return Finding("warning", what, why, where)


def unchecked(what: str, reason: str) -> Finding:
    """`what` could not be looked at."""
    return Finding("unchecked", what, reason)


def by_hand(what: str, why: str, where: str) -> Finding:
    """`where` says how a person looks."""
    return Finding("by_hand", what, why, where)


@dataclass(frozen=True)
class NotSeen:
    """Takes the place of a fact that could not be had. `reason` is Dutch."""

    reason: str


def about(what: str, fact: T | NotSeen, check: Callable[[T], Iterable[Finding]]) -> list[Finding]:
    """The findings of `check` about the fact, or that `what` could not be looked at."""
    return [unchecked(what, fact.reason)] if isinstance(fact, NotSeen) else list(check(fact))


def exit_code(findings: Iterable[Finding]) -> int:
    """0: all well, warnings included. 1: something is wrong. 2: nothing wrong was seen, but not all could be looked at."""
    levels = {finding.level for finding in findings}
    return 1 if "error" in levels else 2 if "unchecked" in levels else 0
