"""The timeline of a resident and what waits for him, from what really happened in a world."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.dead_letters.decide import close
from shared.domain.ids import ContactId
from shared.domain.resident import Resident as StoredResident
from shared.domain.submission import Submission
from shared.errors import StoreUnavailable
from shared.staff.kept import kept_of
from shared.staff.mend import settle, try_resident_now, try_sign_up_now
from shared.staff.resident import Shown, show_resident, show_sign_up
from shared.staff.waiting import Waiting
from tests.world.faults import EMAIL_TAKEN, fails, refused_dossier
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World

STAFF = "coordinator@meer-energie.example"


def shown(world: World, resident: Resident) -> Shown:
    found = show_resident(world.observer, COOPERATION, ContactId(resident.contact_id), STAFF)
    assert found
    return found


def told(found: Shown) -> list[str]:
    return [f"{entry.what} {entry.facts['event']}" if "event" in entry.facts else entry.what for entry in found.story]


def test_the_whole_journey_is_told_in_its_order(world: World, resident: Resident):
    world.clock.advance(3600)
    visit = (world.clock() + timedelta(days=2)).strftime("%Y-%m-%d 10:00:00")
    assert resident.set_appointment(visit)
    world.settle()
    world.clock.advance(timedelta(days=3).total_seconds())
    assert resident.tell("woning-status", status={"id": 5, "short": "executed", "name": "Uitgevoerd"}) == 200
    assert resident.tell("woonplan") == 200
    world.settle()
    try_resident_now(world.observer, COOPERATION, ContactId(resident.contact_id), STAFF)
    found = shown(world, resident)
    story = told(found)
    in_order = [
        "signed_up", "took_sign_up", "asked_dossier", "dossier", "welcomed", "coach_linked", "coach_told",
        "told appointment", "took_event appointment", "visited", "told status", "took_event status", "took_event plan",
    ]  # fmt: skip
    assert [what for what in story if what in in_order] == in_order
    assert {"asked_link", "appointment_made", "appointment", "told plan", "plan"} <= set(story)
    assert [entry.at for entry in found.story] == sorted(entry.at for entry in found.story)
    assert found.coach == "Lien Peeters"
    assert (found.letters, found.waiting, found.can_hurry) == ([], [], False)


def test_a_removed_date_of_a_visit_that_was_done_is_said(world: World, resident: Resident):
    world.clock.advance(3600)
    assert resident.set_appointment((world.clock() + timedelta(days=2)).strftime("%Y-%m-%d 10:00:00"))
    world.settle()
    world.clock.advance(timedelta(days=3).total_seconds())
    assert resident.tell("woning-status", status={"id": 5, "short": "executed", "name": "Uitgevoerd"}) == 200
    world.settle()
    assert not shown(world, resident).removal_ignored
    assert resident.set_appointment(None)
    world.settle()
    assert shown(world, resident).removal_ignored


def test_each_letter_about_an_appointment_that_was_sent_is_told_once(world: World, resident: Resident):
    """The first one is told as a milestone; one that came to nothing, or that a person closed, is not told."""

    def about_appointment() -> list[str]:
        return [what for what in told(shown(world, resident)) if what in {"appointment", "letter"}]

    world.clock.advance(3600)
    days = [(world.clock() + timedelta(days=number)).strftime("%Y-%m-%d 10:00:00") for number in (2, 3, 4)]
    assert resident.set_appointment(days[0])
    world.settle()
    assert about_appointment() == ["appointment"]
    assert resident.set_appointment(days[1])
    assert resident.set_appointment(days[0])  # Moved back before it was told: there is no letter.
    world.settle()
    assert about_appointment() == ["appointment"]
    world.services.smtp = lambda: None
    assert resident.set_appointment(days[1])
    world.settle()
    (letter,) = dead_letters(world)
    assert close(world.observer, letter, STAFF)
    assert about_appointment() == ["appointment"]
    world.start()
    assert resident.set_appointment(days[2])
    world.settle()
    assert about_appointment() == ["appointment", "letter"]


def test_a_sign_up_of_an_earlier_campaign_is_told_once(world: World, resident: Resident):
    def go_on(record: StoredResident) -> None:
        record.begin_journey(2, "other", world.clock(), coach=None, dossier=True, visit=True)

    world.clock.advance(3600)
    world.observer.records(StoredResident).edit(f"{COOPERATION}:{resident.contact_id}", go_on)
    assert told(shown(world, resident)).count("signed_up") == 1
    ((key, _),) = world.observer.records(Submission).all()
    world.observer.records(Submission).delete(key)  # A sign-up is kept for a year, its journey for two.
    assert told(shown(world, resident)).count("signed_up") == 1


def test_what_hoomdossier_answered_stands_in_its_own_words(world: World):
    resident = Resident(world, 1)
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=EMAIL_TAKEN, times=1)
    resident.sign_up()
    while world.dispatcher.run_due():
        pass
    found = shown(world, resident)
    (entry,) = [entry for entry in found.story if entry.what == "refused_dossier"]
    assert "Het e-mailadres is al in gebruik." in entry.said
    assert found.place.waits_for == "dossier"
    assert found.requested, "the link makes Econobis ask once more"
    (request,) = [waiting for waiting in found.waiting if waiting.call == "dossier"]
    assert request.peer == "Econobis"


def test_what_was_refused_stays_in_the_story_after_the_dossier_was_found(world: World):
    resident = refused_dossier(world)
    assert [what for what in told(shown(world, resident)) if "dossier" in what] == ["asked_dossier", "refused_dossier"]
    world.clock.advance(3600)
    assert settle(world.observer, COOPERATION, ContactId(resident.contact_id), 4711, STAFF).outcome == "settled"
    assert "gave_account" not in told(shown(world, resident)), "Econobis has not asked again yet"
    world.settle()
    assert resident.contact["hoom_account_id"] == 4711
    story = told(shown(world, resident))
    assert {"dossier", "did_settle", "gave_account"} <= set(story[story.index("refused_dossier") :])
    assert "asked_dossier" not in story


def waits(world: World, key: str) -> Waiting:
    found = show_sign_up(world.observer, COOPERATION, key, STAFF)
    assert found
    (waiting,) = found[1].waiting
    return waiting


def fail(world: World, status: int, body: str, times: int) -> str:
    world.fault("econobis", COOPERATION, kind="status", status=status, match="webform", body=body, times=times)
    assert Resident(world, 1).sign_up()
    while len(world.received("econobis", COOPERATION, "webform")) < times:
        world.dispatcher.run_due() or world.clock.advance(1)
    ((key, _),) = world.observer.records(Submission).all()
    return key


def test_a_sign_up_that_is_tried_again_says_why_and_until_when(world: World):
    waiting = waits(world, fail(world, 503, "down", 1))
    assert (waiting.call, waiting.peer, waiting.why, waiting.failed) == ("sign_up", "Econobis", "Unavailable", 1)
    assert waiting.due_at > world.clock()
    assert waiting.since
    assert waiting.paused_until is None


def test_to_try_now_leaves_its_line_whatever_happens_after_it(world: World):
    key = fail(world, 503, "down", 1)
    fails(world, lambda point, _passed: point == "before store.replace(submissions)")
    with pytest.raises(StoreUnavailable):
        try_sign_up_now(world.services, COOPERATION, key, STAFF)
    world.boundaries.fault = lambda _point: None
    assert waits(world, key).due_at > world.clock()
    (line,) = (line for _, line in world.observer.audit.records.all() if line.action != "read")
    assert (line.by, line.action) == (STAFF, "try_now")
    assert try_sign_up_now(world.services, COOPERATION, key, STAFF) == "tried"
    assert waits(world, key).due_at <= world.clock()


def test_an_open_breaker_says_until_when_the_peer_is_left_alone(world: World):
    waiting = waits(world, fail(world, 503, "down", 4))
    assert waiting.paused_until
    assert waiting.paused_until > world.clock()
    world.settle()
    assert Resident(world, 1).is_in_econobis


def test_an_answer_that_was_lost_is_no_failure(world: World):
    assert waits(world, fail(world, 500, "<html>", 1)).why == "Unsure"


def test_a_link_that_waits_for_an_account_says_so(world: World):
    resident = refused_dossier(world)
    (link,) = [waiting for waiting in shown(world, resident).waiting if waiting.call == "link"]
    assert (link.peer, link.why) == ("Hoomdossier", "NoAccount")


def test_an_event_that_waits_names_its_kind_and_a_dead_letter_its_advice(world: World, resident: Resident):
    world.fault("econobis", COOPERATION, kind="status", status=503, match="hoomdossier/", body="down", times=1)
    assert resident.tell("gebruik") == 200
    world.dispatcher.run_due()
    (waiting,) = shown(world, resident).waiting
    assert (waiting.call, waiting.event, waiting.why) == ("event", "usage", "Unavailable")
    body = json.dumps(["Fout opgetreden: onbekend", "Gehele API aanroep is ongedaan gemaakt!"])
    world.fault("econobis", COOPERATION, kind="status", status=404, match="hoomdossier/", body=body, times=9)
    world.settle()
    found = shown(world, resident)
    (letter,) = found.letters
    assert letter.kind == "usage"
    assert letter.advice
    assert found.waiting == []


def test_of_a_person_with_two_contacts_both_are_told(world: World, resident: Resident):
    services = world.observer
    settings = services.cooperations[COOPERATION]
    old = ContactId(900)
    services.records(StoredResident).create(
        f"{COOPERATION}:{old}", StoredResident.first_seen(COOPERATION, old, world.clock())
    )
    merged = settings.model_copy(update={"merged_contacts": {old: ContactId(resident.contact_id)}})
    services.cooperations = {**services.cooperations, COOPERATION: merged}
    found = show_resident(services, COOPERATION, old, STAFF)
    assert found
    assert found.contact_id == resident.contact_id
    assert "dossier" in told(found)


def test_a_resident_of_nobody_is_not_shown(world: World, resident: Resident):
    assert show_resident(world.observer, COOPERATION, ContactId(4040), STAFF) is None
    assert show_resident(world.observer, "zonnig-dorp", ContactId(resident.contact_id), STAFF) is None
    assert kept_of(world.observer, "zonnig-dorp", ContactId(resident.contact_id)) is None
    ((key, _),) = world.observer.records(Submission).all()
    assert show_sign_up(world.observer, "zonnig-dorp", key, STAFF) is None
