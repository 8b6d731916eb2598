"""How long what is not work is kept, and how long personal data. Work: the column `kept` in `work/kinds.py`.

Long enough for a campaign, and to recognise the same event when it is sent again. Personal data goes earlier: the
content of a sign-up once Econobis has it, that of an event once it is delivered, both with a dead letter that nobody
mended, and of a resident all but the ids after PERSONAL. The README says it for people under "Retention".
"""

from __future__ import annotations

from datetime import datetime, timedelta

AUDIT = ERASURES = timedelta(days=730)
DEAD_LETTERS = timedelta(days=90)
"""Shorter than any work is kept, so that a line in the audit says how the letter ended."""
PERSONAL = timedelta(days=180)
"""How long a resident's name and addresses are kept after the last sign-up, dossier, coach or appointment.

Until then a letter may have to go out, a visit be cancelled or a dossier asked for again, and Econobis finds a contact
only by these.
"""


def expiry(kept: timedelta, now: datetime) -> datetime:
    """When a document that is of use `now` (UTC) may be deleted."""
    return to_the_day(now + kept)


def personal_until(at: datetime) -> datetime:
    """Until when (UTC) a resident's personal data is kept that was last needed `at`."""
    return to_the_day(at + PERSONAL)


def to_the_day(moment: datetime) -> datetime:
    """Whole days: so that renewing the moment often does not cost a write each time."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
