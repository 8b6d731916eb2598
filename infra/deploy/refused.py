"""The one error of the commands that a person reads."""

from __future__ import annotations


class Refused(Exception):
    """The command cannot go on. The text says what is wrong and, in its last lines, what to do."""
