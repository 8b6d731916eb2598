"""A table as JSON Lines, for programs: rows, who was removed, and a cursor to ask later for what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Request, Response

from functions.feed.reader import Reader
from functions.feed.streamed import streamed
from shared import wiring
from shared.clock import from_text, to_text
from shared.errors import BadInput
from shared.feed.removed import removed_since
from shared.feed.scan import Asked, Scan
from shared.feed.sets import EntitySet
from shared.retention import ERASURES

_OVERLAP = timedelta(seconds=60)
"""How much older a cursor is than its answer: a change may be stored a while after the moment that it bears."""
_CURSOR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def answer(request: Request, reader: Reader, table: EntitySet) -> Response:
    """200 with the rows, while they are read; an answer that broke off has no cursor at its end.

    Refuses with 400 a cursor that is none, and with 410 one from before the erasures that are still known.
    """
    now = wiring.services().clock()
    since = _since(request, table, now)
    if since and from_text(since) < now - ERASURES:
        text = "Deze cursor is te oud: wie sindsdien gewist is, weten we niet meer. Lees alles opnieuw."
        raise BadInput({"since": [text]}, 410)
    return streamed(_lines(reader, table, since, now), "application/jsonl; charset=utf-8")


def _since(request: Request, table: EntitySet, now: datetime) -> str | None:
    given = request.args.getlist("since")
    if not given:
        return None
    try:
        if len(given) > 1 or not table.has_changed_at or not _CURSOR.fullmatch(given[0]):
            raise ValueError
        if from_text(given[0]) > now:
            raise ValueError  # With it what changes until then would never be told.
    except ValueError:
        raise BadInput({"since": ["Dit is geen cursor van deze tabel."]}, 400) from None
    return given[0]


def _lines(reader: Reader, table: EntitySet, since: str | None, now: datetime) -> Iterator[bytes]:
    """Who was removed comes first, so that whoever came back since is there afterwards."""
    services = wiring.services()
    if since:
        for resident_id in removed_since(services, reader.cooperation, since):
            yield _line({"removed": resident_id})
    asked = Asked(table, reader.personal, order="changed_at" if since else "key", since=since)
    columns = [column.name for column in table.columns_for(reader.personal)]
    for _, row in Scan(services, reader.cooperation, asked):
        yield _line({name: row.get(name) for name in columns})
    yield _line({"cursor": to_text(now - _OVERLAP) if table.has_changed_at else None})


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
