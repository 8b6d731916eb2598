"""Makes the bodies of Hoomdossier's events, and deletes a dossier as Hoomdossier does."""

from __future__ import annotations

import base64
from typing import Any

from infra.standins.hoomdossier import actions, dossier
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

REPORT = b"%PDF-1.4 a report"


def built(year: int) -> dict[str, Any]:
    """Home data with one answer: the year in which the home was built."""
    answer = {"value": year, "name": str(year), "short": None}
    return {"current": {"build-year": {"id": 5, "short": "build-year", "name": "Bouwjaar", "answers": answer}}}


def report(body: bytes) -> dict[str, Any]:
    return {"pdf": {"contents": base64.b64encode(body).decode()}}


PDF = report(REPORT)


def delete(world: World, resident: Resident) -> dict[str, Any]:
    """Deletes the dossier in Hoomdossier without sending the event. Returns the event's `account_related`."""
    rows, related = world.hoomdossier_rows[COOPERATION], resident.related
    building = dossier.existing_building(rows, resident.building_id)

    class Nobody:
        def user_deleted(self, _related: Any) -> None: ...

    actions.delete_resident(rows, Nobody(), building)
    return related


def tell_deleted(world: World, related: dict[str, Any]) -> None:
    """Sends the `delete` event of a dossier."""
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/delete"
    answer = world.post(path, {"account_related": related})
    assert answer is not None
    assert answer.status_code == 200
