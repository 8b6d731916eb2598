"""Reads what a person brought, into the rows that are compared."""

from __future__ import annotations

from itertools import islice
from typing import IO

from shared.econobis.visits_export import ListedVisit, read_visits
from shared.errors import BadInput
from shared.hoomdossier.claim import Claim
from shared.hoomdossier.coach_table import read_coach_table
from shared.hoomdossier.total_report import read_total_report
from shared.imports.table import read_table
from shared.words import Words

LONGEST_PASTED = 2_000_000
"""Characters. A screen has ten rows, which are some thousands of characters with all of their HTML."""
_MOST_PASTED = 1000
"""Rows. An address without a number is read in several ways, which takes a while."""


def read_file(file: IO[bytes]) -> list[Claim]:
    """The rows of a total-report, as it was downloaded or saved again. Raises BadInput with the field `file`."""
    table = read_table(file)
    return list(read_total_report(table.header, table.rows))


def read_pasted(text: str) -> list[Claim]:
    """The rows of the table of a coach's appointments; none when there is no such table in the text.

    Raises BadInput with the field `pasted`.
    """
    if len(text) > LONGEST_PASTED:
        raise _too_long()
    rows = list(islice(read_coach_table(text), _MOST_PASTED + 1))
    if len(rows) > _MOST_PASTED:
        raise _too_long()
    return rows


def _too_long() -> BadInput:
    return BadInput({"pasted": [Words("Deze tekst is te lang. Plak hem in delen.")]})


def read_econobis_list(file: IO[bytes]) -> list[ListedVisit]:
    """The visits in Econobis' list of kansacties. Raises BadInput with the field `file`."""
    table = read_table(file)
    return list(read_visits(table.header, table.rows))
