"""The key in the URL: which webform it opens, and how many calls per minute that webform allows.

The web form and every `/hoomdossier/*` endpoint share both (docs/peers/econobis.md 4.1).
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from infra.standins.database import Database, Row
from infra.standins.econobis import php

WINDOW = timedelta(seconds=60)
LIMIT_MESSAGE = "Maximum aantal aanroepen per minuut is bereikt."


def find_webform(database: Database, api_key: str) -> Row | None:
    """The first webform with this key whose `date_start` and `date_end`, both inclusive, allow today.

    Econobis compares keys with PHP's `==` (known-limits E20).
    """
    today = database.now().date()
    forms = [form for form in database.rows("webforms") if php.equal(str(form.get("api_key") or ""), api_key)]
    return next((form for form in forms if _is_open(form, today)), None)


def count_request(database: Database, webform: Row) -> bool:
    """Adds this call to `last_requests`; False when the webform had its number of calls in the last 60 seconds.

    Call it inside the transaction of the call: a refused or failed call is rolled back, so it does not count.
    """
    now = int(database.now().timestamp())
    counted = [*(at for at in _last_requests(webform) if at > now - WINDOW.total_seconds()), now]
    database.update("webforms", webform["id"], last_requests=counted)
    return len(counted) <= int(webform.get("max_requests_per_minute") or 0)


def _last_requests(webform: Row) -> list[int]:
    """A recorded case gives the column as the real database holds it: JSON in a text."""
    stored = webform.get("last_requests") or []
    requests: list[int] = json.loads(stored) if isinstance(stored, str) else stored
    return requests


def _is_open(webform: Row, today: date) -> bool:
    start, end = (_date(webform.get(column)) for column in ("date_start", "date_end"))
    return (start is None or start <= today) and (end is None or end >= today)


def _date(value: str | None) -> date | None:
    return datetime.fromisoformat(value).date() if value else None
