"""How long documents, personal data, dead letters and files are kept: the days in `retention.json`, beside this file.

That table also says in Dutch what personal data each row holds, and why. Terraform reads it too; README, "Retention"
and `docs/privacy.md` show it. `work/kinds.py` refers to this file in its column `kept`.

Documents are kept long enough for a campaign, and to recognise the same event when it is sent again. Personal data is
dropped earlier: the content of a sign-up when Econobis has it, the content of an event when it is delivered, both also
when their dead letter is dropped, and a resident's name and addresses after PERSONAL.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_TABLE = json.loads(pkgutil.get_data(__name__, "retention.json") or b"")


def _kept(what: str) -> timedelta:
    return timedelta(days=_TABLE[what]["days"])


CONFIRMATIONS = _kept("confirmations")
"""How long a sign-up can be confirmed, counted from its last letter."""
SUBMISSIONS = _kept("submissions")
RESIDENTS = _kept("residents")
RELAYS = _kept("relays")
LINKS = _kept("links")
DOSSIER_REQUESTS = _kept("dossier_requests")
ADDRESS_LOOKUPS = _kept("address_lookups")
MAILS = _kept("mails")
REPLAYS = _kept("replays")
AUDIT = _kept("audit")
ERASURES = _kept("erasures")
DEAD_LETTERS = _kept("dead_letters")
"""A dead letter is dropped, with an audit line, when nobody decided for so long. An unsent e-mail goes earlier."""
PERSONAL = _kept("personal")
"""How long a resident's name and addresses are kept after the last sign-up, dossier, coach or appointment.

Until then the link may have to send a letter, cancel a visit or ask for the dossier again, and Econobis' webform finds
a contact only by name and addresses.
"""
BLOBS = _kept("blobs")
"""How long a blob is kept that nobody deletes: longer than any document refers to one, dead letters included."""

# What Google keeps. Terraform sets it, and doctor compares.
LOGS = _kept("logs")
BACKUPS = _kept("backups")
DELETED_FILES = _kept("deleted_files")


def row(what: str) -> Mapping[str, Any]:
    """A row of the table: `what` it is, the personal `data` in it and `why` (Dutch); for how many `days`, or None."""
    found: Mapping[str, Any] = _TABLE[what]
    return found


def expiry(kept: timedelta, now: datetime) -> datetime:
    """When (UTC) a document that is used at `now` (UTC) and kept for `kept` may be deleted."""
    return to_the_day(now + kept)


def personal_until(at: datetime) -> datetime:
    """Until when (UTC) a resident's personal data is kept that was last needed at `at` (UTC)."""
    return to_the_day(at + PERSONAL)


def to_the_day(moment: datetime) -> datetime:
    """The start of that day (UTC): an expiry that is renewed several times a day is written once."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
