"""How long each kind of document is kept after it was last of use. The store forgets it by `expires_at`.

Long enough for a campaign and for the same event sent again; what is personal goes earlier: a sign-up's content once
Econobis has it, an event's once it was delivered, and both with the dead letter that nobody mended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

KEPT = {
    "submissions": timedelta(days=365),
    "residents": timedelta(days=730),
    "dossier_requests": timedelta(days=90),
    "links": timedelta(days=730),
    "relays": timedelta(days=730),
    "mails": timedelta(days=30),
    "erasures": timedelta(days=730),
    "audit": timedelta(days=730),
}
DEAD_LETTERS = timedelta(days=90)


def expiry(collection: str, now: datetime) -> datetime:
    """To the day, so that one that is renewed often is not written for that alone."""
    return (now + KEPT[collection]).replace(hour=0, minute=0, second=0, microsecond=0)
