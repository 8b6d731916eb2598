"""Serves the stand-in over real HTTP, mounted as in a local run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.standins.database import Database, Row
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.caller import Throttle
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving
from tests.standins.receiver import eventually

TOKEN = "demo-token"
API = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
REGISTRATION: Row = {
    "email": "anna@example.org",
    "first_name": "Anna",
    "last_name": "de Jong",
    "postal_code": "1234 AB",
    "number": 5,
    "house_number_extension": "A-1",
    "street": "Laan",
    "city": "Dorp",
    "phone_number": "06 12345678",
    "extra": {"contact_id": 1001},
}


@dataclass
class Hoomdossier:
    """A running stand-in. `http` is a client with its URL as base."""

    http: httpx.Client
    database: Database
    settings: HoomdossierSettings

    def load(self, case: Row) -> Row:
        return self.http.post("/_state", json=case).raise_for_status().json()

    def tables(self) -> dict[str, dict[int, Row]]:
        """The tables that `_state` shows: name → id → row."""
        state = self.http.get("/_state").raise_for_status().json()
        return {
            name: {row["id"]: row for row in rows}
            for name, rows in state.items()
            if isinstance(rows, list) and name != "faults"
        }

    def call(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Calls the API with the token of the demo: POST when there is a body, else GET."""
        request = {"headers": {**API, **headers}, **({} if body is None else {"json": body})}
        return self.http.request("GET" if body is None else "POST", f"/api/v1{path}", **request)

    def register(self, **fields: Any) -> int:
        """Registers a resident, and returns the id of the building."""
        answer = self.call("/register", {**REGISTRATION, **fields})
        assert answer.status_code == 201, answer.text
        (building,) = self.database.rows("buildings", user_id=answer.json()["user_id"])
        return int(building["id"])

    def link(self, resident: int = 1001, coach: int = 11) -> None:
        body = {"building_coach_statuses": {"coach_contact_id": coach, "resident_contact_id": resident}}
        assert self.call("/building-coach-status", body).status_code == 200

    def form(self, building: int, action: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"/buildings/{building}/{action}", data=fields)

    def jobs(self) -> list[Row]:
        """All jobs, after the queue has run them."""
        eventually(lambda: not self.database.rows("jobs", outcome=None))
        return self.database.rows("jobs")

    def pushed(self) -> list[str]:
        return [job["kind"] for job in self.jobs()]


@contextmanager
def stand_in(path: Path | None = None, throttle: Throttle | None = None, **settings: Any) -> Iterator[Hoomdossier]:
    database = Database(path)
    given = HoomdossierSettings(**{"country": "NL", "token": TOKEN, "calls_per_minute": 10_000, **settings})
    app = create_hoomdossier("zonnig-dorp", database, given, throttle)
    mounted = DispatcherMiddleware(NotFound(), {"/hoomdossier/zonnig-dorp": app})
    with (
        serving(mounted) as base,
        httpx.Client(base_url=f"{base}/hoomdossier/zonnig-dorp", timeout=20, trust_env=False) as http,
    ):
        yield Hoomdossier(http, database, given)


@pytest.fixture(scope="session")
def served() -> Iterator[Hoomdossier]:
    with stand_in() as hoomdossier:
        yield hoomdossier


@pytest.fixture
def hoomdossier(served: Hoomdossier) -> Hoomdossier:
    """At the start of the demo. Its pushes are skipped, because it has no URL of Econobis."""
    served.http.post("/_reset").raise_for_status()
    return served
