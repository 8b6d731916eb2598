"""The e-mail to staff at seven (Amsterdam) on working days, about what needs a person. `digest_letter.py` writes it.

`sweep` calls this every five minutes. A letter is made for each reader, and its text when it is sent: nothing is sent
when nothing needs a person then. Public holidays are working days here: a letter too many on Easter Monday harms
nobody, while a list of holidays has to be kept up, for each country.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial

from shared.config import Cooperation, Staff
from shared.domain.keys import secret_key
from shared.domain.local_time import AMSTERDAM
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.stored_model import StoredModel
from shared.work.records import Records
from shared.work.requests import want_email
from shared.work.services import Services

BEGINS, ENDS = time(7), time(12)
"""Between these times in Amsterdam a letter is made: at seven, or later that morning when the link was down."""
SATURDAY = 5
MARKER = "staff-digests"


class Digests(StoredModel):
    """`day`: the last day (Amsterdam, `2026-11-26`) for which all letters were made."""

    day: str = ""


def make_digests(services: Services) -> int:
    """Makes today's letters, once for each reader. Returns for how many readers. Raises StoreUnavailable.

    Outside the morning it reads nothing, and after the letters were made one document. A crash in between makes no
    letter twice: its key names cooperation, day and reader.
    """
    now = services.clock().astimezone(AMSTERDAM)
    readers = list(_readers(services))
    if not readers or now.weekday() >= SATURDAY or not BEGINS <= now.time() < ENDS:
        return 0
    markers, day = Records(services.store, "cursors", Digests), f"{now:%Y-%m-%d}"
    marker = markers.get(MARKER)
    if marker and marker.day >= day:
        return 0
    for cooperation, reader in readers:
        want_email(services, f"staff_digest-{cooperation}:{day}:{reader}", cooperation, "staff_digest", reader=reader)
    markers.update(MARKER, partial(_made_for, day))
    return len(readers)


def _made_for(day: str, record: Digests | None) -> Digests:
    marker = record or Digests()
    marker.day = max(day, marker.day)
    return marker


def _readers(services: Services) -> Iterator[tuple[str, str]]:
    """Cooperation and keyed hash of each reader. `want_email` makes no letter for a cooperation without mail."""
    for name, settings in services.cooperations.items():
        for member in settings.staff:
            if member.gets_digest:
                yield name, _hash(settings, name, member)


def reader_of(settings: Cooperation, mail: OutgoingMail) -> Staff | None:
    """Who gets this letter now; None when that person was taken out of the settings, or wants no letter any more."""
    found = (it for it in settings.staff if it.gets_digest and _hash(settings, mail.cooperation, it) == mail.reader)
    return next(found, None)


def _hash(settings: Cooperation, cooperation: str, member: Staff) -> str:
    return secret_key(settings.econobis.webform_key.value, cooperation, "staff", member.email.casefold())


def is_too_late(mail: OutgoingMail, now: datetime) -> bool:
    """Whether the working day of this letter is over, because the mail server was away. The next day has its own."""
    made, local = mail.accepted_at.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM)
    return local.date() != made.date() or local.time() >= time(18)
