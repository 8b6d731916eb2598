"""How a coordinator makes a report in Power BI or Excel: steps, with the addresses of this cooperation."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit
from shared.feed.reports import show_reports


def show(visit: Visit) -> Response:
    """Without keys: the settings know only their hashes."""
    return visit.page("reports.html", its=show_reports(visit.services, visit.cooperation), feeds=visit.settings.feeds)
