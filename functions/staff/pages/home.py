"""The first page: the cooperations that this person may see. With only one it goes there at once."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit


def show(visit: Visit) -> Response:
    """The list, or 303 to the only cooperation."""
    if len(visit.cooperations) == 1:
        return visit.go(visit.url("needs_now.show", cooperation=visit.cooperations[0]))
    return visit.page("home.html")
