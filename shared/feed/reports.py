"""What a coordinator needs to make a report: the addresses of the feed, and the text for Power Query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.feed.sets import CAMPAIGNS, JOURNEYS, SETS
from shared.work.services import Services

_TEXT = """\
let
    Adres = "{address}",
    Bron = OData.Feed(Adres, null, [Implementation = "2.0", ODataVersion = 4, OmitValues = ODataOmitValues.Nulls]),
    Tabel = Bron{{[Name = "{table}", Signature = "table"]}}[Data]
in
    Tabel
"""


@dataclass(frozen=True)
class Reports:
    """`odata`: for Power BI and Excel; `lines`: the journeys for programs; `tables`: the CSV of each table by its name.

    None of them opens without a key.
    """

    odata: str
    lines: str
    tables: Mapping[str, str]

    @property
    def power_query(self) -> Mapping[str, str]:
        """The text to paste for each table, by its name."""
        return {table: power_query(self.odata, table) for table in self.tables}


def show_reports(services: Services, cooperation: str) -> Reports:
    """The journeys come first: most reports are about them."""
    feed = f"{services.queue.target_url('serve-feed')}/{cooperation}"
    order = [JOURNEYS, CAMPAIGNS, *(it for it in SETS.values() if it not in {JOURNEYS, CAMPAIGNS})]
    return Reports(
        odata=f"{feed}/odata/",
        lines=f"{feed}/{JOURNEYS.file}.jsonl",
        tables={it.name: f"{feed}/{it.file}.csv" for it in order},
    )


def power_query(address: str, table: str) -> str:
    """In Power Query's language M. `docs/power-bi.md` has the same text."""
    return _TEXT.format(address=address.replace('"', '""'), table=table)
