"""The feed of appointments that we propose: infra/openapi/hoomdossier-appointments.yaml. Hoomdossier has none.

An entry has the fields of the push `afspraak`, and the conditions are the same: the resident has a contact id and at
least one coach is linked. Each building comes once, with its newest state, ordered by (updated_at, building id).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, payloads
from infra.standins.hoomdossier.register_request import Problems

Position = tuple[str, int]  # updated_at, building id


@dataclass(frozen=True)
class Query:
    """`updated_since` is UTC (`dossier.moment_text`); `after` is the position of the last entry that was read."""

    updated_since: str
    after: Position
    limit: int


def parse(arguments: Mapping[str, str]) -> tuple[Query, Problems]:
    """Reads the query string. Returns the texts per field too: use the query only when there are none."""
    problems: Problems = {}
    since, after, limit = "", ("", 0), 100
    try:
        moment = datetime.fromisoformat(arguments.get("updated_since", "1970-01-01T00:00:00Z"))
        since = dossier.moment_text(moment) if moment.tzinfo else ""
    except (ValueError, OverflowError):
        since = ""
    if not since:
        problems["updated_since"] = ["De updated since moet een tijdstip met zone zijn, zoals 2026-12-01T09:00:00Z."]
    try:
        after = _position(arguments["cursor"]) if "cursor" in arguments else after
    except (ValueError, TypeError, RecursionError, binascii.Error):
        problems["cursor"] = ["De cursor is ongeldig."]
    given = arguments.get("limit", "100")
    if given.isascii() and given.isdigit() and 1 <= int(given) <= 500:
        limit = int(given)
    else:
        problems["limit"] = ["De limit moet een getal van 1 tot en met 500 zijn."]
    return Query(since, after, limit), problems


def page(database: Database, cooperation: Row, query: Query) -> Row:
    """One page. A building that changes during the reading moves to the end of the feed, so a reader misses nothing."""
    with database.transaction():
        changed = sorted(
            (_updated_at(status), building["id"], status["id"])
            for building, status in _appointments(database, cooperation)
            if _updated_at(status) >= query.updated_since and (_updated_at(status), building["id"]) > query.after
        )
        chosen = changed[: query.limit]
        data = [_entry(database, building_id, status_id) for _, building_id, status_id in chosen]
    return {"data": data, "next_cursor": _cursor(chosen[-1][:2]) if len(changed) > len(chosen) else None}


def _appointments(database: Database, cooperation: Row) -> Iterator[tuple[Row, Row]]:
    """The buildings that have or had an appointment, each with its current status."""
    for user in database.rows("users", cooperation_id=cooperation["id"]):
        building = dossier.building_of(database, user)
        if building is None or not dossier.is_related_with_econobis(user):
            continue
        statuses = database.rows("building_statuses", building_id=building["id"])
        if any(row.get("appointment_date") for row in statuses) and dossier.linked_coaches(database, building):
            yield building, statuses[-1]


def _entry(database: Database, building_id: int, status_id: int) -> Row:
    building = dossier.existing_building(database, building_id)
    status = database.rows("building_statuses", id=status_id)[0]
    return {
        "id": status_id,
        "updated_at": _updated_at(status),
        "coaches": [],
        **payloads.build(database, "afspraak", building),
    }


def _updated_at(status: Row) -> str:
    return str(status["created_at"])


def _cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position(cursor: str) -> Position:
    updated_at, building_id = json.loads(base64.urlsafe_b64decode(cursor))
    return str(updated_at), int(building_id)
