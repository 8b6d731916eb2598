"""Identifies the caller of the API and the cooperation: throttle, slug and token, in the order of Laravel."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from infra.standins.hoomdossier import dossier

if TYPE_CHECKING:
    from flask import Request

    from infra.standins.database import Database, Row

_HOST = re.compile(r"([^.:]+)\.hoomdossier\.")


class Refusal(Exception):
    """An error that the API answers with this status, JSON body and headers."""

    def __init__(self, status: int, body: dict[str, str], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass
class Throttle:
    """Laravel's limiter `api`: at most `calls_per_minute` per address, in the 60 seconds from its first call."""

    calls_per_minute: int = 60
    _windows: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str, now: datetime) -> None:
        """Counts one call. Raises Refusal (429, with Retry-After in seconds) when there were too many."""
        with self._lock:
            started, calls = self._windows.get(address, (now, 0))
            elapsed = (now - started).total_seconds()
            if not 0 <= elapsed < 60:
                started, calls, elapsed = now, 0, 0
            if calls >= self.calls_per_minute:
                raise self._too_many(60 - int(elapsed))
            self._windows[address] = (started, calls + 1)

    def forget(self) -> None:
        """Starts counting anew for every address."""
        with self._lock:
            self._windows.clear()

    def _too_many(self, retry_after: int) -> Refusal:
        headers = {
            "Retry-After": str(retry_after),
            "X-RateLimit-Limit": str(self.calls_per_minute),
            "X-RateLimit-Remaining": "0",
        }
        return Refusal(429, {"message": "Too Many Attempts."}, headers)


def find_cooperation(database: Database, request: Request, default_slug: str) -> Row:
    """The cooperation in the header X-Cooperation-Slug or the host `{slug}.hoomdossier.…`, or else `own_cooperation`.

    Raises Refusal (404) for an unknown slug.
    """
    slug = request.headers.get("X-Cooperation-Slug")
    host = _HOST.match(request.host)
    if slug is None and host:
        slug = host[1]
    if slug is None:
        return own_cooperation(database, default_slug)
    cooperation = dossier.cooperation_by_slug(database, slug)
    if cooperation is None:
        raise Refusal(404, {"message": "No query results for model [App\\Models\\Cooperation]."})
    return cooperation


def own_cooperation(database: Database, default_slug: str) -> Row:
    """The cooperation of this stand-in; the first one when a recorded case was loaded that does not have it."""
    return dossier.cooperation_by_slug(database, default_slug) or database.rows("cooperations")[0]


def find_client(database: Database, request: Request, cooperation: Row) -> Row:
    """The client of the bearer token. Raises Refusal: 401 for an unknown token, 403 for one of another cooperation."""
    _, bearer, token = request.headers.get("Authorization", "").rpartition("Bearer ")
    found = database.rows("personal_access_tokens", name=token.split(",")[0]) if bearer else []
    if not found:
        raise Refusal(401, {"error": "Unauthenticated."})
    abilities = json.loads(found[0]["abilities"])
    if "*" not in abilities and f"access:{cooperation['slug']}" not in abilities:
        raise Refusal(403, {"message": "Unauthorized for current cooperation."})
    return database.rows("clients", id=found[0]["tokenable_id"])[0]


def wants_json(request: Request) -> bool:
    """Laravel answers in JSON only when the first type of `Accept` says so."""
    first = request.headers.get("Accept", "").split(",")[0]
    return "/json" in first or "+json" in first
