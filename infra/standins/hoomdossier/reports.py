"""Keeps the report of all data of a cooperation, as `FileStorageController` does: one, for seven days.

The real one is made in the background, by a coordinator or a cooperation-admin; this one is there at once.
"""

from __future__ import annotations

import base64
import secrets
import string
from datetime import timedelta

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import mysql
from infra.standins.hoomdossier.total_report import total_report

_TYPE = "total-report"
_KEPT = timedelta(days=7)


def make_report(database: Database, cooperation: Row) -> Row:
    """Makes the report anew, in place of the one that there was. Returns its row of `file_storages`."""
    filename = f"{_random()}alle-ingevulde-gegevens-met-adresgegevens.csv"
    contents = base64.b64encode(total_report(database, cooperation)).decode()
    now = database.now()
    with database.transaction():
        for old in database.rows("file_storages", cooperation_id=cooperation["id"], file_type=_TYPE):
            database.delete("file_storages", old["id"])
            for file in database.rows("_downloads", filename=old["filename"]):
                database.delete("_downloads", file["id"])
        database.insert("_downloads", filename=filename, contents=contents)
        return database.insert(
            "file_storages",
            cooperation_id=cooperation["id"],
            file_type=_TYPE,
            filename=filename,
            created_at=mysql.local_time(now),
            available_until=mysql.local_time(now + _KEPT),
        )


def kept_report(database: Database, cooperation: Row) -> Row | None:
    """The row of `file_storages` of the report; None when there is none, or it is too old."""
    now = mysql.local_time(database.now())
    made = database.rows("file_storages", cooperation_id=cooperation["id"], file_type=_TYPE)
    return next((report for report in made if report["available_until"] >= now), None)


def read_report(database: Database, report: Row) -> bytes:
    (file,) = database.rows("_downloads", filename=report["filename"])
    return base64.b64decode(file["contents"])


def _random() -> str:
    """The 13 characters before the name: a part of a UUID, and a part of a bcrypt hash without its `/`."""
    letters = f".{string.digits}{string.ascii_letters}"
    return secrets.token_hex(4) + "".join(secrets.choice(letters) for _ in range(5))
