"""What needs staff now."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit
from shared.staff.needs_now import needs_now


def show(visit: Visit) -> Response:
    """The first page of a cooperation."""
    return visit.page("needs_now.html", needs=needs_now(visit.services, visit.cooperation))
