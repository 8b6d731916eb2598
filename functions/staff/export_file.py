"""The zip with all that is kept of a person: `gegevens.json` for another system, `gegevens.html` to read, and files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Response

from functions.staff.render import render
from functions.staff.visit import Visit
from shared import retention
from shared.clock import from_text
from shared.domain.local_time import AMSTERDAM
from shared.staff.export import HASHES, Export

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")  # of `clock.to_text`
_NOTHING: tuple[object, ...] = (None, "", [], {})
JSON, HTML, FOLDER = "gegevens.json", "gegevens.html", "bestanden"


def as_zip(visit: Visit, export: Export) -> Response:
    """The zip as a download. Its name holds the number of the contact and no name."""
    html = render(
        "export.html",
        visit.language,
        export=export,
        settings=visit.settings,
        kept=[(readable(piece.data), retention.row(piece.collection), piece.collection) for piece in export.pieces],
        personal_days=retention.row("personal")["days"],
        hashes=HASHES,
        folder=FOLDER,
        filled=filled,
    )
    answer = Response(_zipped(export, html), mimetype="application/zip")
    contact = export.contacts[0] if len(export.contacts) == 1 else visit.settings.current_contact(export.contacts[0])
    answer.headers["Content-Disposition"] = f'attachment; filename="gegevens-{export.cooperation}-{contact}.zip"'
    return answer


def filled(
    data: Mapping[str, Any], labels: Mapping[str, str] | None = None, *, known: bool = True
) -> list[tuple[str, Any]]:
    """The fields that have a value; with `labels` only those that have one, or have none when not `known`."""
    fields = [(name, value) for name, value in data.items() if value not in _NOTHING]
    return fields if labels is None else [(name, value) for name, value in fields if (name in labels) == known]


def readable(value: Any) -> Any:
    """The same, in which every moment is one and no text, so that the page shows it in Amsterdam's time."""
    match value:
        case dict():
            return {name: readable(inner) for name, inner in value.items()}
        case list():
            return [readable(inner) for inner in value]
        case str() if _MOMENT.fullmatch(value):
            return from_text(value)
    return value


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
