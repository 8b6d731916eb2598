"""The key in the URL: which webform it opens, and how many calls a minute it allows.

The webform and every `/hoomdossier/*` endpoint share both (`docs/peers/econobis.md` 4.1).
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from infra.standins.database import Database, Row

WINDOW = timedelta(seconds=60)
LIMIT_MESSAGE = "Maximum aantal aanroepen per minuut is bereikt."

_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*")


def find_webform(database: Database, api_key: str) -> Row | None:
    """The first webform with this key whose `date_start` and `date_end`, both inclusive, allow today."""
    today = database.now().date()
    return next((form for form in database.rows("webforms") if _opens(form, api_key) and _is_open(form, today)), None)


def count_request(database: Database, webform: Row) -> bool:
    """Counts this call in `last_requests` and tells whether it fits in the key's sliding 60 seconds.

    To be called inside the call's transaction: a refused or failed call is rolled back and does not count.
    """
    now = int(database.now().timestamp())
    counted = [*(at for at in _last_requests(webform) if at > now - WINDOW.total_seconds()), now]
    database.update("webforms", webform["id"], last_requests=counted)
    return len(counted) <= int(webform.get("max_requests_per_minute") or 0)


def _last_requests(webform: Row) -> list[int]:
    """A recorded case gives the column as it lies in the database: JSON in a text."""
    stored = webform.get("last_requests") or []
    requests: list[int] = json.loads(stored) if isinstance(stored, str) else stored
    return requests


def _opens(webform: Row, api_key: str) -> bool:
    """PHP's `==` on two texts: equal as text, or equal as numbers when both are numbers (`1e3` opens `1000`)."""
    stored = str(webform.get("api_key") or "")
    if _NUMBER.fullmatch(stored) and _NUMBER.fullmatch(api_key):
        return Decimal(stored.strip()) == Decimal(api_key.strip())
    return stored == api_key


def _is_open(webform: Row, today: date) -> bool:
    start, end = (_date(webform.get(column)) for column in ("date_start", "date_end"))
    return (start is None or start <= today) and (end is None or end >= today)


def _date(value: str | None) -> date | None:
    return datetime.fromisoformat(value).date() if value else None
