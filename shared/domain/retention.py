"""How long each kind of document is kept after it was last of use. The store forgets it by `expires_at`.

Long enough for a campaign and for the same event sent again; what is personal goes earlier: a sign-up's content once
Econobis has it, an event's once it was delivered, both with the dead letter that nobody mended, and of a resident all
but the ids after PERSONAL. The README's table ("Retention") says it for people.
"""

from __future__ import annotations

from datetime import datetime, timedelta

KEPT = {
    "submissions": timedelta(days=365),
    "residents": timedelta(days=730),
    "dossier_requests": timedelta(days=120),
    "links": timedelta(days=730),
    "relays": timedelta(days=730),
    "mails": timedelta(days=30),
    "erasures": timedelta(days=730),
    "audit": timedelta(days=730),
}
DEAD_LETTERS = timedelta(days=90)
"""Less than any work is kept, so that its end is written down."""
PERSONAL = timedelta(days=180)
"""A resident's name and addresses, after the last sign-up, dossier, coach or appointment.

Until then a letter may have to go out, a visit be cancelled or a dossier asked for again, and Econobis finds a contact
only by these.
"""


def expiry(collection: str, now: datetime) -> datetime:
    return _to_the_day(now + KEPT[collection])


def personal_until(at: datetime) -> datetime:
    return _to_the_day(at + PERSONAL)


def _to_the_day(moment: datetime) -> datetime:
    """So that what is renewed often is not written for that alone."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
