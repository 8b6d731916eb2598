"""The zip with all that is kept of a person: `gegevens.json` for another system, `gegevens.html` to read, and files."""

from __future__ import annotations

import zipfile
from io import BytesIO

from flask import Response

from functions.staff.render import render
from functions.staff.visit import Visit
from shared import retention
from shared.domain.local_time import AMSTERDAM
from shared.staff.export import HASHES, Export

JSON, HTML, FOLDER = "gegevens.json", "gegevens.html", "bestanden"


def as_zip(visit: Visit, export: Export) -> Response:
    """The zip as a download. Its name holds the number of the contact and no name."""
    html = render(
        "export.html",
        visit.language,
        export=export,
        settings=visit.settings,
        kept=[(piece, retention.row(piece.collection)) for piece in export.pieces],
        personal_days=retention.row("personal")["days"],
        hashes=HASHES,
        folder=FOLDER,
    )
    answer = Response(_zipped(export, html), mimetype="application/zip")
    contact = export.contacts[0] if len(export.contacts) == 1 else visit.settings.current_contact(export.contacts[0])
    answer.headers["Content-Disposition"] = f'attachment; filename="gegevens-{export.cooperation}-{contact}.zip"'
    return answer


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
