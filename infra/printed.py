"""What a command line prints, line by line: nothing that came from outside can move the cursor or turn the text around."""

from __future__ import annotations

import json
import sys
import unicodedata

# Control characters (escape sequences, C1), what turns the direction or is not seen, half a character, another line.
_NOT_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def say(line: object, *, error: bool = False) -> None:
    """One line on stdout, or on stderr when it is not the answer itself."""
    print(printable(str(line)), file=sys.stderr if error else sys.stdout, flush=True)


def say_lines(text: object, *, error: bool = False) -> None:
    """For a text of our own in several lines."""
    for line in str(text).split("\n"):
        say(line, error=error)


def printable(text: str) -> str:
    """What a terminal would act on is written out, as JSON writes it: `\\u001b[2J`."""
    return "".join(_named(it) if unicodedata.category(it) in _NOT_PRINTED else it for it in text)


def _named(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
