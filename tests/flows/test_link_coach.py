"""The coach of a visit is linked to the resident's dossier, as soon as there is one. More in `tests/functions`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from infra.standins.hoomdossier import dossier
from shared.dead_letters.decide import replay
from shared.store.port import Query
from shared.work.requests import want_link
from tests.world.faults import until
from tests.world.residents import COOPERATION, OTHER, Resident, check_whole, dead_letters
from tests.world.sent import answers, calls_of_ours, events, letters, reserved
from tests.world.world import World

MAIL = "    mail:\n      name: Meer Energie\n"
LIEN, BRAM = 21, 22
LIENS, BRAMS = "lien@meer-energie.example", "bram@meer-energie.example"
NO_LINK = '{"building_coach_statuses.coach_contact_id":["Deze coach heeft een onjuiste rol."]}'


def plan_visit(resident: Resident, coach: int) -> int:
    """An employee adds a *kansactie* with this coach in Econobis. Returns the status that the screen gets."""
    world = resident.world
    (intake,) = world.rows(resident.cooperation, "intakes", contact_id=resident.contact_id)
    (opportunity,) = world.rows(resident.cooperation, "opportunities", intake_id=intake["id"])
    (visit,) = world.rows(resident.cooperation, "opportunity_actions", code_ref="visit")
    form = {"opportunityId": opportunity["id"], "opportunityActionId": visit["id"], "organisationOrCoachId": coach}
    url = f"{world.base}/econobis/{resident.cooperation}/api/quotation-request"
    return world.http.post(url, json={**form, "statusId": 7}).status_code


def link(resident: Resident, coach: int) -> int:
    """Calls link-coach as Econobis does. Returns the status of our answer."""
    pair = {"coach_contact_id": coach, "resident_contact_id": resident.contact_id}
    key = {"Authorization": f"Bearer demo-{resident.cooperation}-econobis"}
    path = f"/functions/link-coach/{resident.cooperation}"
    answer = resident.world.post(path, {"building_coach_statuses": pair}, **key)
    return answer.status_code if answer is not None else 0


def coaches(resident: Resident) -> list[Any]:
    """The contact ids of the coaches that are linked in Hoomdossier."""
    tables = resident.world.hoomdossier_rows[resident.cooperation]
    building = dossier.existing_building(tables, resident.building_id)
    return [dossier.contact_id(coach) for coach in dossier.linked_coaches(tables, building)]


def test_the_forms_fixed_coach_is_linked_without_econobis_call(world: World, resident: Resident):
    """Econobis calls for a *kansactie* that staff make, never for one of its webform (known-limits B1)."""
    assert coaches(resident) == [LIEN]
    (call,) = world.received("hoomdossier", COOPERATION, "/building-coach-status")
    pair = {"coach_contact_id": LIEN, "resident_contact_id": resident.contact_id}
    assert json.loads(call["body"]) == {"building_coach_statuses": pair}


def test_each_contact_id_that_is_tried_asks_for_room(adjusted):
    """Hoomdossier may know the resident by the id of a contact that was merged since."""
    with adjusted((MAIL, f"    merged_contacts: {{900: 1001, 901: 1001}}\n{MAIL}")) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert resident.contact_id == 1001
        calls = world.received("hoomdossier", COOPERATION, "/building-coach-status")
        tried = [json.loads(call["body"])["building_coach_statuses"]["resident_contact_id"] for call in calls]
        assert tried == [901, 900, 1001]
        assert coaches(resident) == [LIEN]
        (peer,) = [document.key for document in world.observer.store.find(Query("peers")) if "hoom" in document.key]
        assert reserved(world, peer) == len(calls_of_ours(world, "hoomdossier"))


def test_the_second_contact_id_after_an_outage_is_not_refused_by_the_breaker(adjusted):
    """The answer that the first id is unknown proves that Hoomdossier works, and closes the breaker."""
    with adjusted((MAIL, f"    merged_contacts: {{900: 1001}}\n{MAIL}")) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        world.fault("hoomdossier", COOPERATION, kind="status", status=503, match="/building-coach", times=3)
        link(resident, BRAM)
        until(world, world.clock() + timedelta(minutes=10))
        assert coaches(resident) == [LIEN, BRAM]


def test_a_link_that_needs_two_calls_waits_for_room_for_both(adjusted):
    """Otherwise each try would use the one free slot, find none for its second call, and start again."""
    limit = ("    hoomdossier:\n", "    hoomdossier:\n      calls_per_minute: 6\n")
    with adjusted((MAIL, f"    merged_contacts: {{900: 1001}}\n{MAIL}"), limit) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        world.clock.advance(120)
        for _ in range(6):
            world.clock.advance(10)
            world.observer.limiter.admit(world.observer.limits.hoomdossier(COOPERATION))
        want_link(world.services, COOPERATION, coach=BRAM, resident=resident.contact_id)
        until(world, world.clock() + timedelta(minutes=3))
        assert coaches(resident) == [LIEN, BRAM]


def test_a_form_without_a_coach_links_none(world: World):
    resident = Resident(world, 1, OTHER)
    resident.sign_up()
    world.settle()
    assert not world.received("hoomdossier", OTHER, "/building-coach-status")
    assert coaches(resident) == []


def test_the_coach_of_a_visit_that_staff_plan_is_linked(world: World):
    resident = Resident(world, 1, OTHER)
    resident.sign_up()
    world.settle()
    assert plan_visit(resident, 11) == 201
    world.settle()
    assert coaches(resident) == [11]
    assert len(letters(world, "cora@zonnig-dorp.example")) == 1


def test_a_link_waits_for_the_dossier_and_is_made_right_after_it(adjusted):
    """Hoomdossier refuses the link until then, and Econobis does not ask again (known-limits B3)."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert set(answers(world, "hoomdossier", "/building-coach-status")) == {422}
        assert dead_letters(world) == []
        assert letters(world, LIENS) == []
        began = world.clock()
        assert resident.make_dossier().status_code == 200
        world.settle()
        assert coaches(resident) == [LIEN]
        assert (world.clock() - began).total_seconds() < 60
        assert len(letters(world, LIENS)) == 1


def test_a_waiting_link_is_tried_once_a_day(adjusted):
    """The dossier may be made in Hoomdossier itself, without the link."""
    with adjusted(("dossier: true", "dossier: false")) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        before = len(answers(world, "hoomdossier", "/building-coach-status"))
        for _ in range(4):
            world.clock.advance(86400)
            world.settle()
        assert before + 3 <= len(answers(world, "hoomdossier", "/building-coach-status")) <= before + 5
        assert dead_letters(world) == []


def test_the_note_to_the_coach_is_sent_once(world: World, resident: Resident):
    """Econobis asks again within the minute and a day later."""
    assert link(resident, LIEN) == 200
    world.settle()
    world.clock.advance(86400)
    assert link(resident, LIEN) == 200
    world.settle()
    (letter,) = letters(world, LIENS)
    assert resident.typed["achternaam"] in str(letter.part("text/plain"))
    assert resident.email in str(letter.part("text/plain"))


def test_a_coach_who_is_linked_already_is_no_failure(world: World, resident: Resident):
    """Econobis would show an error although it saved the *kansactie*, so staff would save again (known-limits B2)."""
    world.clock.advance(86400)
    assert link(resident, LIEN) == 200
    assert answers(world, "hoomdossier", "/building-coach-status") == [200, 422]
    assert coaches(resident) == [LIEN]
    check_whole(world)


def test_a_second_click_makes_no_second_call(world: World, resident: Resident):
    """Each link sets the status of the building back to "in progress" (known-limits B6)."""
    assert link(resident, LIEN) == 200
    assert answers(world, "hoomdossier", "/building-coach-status") == [200]


def test_the_coach_who_was_linked_last_gets_the_appointment(world: World, resident: Resident):
    """Econobis sets the date of the visit of the first coach in the event."""
    assert plan_visit(resident, BRAM) == 201
    world.settle()
    assert sorted(coaches(resident)) == [LIEN, BRAM]
    assert len(letters(world, BRAMS)) == 1
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    (event,) = events(world, "afspraak")
    assert [coach["contact_id"] for coach in event["coaches"]] == [BRAM, LIEN]
    visits = {row["contact_id"]: row.get("date_planned") for row in world.rows(COOPERATION, "quotation_requests")}
    assert visits == {LIEN: None, BRAM: "2027-03-05 10:00:00"}


def test_a_refused_link_is_a_dead_letter_and_a_replay_makes_it(world: World):
    """The coach had the wrong role."""
    world.fault("hoomdossier", COOPERATION, kind="status", match="building-coach", status=422, body=NO_LINK)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.collection == "links"
    assert "onjuiste rol" in letter.why
    assert letters(world, LIENS) == []
    replay(world.services, letter, "test")
    world.settle()
    assert coaches(resident) == [LIEN]
    assert len(letters(world, LIENS)) == 1
    check_whole(world)


def test_a_refused_link_is_tried_again_when_econobis_asks_again(world: World):
    world.fault("hoomdossier", COOPERATION, kind="status", match="building-coach", status=422, body=NO_LINK)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert link(resident, LIEN) == 200
    world.settle()
    assert coaches(resident) == [LIEN]
    check_whole(world)
