"""What programs read at the end: Power BI by OData, a spreadsheet, an import, and the agendas that follow the visits."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import httpx
from icalendar import Calendar

from infra.local.demo.residents import COACHES, Resident
from shared.domain.local_time import AMSTERDAM

EVERYBODY = "alle coaches"
ROWS = 3  # of one answer, so that a table has several pages
STEPS = ("signed_up", "intake", "dossier", "coach", "appointment")
_CALENDAR = re.compile(r"<li>([^<]+): <code>([^<]+/serve-feed/([^/<]+)/calendar/[^<]+)</code>")


class Reports:
    """What programs may read of one cooperation. `http` asks a local run; its first page tells the addresses."""

    def __init__(self, http: httpx.Client, cooperation: str) -> None:
        self._http, self._feed = http, f"/functions/serve-feed/{cooperation}"
        self._key = ("demo", f"demo-{cooperation}-feed")
        found: Iterable[tuple[str, str, str]] = _CALENDAR.findall(http.get("/").text)
        self._calendars = {name: address for name, address, its in found if its == cooperation}

    def problems(self, residents: Sequence[Resident]) -> list[str]:
        """One line for each table, file and agenda that does not tell what happened to these residents."""
        visits = _visits(residents)
        planned = [visit for visit in visits if not visit.endswith("cancelled")]
        steps = dict.fromkeys(STEPS, len(residents)) | {"cancelled": len(visits) - len(planned)}
        journeys, sheet = self.table("Journeys"), self._sheet()
        ids = [row["journey_id"] for row in journeys]
        told_and_true = {
            "Campaigns": ([row["signed_up"] for row in self.table("Campaigns")], [len(residents)]),
            "Journeys": (_planned(journeys), planned),
            "Milestones": (Counter(row["milestone"] for row in self.table("Milestones")), Counter(steps)),
            "Appointments": (_appointments(self.table("Appointments")), visits),
            "Measures": (self.table("Measures"), []),
            "journeys.csv": (_planned(sheet), planned),
            "the first column of journeys.csv": ([row["journey_id"] for row in sheet], ids),
            "journeys.jsonl": (self._lines(), journeys),
            f"the agenda of {EVERYBODY}": (self._agenda(EVERYBODY), visits),
        }
        for coach, its in by_coach(residents).items():
            told_and_true[f"the agenda of {coach}"] = (self._agenda(coach), _visits(its))
        return [f"{what} tells {told}, not {true}" for what, (told, true) in told_and_true.items() if told != true]

    def table(self, name: str) -> list[dict[str, Any]]:
        """Every row of a table of OData, page by page."""
        rows: list[dict[str, Any]] = []
        address = f"{self._feed}/odata/{name}"
        while address:
            answer = self._read(address, {"Prefer": f"odata.maxpagesize={ROWS}"}).json()
            rows += answer["value"]
            address = answer.get("@odata.nextLink", "")
        return rows

    def _sheet(self) -> list[dict[str, Any]]:
        text = self._read(f"{self._feed}/journeys.csv").content.decode("utf-8-sig")
        return list(csv.DictReader(text.splitlines(), delimiter=";"))

    def _lines(self) -> list[dict[str, Any]]:
        """Without the cursor, which must be the last: an answer that broke off has none."""
        *rows, last = [json.loads(line) for line in self._read(f"{self._feed}/journeys.jsonl").text.splitlines()]
        return rows if "cursor" in last else []

    def _read(self, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._http.get(address, auth=self._key, headers=headers).raise_for_status()

    def _agenda(self, whose: str) -> list[str]:
        """An agenda needs no key: its address is the secret."""
        calendar = Calendar.from_ical(self._http.get(self._calendars[whose]).raise_for_status().text)
        events = calendar.walk("VEVENT")
        return sorted(_shown(event.decoded("DTSTART"), event["STATUS"] == "CANCELLED") for event in events)


def by_coach(residents: Sequence[Resident]) -> dict[str, list[Resident]]:
    """The name of each coach, and whom that coach visits."""
    coaches = {COACHES[resident.coach]: resident.coach for resident in residents}
    return {name: [it for it in residents if it.coach == coach] for name, coach in coaches.items()}


# -- visits as text, in the time of Amsterdam --------------------------------------------------------------------------


def _visits(residents: Sequence[Resident]) -> list[str]:
    """The last time that the coach chose. One that was cancelled keeps that time."""
    return sorted(_shown([date for date in it.dates if date][-1], it.dates[-1] is None) for it in residents)


def _planned(journeys: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(_shown(row["visit_at"]) for row in journeys if row["visit_at"])


def _appointments(rows: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(_shown(row["starts_at"], row["status"] == "cancelled") for row in rows)


def _shown(moment: datetime | str, cancelled: bool = False) -> str:
    """A text without an offset is a time in Amsterdam: so it stands in a spreadsheet, and so a coach types it."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    here = found.astimezone(AMSTERDAM) if found.tzinfo else found
    return f"{here:%Y-%m-%d %H:%M}{' cancelled' if cancelled else ''}"
