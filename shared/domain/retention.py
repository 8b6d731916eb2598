"""How long documents, personal data and dead letters are kept. `work/kinds.py` refers to it in its column `kept`.

Documents are kept long enough for a campaign, and to recognise the same event when it is sent again. Personal data is
dropped earlier: the content of a sign-up when Econobis has it, the content of an event when it is delivered, both also
when their dead letter is dropped, and a resident's name and addresses after PERSONAL. The README has the table for
people under "Retention".
"""

from __future__ import annotations

from datetime import datetime, timedelta

SUBMISSIONS = timedelta(days=365)
RESIDENTS = LINKS = RELAYS = timedelta(days=730)
DOSSIER_REQUESTS = timedelta(days=120)
MAILS = timedelta(days=30)
AUDIT = ERASURES = timedelta(days=730)
DEAD_LETTERS = timedelta(days=90)
"""A dead letter is dropped, with an audit line, when nobody decided for so long. An unsent e-mail goes earlier."""
PERSONAL = timedelta(days=180)
"""How long a resident's name and addresses are kept after the last sign-up, dossier, coach or appointment.

Until then the link may have to send a letter, cancel a visit or ask for the dossier again, and Econobis' webform finds
a contact only by name and addresses.
"""


def expiry(kept: timedelta, now: datetime) -> datetime:
    """When (UTC) a document that is used at `now` (UTC) and kept for `kept` may be deleted."""
    return to_the_day(now + kept)


def personal_until(at: datetime) -> datetime:
    """Until when (UTC) a resident's personal data is kept that was last needed at `at` (UTC)."""
    return to_the_day(at + PERSONAL)


def to_the_day(moment: datetime) -> datetime:
    """The start of that day (UTC): an expiry that is renewed several times a day is written once."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
