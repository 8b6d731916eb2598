"""Asks the person at the keyboard. A command that runs without one gets its answers from options and the environment."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass

from infra.deploy.refused import Refused
from infra.printed import printable, say


@dataclass(frozen=True)
class Questions:
    """`yes` answers every question. `from_env` takes a secret from the environment variable with its name."""

    yes: bool = False
    from_env: bool = False

    def agree(self, question: str, *, answer: str = "yes") -> bool:
        """Whether the person types `answer`. Anything else is a no."""
        if self.yes:
            return True
        try:
            return input(printable(f"{question} Type {answer}: ")).strip() == answer
        except EOFError:  # There is no keyboard.
            say("")
            return False

    def secret(self, name: str, about: str) -> str:
        """The value of a secret, which is not shown while it is typed. `about` says where to find it."""
        if self.from_env:
            return os.environ.get(name, "")
        if not sys.stdin.isatty():
            raise Refused(
                f"{name} has no value, and there is no keyboard to type it.\n"
                f"Put it into the environment variable {name} and add FROM_ENV=1."
            )
        say(f"{name}: {about}")
        try:
            return getpass.getpass(printable(f"  {name} (is not shown): "))
        except EOFError:
            return ""
