"""Prints lines for a command line. Escapes what could steer the terminal, because texts may come from outside."""

from __future__ import annotations

import json
import sys
import unicodedata

# Control characters, invisible ones and those that turn the direction, half surrogate pairs, private and unassigned
# characters, and line separators.
_NOT_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def say(line: object, *, error: bool = False) -> None:
    """Prints one line on stdout, or with `error` on stderr. A line break in it is escaped too."""
    print(printable(str(line)), file=sys.stderr if error else sys.stdout, flush=True)


def say_lines(text: object, *, error: bool = False) -> None:
    """Prints a text of several lines. Use it only where line breaks cannot come from outside."""
    for line in str(text).split("\n"):
        say(line, error=error)


def counted(number: int, one: str, more: str = "") -> str:
    """`1 document`, `2 documents`; `more` is the plural when it is not `one` with an s."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def printable(text: str) -> str:
    """The text with each character that a terminal would act on written as in JSON: `\\u001b[2J`."""
    return "".join(_named(it) if unicodedata.category(it) in _NOT_PRINTED else it for it in text)


def _named(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
