"""Writes the e-mail to a member of staff from what needs a person now: numbers and links, and no names."""

from __future__ import annotations

from datetime import datetime, time
from urllib.parse import urlencode

from shared.domain.local_time import AMSTERDAM
from shared.domain.outgoing_mail import OutgoingMail
from shared.letters.write_letter import Letter
from shared.mail.address import Address
from shared.staff.digest import is_too_late, reader_of
from shared.staff.needs_now import Row, needs_now
from shared.work.services import Services


def write_digest(services: Services, mail: OutgoingMail) -> Letter | None:
    """None when nothing needs a person, when its day is over, or when its reader gets no letters any more.

    Raises StoreUnavailable.
    """
    settings = services.cooperations[mail.cooperation]
    reader = reader_of(settings, mail)
    if settings.mail is None or reader is None or is_too_late(mail, services.clock()):
        return None
    needs = needs_now(services, mail.cooperation)
    if not needs.rows:
        return None
    pages = f"{services.queue.target_url('show-staff')}/{mail.cooperation}"
    facts = {
        "url": f"{pages}/",
        "people": needs.people,
        "trouble": needs.trouble,
        "rows": [_facts(row, pages) for row in needs.rows],
    }
    return Letter("staff_digest", Address("", reader.email), facts)


def _facts(row: Row, pages: str) -> dict[str, object]:
    page = "residents"
    query: dict[str, object] = {"waits_for": row.waits_for, "longer": row.limit_days}
    if row.kind == "trouble":
        page, query = "trouble", {"kind": row.collection}
    return {
        "about": row.collection or row.waits_for,
        "count": row.count,
        "since": datetime.combine(row.since, time(), AMSTERDAM),
        "days": row.limit_days,
        "url": f"{pages}/{page}?{urlencode(query)}",
    }
