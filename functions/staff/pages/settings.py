"""The settings of a cooperation as the link understood them, and the addresses to type elsewhere."""

from __future__ import annotations

from flask import Response

from functions.staff.visit import Visit
from shared.staff.settings_shown import show_settings


def show(visit: Visit) -> Response:
    """Without secrets: only whether a key is there."""
    services, address_of = visit.services, visit.services.queue.target_url
    shown = show_settings(visit.cooperation, visit.settings, address_of, services.today, services.event_hosts)
    return visit.page("settings.html", shown=shown, settings=visit.settings)
