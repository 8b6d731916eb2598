"""Who did what: the audit trail, which can be searched."""

from __future__ import annotations

import re

from flask import Response

from functions.staff.visit import Visit
from shared.domain.ids import ContactId
from shared.staff.audit_trail import ACTIONS, Searched, trail


def show(visit: Visit) -> Response:
    """A page of lines, the newest first. `q` is a person's e-mail address or a contact number."""
    typed, action = visit.request.args.get("q", "").strip(), visit.request.args.get("action", "")
    is_contact = re.fullmatch(r"[1-9][0-9]{0,17}", typed) is not None
    searched = Searched(
        by="" if is_contact else typed,
        action=action if action in ACTIONS else "",
        contact_id=ContactId(int(typed)) if is_contact else None,
    )
    lines, more = trail(visit.services, visit.cooperation, searched, visit.request.args.get("after", ""))
    return visit.page("audit.html", lines=lines, more=more, typed=typed, searched=searched, actions=ACTIONS)
