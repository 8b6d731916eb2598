"""`rebuild`: makes the counts of the staff pages, and the fields that they search by, right again."""

from __future__ import annotations

import argparse

from infra.printed import counted, say
from shared import wiring
from shared.errors import StoreUnavailable
from shared.work.rebuild import Pass, rebuild

HELP = """Make the counts of the staff pages right again.

The staff pages find residents by fields that follow from the others, and read the numbers of a campaign from counts.
Both are kept with every write. What an earlier version of dossierlink stored does not have them yet, so run this once
after such an update; and after you put back a backup.

It reads all residents and sign-ups, writes only what is not right, and looks again until all is right. It prints how
far it is. The link may go on meanwhile. After a break, or Ctrl-C, run it again: what was mended stays. When all is right
a further time changes nothing. No call is made to Econobis or Hoomdossier.

Examples:
  python -m infra.operate --project my-project rebuild
  python -m infra.operate rebuild    (a local run)
"""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_options: argparse.Namespace) -> int:
    """0: all is right. 1: others wrote too much meanwhile. Raises WrongConfig, and StoreUnavailable with what to do."""
    try:
        return _rebuild()
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{error}\nnot all is right yet, what was mended stays: run this again") from error


def _rebuild() -> int:
    found = Pass()
    for number, found in enumerate(rebuild(wiring.services(), _tell), start=1):
        mended = f"mended {counted(found.fields, 'document')} and {counted(found.tallies, 'set of counts', 'sets of counts')}"
        say(f"look {number}: looked at {counted(found.looked_at, 'document')}, {mended}")
        if found.newer:
            of_newer = counted(found.newer, "document")
            say(f"left alone: {of_newer} of a newer version of dossierlink", error=True)
    if not found.is_right:
        say("the link was busy, so not all counts could be compared: run this again", error=True)
        return 1
    say("all is right")
    return 0


def _tell(looked_at: int) -> None:
    say(f"looked at {looked_at} documents so far", error=True)
