"""`rebuild`: makes the counts of the staff pages, and the fields that they search by, right again."""

from __future__ import annotations

import argparse

from infra.printed import say
from shared import wiring
from shared.work.rebuild import rebuild

HELP = """Make the counts of the staff pages right again.

The staff pages find residents by fields that follow from the others, and read the numbers of a campaign from counts.
Both are kept with every write. What an earlier version of dossierlink stored does not have them yet, so run this once
after such an update; and after you put back a backup.

It reads all residents and sign-ups, and writes only what is not right. The link may go on meanwhile. A second time
changes nothing. No call is made to Econobis or Hoomdossier.

Examples:
  python -m infra.operate --project my-project rebuild
  python -m infra.operate rebuild    (a local run)
"""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_options: argparse.Namespace) -> int:
    """0: all is right. 1: others wrote too much meanwhile. Raises WrongConfig and StoreUnavailable."""
    right = False
    for found in rebuild(wiring.services()):
        right = found.is_right
        say(f"looked at {found.looked_at} documents: mended {found.fields} of them, and {found.tallies} counts")
        if found.newer:
            say(f"{found.newer} are of a newer version, and stay as they are", error=True)
    if not right:
        say("the link was busy, so not all counts could be compared: run this again", error=True)
        return 1
    say("all is right")
    return 0
