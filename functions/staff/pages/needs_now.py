"""What needs staff now."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit


def show(visit: Visit) -> Response:
    """The first page of a cooperation."""
    return visit.page("needs_now.html")
