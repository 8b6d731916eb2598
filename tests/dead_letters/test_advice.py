"""The advice of a dead letter fits what happened."""

from __future__ import annotations

import json

from shared.domain.dead_letter_texts import ERRORS
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World


def advice(world: World) -> str:
    (letter,) = dead_letters(world)
    return letter.advice


def test_a_dead_letter_about_an_expired_key_names_the_key(world: World, resident: Resident):
    (webform,) = world.econobis_rows[COOPERATION].rows("webforms", api_key=f"demo-{COOPERATION}-events")
    world.econobis_rows[COOPERATION].update("webforms", webform["id"], date_end="2020-01-01")
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert "event_key" in advice(world)
    assert "geen bezoek" not in advice(world)


def test_a_dead_letter_about_a_deleted_contact_says_that_it_is_gone(world: World, resident: Resident):
    """Econobis can delete contacts for good (known-limits G3). Each retry would be one more mail to its staff."""
    world.econobis_rows[COOPERATION].delete("contacts", resident.contact_id)
    assert resident.tell("gebruik") == 200
    world.settle()
    assert len(world.received("econobis", COOPERATION, "/gebruik")) == 1
    assert advice(world) == ERRORS["ContactGone"]


def test_a_refusal_of_hoomdossier_is_not_attributed_to_econobis(world: World):
    body = json.dumps({"address.street": ["De straat is te lang."]})
    world.fault("hoomdossier", COOPERATION, kind="status", match="register", status=422, body=body, times=9)
    assert Resident(world, 1).sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert (letter.collection, letter.why) == ("dossier_requests", "De straat is te lang.")
    assert "Hoomdossier maakte dit dossier niet" in letter.advice
