"""Residents of `tests/fixtures/import/total-report.csv` whom the link knows, for the tests of the import page."""

from __future__ import annotations

from typing import Any

from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.resident import Person, Resident
from shared.work.services import Services
from tests.world.functions_over_http import Machine
from tests.world.trouble import keep

BEA, KEES, DIRK, ZOE = 1002, 1003, 1004, 1005
BUILDINGS = {BEA: 30002, KEES: 30003, DIRK: 30004, ZOE: 30005}


def know(services: Services, contact_id: int) -> None:
    """As it stands after Hoomdossier answered, with the numbers of the file."""
    now = services.clock()
    resident = Resident.first_seen("zonnig-dorp", ContactId(contact_id), now)
    resident.person = Person(first_name="Ria", last_name=f"Nummer {contact_id}")
    resident.building_id, resident.user_id = BUILDINGS[contact_id], contact_id + 19000
    resident.named_coach = ContactId(11)
    resident.set_account(contact_id + 9000, now)
    keep(services, of_contact("zonnig-dorp", ContactId(contact_id)), resident)


def relays(link: Machine) -> dict[int, dict[str, Any]]:
    """What was accepted for delivery, by the number of the home."""
    return {it["building_id"]: it for it in link.documents("relays").values()}
