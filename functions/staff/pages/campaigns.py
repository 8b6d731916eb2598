"""All campaigns of a cooperation, a row each."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit
from shared.staff.campaign import WEEKS, read_campaigns


def show(visit: Visit) -> Response:
    """The list."""
    campaigns = read_campaigns(visit.services, visit.cooperation)
    return visit.page("campaigns.html", campaigns=campaigns, all_weeks=WEEKS)
