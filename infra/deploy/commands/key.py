"""`key`: makes a key with which Econobis or Hoomdossier calls us, or a program reads a feed."""

from __future__ import annotations

import argparse
import hashlib
import secrets

from infra.printed import say

HELP = """Make a key with which Econobis or Hoomdossier calls us, or a program reads a feed.

It is shown once. Type the key into Econobis (Hoom key), Hoomdossier (Econobis API key) or the program, as its password.
The settings get only the line below it, which opens nothing. Needs no project.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_options: argparse.Namespace) -> int:
    key = secrets.token_hex(32)
    say("The key, for the screen of Econobis or Hoomdossier, or for Power BI. It is not shown again:")
    say(f"  {key}")
    say("The line for the settings, under callers or feeds:")
    say(f"  - sha256:{hashlib.sha256(key.encode()).hexdigest()}")
    return 0
