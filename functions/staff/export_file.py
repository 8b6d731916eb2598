"""The zip with all that is kept of a person: `gegevens.json` for another system, `gegevens.html` to read, and files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from flask import Response

from functions.staff.language import Language
from functions.staff.render import render
from functions.staff.visit import Visit
from shared import retention
from shared.clock import from_text
from shared.config import Cooperation
from shared.domain.cause_titles import TITLES, title_of
from shared.domain.local_time import AMSTERDAM, from_amsterdam
from shared.econobis.form_fields import LABELS
from shared.staff.export import HASHES, Export
from shared.staff.rows import campaign_name

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")  # of `clock.to_text`
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")  # of `domain/local_time.py`
_NOTHING: tuple[object, ...] = (None, "", [], {})
JSON, HTML, FOLDER = "gegevens.json", "gegevens.html", "bestanden"
MARKS = frozenset(HASHES) - {"name"} | {
    "batch", "blob", "confirmation", "cursor", "generation", "lease_until", "left", "rank", "reader", "replayed_by",
    "same_as", "tally", "told", "traceparent",
}  # fmt: skip
"""Fields with a mark that the link works with, which tells a reader nothing: they stand in the JSON only."""
THEIRS, ITEMS = frozenset({"payload", "plan"}), "items"
"""Fields with what Hoomdossier sent, under its own names; and the field with its events by kind, such as `plan`."""


def as_zip(visit: Visit, export: Export) -> Response:
    """The zip as a download. Its name holds the number of the contact and no name."""
    html = as_html(export, visit.settings, visit.language)
    answer = Response(_zipped(export, html), mimetype="application/zip")
    contact = export.contacts[0] if len(export.contacts) == 1 else visit.settings.current_contact(export.contacts[0])
    answer.headers["Content-Disposition"] = f'attachment; filename="gegevens-{export.cooperation}-{contact}.zip"'
    return answer


def as_html(export: Export, settings: Cooperation, language: Language) -> str:
    """The file to read: in the words of the pages, without codes."""
    return render(
        "export.html",
        language,
        export=export,
        settings=settings,
        kept=[(readable(piece.data), retention.row(piece.collection), piece.collection) for piece in export.pieces],
        settings_about=readable(export.settings),
        personal_days=retention.row("personal")["days"],
        hashes=HASHES,
        folder=FOLDER,
        filled=filled,
        is_theirs=is_theirs,
        titles=TITLES,
        title_of=title_of,
        form_labels=LABELS,
        campaign_name=partial(campaign_name, settings),
    )


def filled(
    data: Mapping[str, Any], labels: Mapping[str, str] | None = None, *, known: bool = True
) -> list[tuple[str, Any]]:
    """The fields that have a value; with `labels` only those that have one, or have none when not `known`."""
    fields = [(name, value) for name, value in data.items() if value not in _NOTHING]
    return fields if labels is None else [(name, value) for name, value in fields if (name in labels) == known]


def readable(value: Any, field: str = "") -> Any:
    """The same without marks. Every moment is one and no text, so that the page shows it in Amsterdam's time.

    `field` is the field that holds the value.
    """
    match value:
        case dict() if not is_theirs(field, value):
            kept = {name: inner for name, inner in value.items() if not _is_mark(name)}
            return {name: readable(inner, "" if field == ITEMS else name) for name, inner in kept.items()}
        case list():
            return [readable(inner) for inner in value]
        case str():
            return _moment(value) or value
    return value


def _moment(text: str) -> datetime | None:
    """None for any other text, also what a resident typed in that form."""
    with suppress(ValueError, OverflowError):
        if _MOMENT.fullmatch(text):
            return from_text(text)
        if _LOCAL.fullmatch(text):
            return from_amsterdam(text)
    return None


def is_theirs(field: str, value: Any) -> bool:
    """Whether it is what Hoomdossier sent, under its own names."""
    return field in THEIRS and isinstance(value, dict)


def _is_mark(name: str) -> bool:
    return name in MARKS or name == "trouble" or name.startswith("trouble_")


def _zipped(export: Export, html: str) -> bytes:
    file, made_at = BytesIO(), export.at.astimezone(AMSTERDAM).timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (
            (HTML, html.encode()),
            (JSON, export.as_json()),
            *((f"{FOLDER}/{it.name}", it.body) for it in export.files if it.body is not None),
        ):
            packed.writestr(zipfile.ZipInfo(name, made_at), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
