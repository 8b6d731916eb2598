"""Who did what: the audit trail, which can be searched."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit
from shared.domain.ids import ContactId, read_id
from shared.staff.audit_trail import ACTIONS, Searched, trail


def show(visit: Visit) -> Response:
    """A page of lines, the newest first. `q` is a person's e-mail address or a contact number."""
    typed, action = visit.request.args.get("q", "").strip(), visit.request.args.get("action", "")
    contact_id = read_id(typed)
    searched = Searched(
        by="" if contact_id else typed,
        action=action if action in ACTIONS else "",
        contact_id=ContactId(contact_id) if contact_id else None,
    )
    lines, more = trail(visit.services, visit.cooperation, searched, visit.request.args.get("after", ""))
    return visit.page("audit.html", lines=lines, more=more, typed=typed, searched=searched, actions=ACTIONS)
