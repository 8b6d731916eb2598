"""The stand-in over real HTTP, mounted as in a local run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.server import serving

SETTINGS = EconobisSettings(
    country="NL",
    webform_key="KEY",
    hoom_link="http://127.0.0.1:9/register",
    hoom_connect_coach_link="http://127.0.0.1:9/coach",
    hoom_key="token",
)
JSON = {"Accept": "application/json"}


@dataclass
class Econobis:
    """The stand-in, and a client (`http`) whose paths are relative to its address."""

    http: httpx.Client
    database: Database

    def load(self, case: dict[str, Any]) -> dict[str, Any]:
        return self.http.post("/_state", json=case).raise_for_status().json()

    def state(self) -> dict[str, Any]:
        return self.http.get("/_state").raise_for_status().json()

    def post(self, path: str, body: bytes | str, **headers: str) -> httpx.Response:
        return self.http.post(path, content=body, headers={**JSON, **headers})


@pytest.fixture(scope="session")
def served() -> Iterator[Econobis]:
    database = Database()
    stand_in = create_econobis("zonnig-dorp", database, SETTINGS)
    mounted = DispatcherMiddleware(NotFound(), {"/econobis/zonnig-dorp": stand_in})
    with (
        serving(mounted) as base,
        httpx.Client(base_url=f"{base}/econobis/zonnig-dorp", timeout=20, trust_env=False) as http,
    ):
        yield Econobis(http, database)


@pytest.fixture
def econobis(served: Econobis) -> Econobis:
    """At the start of the demo."""
    served.http.post("/_reset").raise_for_status()
    return served


def tables(state: dict[str, Any]) -> dict[str, dict[int, dict[str, Any]]]:
    """The tables of a `/_state`, with their rows by id."""
    return {
        name: {row["id"]: row for row in rows}
        for name, rows in state.items()
        if isinstance(rows, list) and name != "faults"
    }
