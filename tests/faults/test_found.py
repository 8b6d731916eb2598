"""Histories in which the model once found a mistake, in the fewest steps. A test's name says what must be true.

The later ones are histories of `rules.py`, as `play.py` prints them. `stall(after=N)` and `die_soon(after=N)` count
crash points: these move when the code makes other calls, so some tests try a few.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from shared.dead_letters.decide import replay
from shared.dead_letters.find import find_dead_letters
from shared.errors import StoreUnavailable
from shared.store.port import Query
from tests.faults.model import COOPERATION, Model, content
from tests.faults.rules import Relay
from tests.world.world import open_world


@pytest.fixture
def world(tmp_path):
    with open_world(tmp_path) as world:
        yield world


@pytest.fixture
def building(world):
    """The building in Hoomdossier of a resident who has signed up."""
    person = Model(world).people[0]
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", person.typed(0))
    world.settle()
    return Model(world).building(person)


def tell(world, building, kind, variant):
    user = world.hoomdossier_rows[COOPERATION].row("users", building["user_id"])
    related = {"building_id": building["id"], "account_id": user["account_id"], "contact_id": 1001}
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/{kind}"
    assert world.post(path, {"account_related": related, **content(kind, variant)}).status_code == 200


def delivered(world, kind):
    return [row["body"] for row in world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")]


def test_a_second_kind_of_event_is_delivered_without_a_sweep(world, building):
    tell(world, building, "woonplan", 0)
    world.clock.advance(0.001)
    tell(world, building, "gebruik", 0)
    while world.dispatcher.run_due():
        pass
    assert len(delivered(world, "woonplan")) == 1
    assert len(delivered(world, "gebruik")) == 1


def test_f23_a_push_is_newer_than_the_one_before_it_although_clocks_differ(world, building):
    """The clocks of two instances are five minutes apart."""
    world.services = world.instance(lambda: world.clock() + timedelta(minutes=5))
    tell(world, building, "gebruik", 0)
    world.start()
    world.clock.advance(60)
    tell(world, building, "gebruik", 1)
    world.settle()
    assert "gebruik 1" in delivered(world, "gebruik")[-1]


def test_an_unknown_outcome_stays_unknown_when_the_store_fails_after_the_call(world):
    """Econobis' answer is lost, and the store then fails at the one write about the peer's rate."""
    world.fault("econobis", COOPERATION, kind="lost_answer", match="/webform/")
    called = False

    def fail_after_the_call(point):
        nonlocal called
        if threading.current_thread() is threading.main_thread():
            called = called or point.startswith("before POST")
            if called and point.startswith("before store") and "(peers)" in point:
                world.boundaries.fault = lambda _point: None
                raise StoreUnavailable("the store is away")

    world.boundaries.fault = fail_after_the_call
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", Model(world).people[0].typed(0))
    world.settle()
    assert len(world.rows(COOPERATION, "opportunities")) == 1


def test_a_sign_up_gets_its_opportunity_although_the_answer_of_a_look_was_lost(world):
    """The sign-up did not arrive. A person replays it; the look that follows arrives, but its answer is lost."""
    world.fault("econobis", COOPERATION, kind="reset", match="/webform/")
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", Model(world).people[0].typed(0))
    world.settle()
    world.fault("econobis", COOPERATION, kind="lost_answer", match="/webform/")
    for _ in range(3):  # Only the third look leads to the opportunity.
        for letter in find_dead_letters(world.observer):
            replay(world.services, letter, "test")
        world.settle()
    assert len(world.rows(COOPERATION, "intakes")) == 1
    assert len(world.rows(COOPERATION, "opportunities")) == 1


def test_an_instance_that_stalls_after_the_limiter_admitted_it_asks_for_room_again(world):
    """Otherwise the call would be made in another minute than the one that it was counted in (I5)."""
    stood_still = False

    def stand_still(point):
        nonlocal stood_still
        if (
            point == "before store.replace(submissions)"
            and not stood_still
            and world.observer.store.find(Query("peers"))
        ):
            stood_still = True
            world.clock.advance(30)

    world.boundaries.fault = stand_still
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", Model(world).people[0].typed(0))
    world.settle()
    assert stood_still
    (peer,) = [document.data for document in world.observer.store.find(Query("peers")) if "econobis" in document.key]
    (call,) = world.received("econobis", COOPERATION, "/webform/")
    moments = peer["calls"]["webform"]
    assert any(abs(datetime.fromisoformat(call["at"]).timestamp() - moment) <= 1 for moment in moments)


@pytest.mark.parametrize("after", range(1, 8))
def test_nothing_is_delivered_after_a_delete_that_was_accepted_without_an_answer(after):
    """The instance is killed at each crash point of accepting the delete. Hoomdossier does not send it again."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("woonplan", 1)])
    relay.run_tasks(count=1, shuffled=False, doubled=0.0)
    relay.push(who=0, told=[("woonplan", 0)])
    relay.die_soon(after=after)
    relay.turn_of_life(who=0, what="leave")
    relay.teardown()


def test_two_people_whose_contacts_are_both_merged_are_not_mixed_up():
    """Econobis gives each of them a new contact id."""
    relay = Relay()
    relay.begin(people=2)
    relay.turn_of_life(who=0, what="merge")
    relay.sign_up(who=2, variant=0)
    relay.run_tasks(count=4, shuffled=True, doubled=0.5)
    relay.turn_of_life(who=1, what="merge")
    relay.teardown()


@pytest.mark.parametrize("after", range(12, 17))
def test_a_sign_up_whose_refusal_is_read_late_is_sent_again_by_itself(after):
    """The instance stalls during the call, which gets a 503. Its lease ends, so the outcome counts as unknown. When the
    instance goes on it knows the answer.
    """
    relay = Relay()
    relay.peer_fails(peer="econobis", fault={"kind": "status", "status": 503, "body": "down"}, times=1)
    relay.sign_up(who=0, variant=1)
    relay.stall(after=after)
    relay.teardown()


def test_an_event_in_the_store_is_delivered_before_a_delete_that_was_set_aside():
    """The store was down when the delete arrived, so the next sweep takes the delete up."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("gebruik", 1)])
    relay.store_fails(after=2)
    relay.turn_of_life(who=0, what="leave")
    relay.teardown()


@pytest.mark.parametrize("after", range(16, 21))
def test_a_report_whose_refusal_is_read_late_is_sent_again_by_itself(after):
    """The same for a report, which may be repeated only once when its outcome is unknown."""
    relay = Relay()
    relay.begin(people=1)
    relay.peer_fails(peer="econobis", fault={"kind": "status", "status": 503, "body": "down"}, times=1)
    relay.push(who=0, told=[("pdf", 1)])
    relay.stall(after=after)
    assert not relay.model.letters()
    relay.teardown()


def test_a_push_during_the_reading_of_the_feed_is_newer_although_the_clock_is_slow():
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("afspraak", 0)])
    relay.pass_time(seconds=1200)
    relay.surroundings_fail(what="clock_steps_back")
    relay.pull(who=0, variant=2, overlaps=True)
    relay.pull(who=0, variant=0, overlaps=True)
    relay.teardown()


def test_a_sign_up_is_made_once_when_econobis_waits_for_an_instance_that_stalls():
    """Econobis stored the sign-up and asked an instance for the dossier, which stalls for ten minutes. Meanwhile
    another instance looks whether the sign-up arrived.
    """
    relay = Relay()
    relay.sign_up(who=2, variant=1)
    relay.stall(after=14)
    relay.teardown()


def test_an_event_that_is_sent_again_is_newer_than_one_that_was_set_aside_before_it():
    """The store was down when 0 arrived between two times 2, so 0 was set aside. The last content is 2."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("scan-status", 2)])
    relay.store_fails(after=1)
    relay.push(who=0, told=[("scan-status", 0)])
    relay.push(who=0, told=[("scan-status", 2)])
    relay.teardown()


def test_a_second_status_for_which_no_visit_is_open_is_a_dead_letter():
    """The model looked for it under another name of the kind of event, and took it for lost."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("woning-status", 2)])
    relay.run_tasks(count=1, shuffled=False, doubled=0.0)
    relay.push(who=0, told=[("woning-status", 0)])
    relay.run_tasks(count=1, shuffled=False, doubled=0.0)
    assert [letter.kind for letter in relay.model.letters()] == ["status"]
    relay.teardown()
