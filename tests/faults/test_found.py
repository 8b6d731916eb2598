"""What the model found, each in as few steps as show it, named after what has to hold."""

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
    """A resident who has a dossier."""
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


def test_the_next_kind_goes_without_a_sweep(world, building):
    tell(world, building, "woonplan", 0)
    world.clock.advance(0.001)
    tell(world, building, "gebruik", 0)
    while world.dispatcher.run_due():
        pass
    assert len(delivered(world, "woonplan")) == 1
    assert len(delivered(world, "gebruik")) == 1


def test_a_push_is_newer_than_the_one_before_it_whatever_our_clocks_say(world, building):
    """F23: two instances five minutes apart."""
    world.services = world.instance(lambda: world.clock() + timedelta(minutes=5))
    tell(world, building, "gebruik", 0)
    world.start()
    world.clock.advance(60)
    tell(world, building, "gebruik", 1)
    world.settle()
    assert "gebruik 1" in delivered(world, "gebruik")[-1]


def test_a_store_that_fails_after_a_call_does_not_say_that_nothing_happened(world):
    """The answer was lost, and then the store is away for the one write about the peer."""
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


def test_a_sign_up_whose_second_look_was_lost_still_gets_its_opportunity(world):
    """Nothing arrived; a person replays it; the call that finds that out arrives, and its answer is lost."""
    world.fault("econobis", COOPERATION, kind="reset", match="/webform/")
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", Model(world).people[0].typed(0))
    world.settle()
    world.fault("econobis", COOPERATION, kind="lost_answer", match="/webform/")
    for _ in range(3):  # The third says: yes, the opportunity is to be made.
        for letter in find_dead_letters(world.observer):
            replay(world.services, letter, "test")
        world.settle()
    assert len(world.rows(COOPERATION, "intakes")) == 1
    assert len(world.rows(COOPERATION, "opportunities")) == 1


def test_who_stood_still_after_it_was_admitted_asks_for_room_again(world):
    """The call would come in another minute than it was counted in (I5)."""
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
def test_what_waited_when_a_delete_had_no_answer_is_gone_if_the_delete_was_taken(after):
    """We are killed at each moment of taking it. Hoomdossier was told nothing, and does not say it again."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("woonplan", 1)])
    relay.run_tasks(count=1, shuffled=False, doubled=0.0)
    relay.push(who=0, told=[("woonplan", 0)])
    relay.die_soon(after=after)
    relay.turn_of_life(who=0, what="leave")
    relay.teardown()


def test_two_people_whose_contacts_are_merged_one_after_the_other_stay_two():
    """Econobis gives each of them a number that nobody has."""
    relay = Relay()
    relay.begin(people=2)
    relay.turn_of_life(who=0, what="merge")
    relay.sign_up(who=2, variant=0)
    relay.run_tasks(count=4, shuffled=True, doubled=0.5)
    relay.turn_of_life(who=1, what="merge")
    relay.teardown()


def test_a_refusal_that_came_late_is_no_unknown_outcome():
    """Who made the call stood still; others took it for lost meanwhile and put it before a person. It had a 503."""
    relay = Relay()
    relay.peer_fails(peer="econobis", fault={"kind": "status", "status": 503, "body": "down"}, times=1)
    relay.sign_up(who=0, variant=1)
    relay.stall(after=15)
    relay.teardown()


def test_what_comes_by_the_usual_road_goes_before_a_delete_that_was_set_aside():
    """The store was away for the one and not for the other, so the delete is taken up by the next sweep."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("gebruik", 1)])
    relay.store_fails(after=2)
    relay.turn_of_life(who=0, what="leave")
    relay.teardown()


def test_a_refused_report_that_came_late_is_sent_again_by_itself():
    """The same of an event that may not be sent twice."""
    relay = Relay()
    relay.begin(people=1)
    relay.peer_fails(peer="econobis", fault={"kind": "status", "status": 503, "body": "down"}, times=1)
    relay.push(who=0, told=[("pdf", 1)])
    relay.stall(after=16)
    assert not relay.model.letters()
    relay.teardown()


def test_what_is_pushed_while_the_feed_is_read_is_newer_also_by_a_clock_that_is_slow():
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("afspraak", 0)])
    relay.pass_time(seconds=1200)
    relay.surroundings_fail(what="clock_steps_back")
    relay.pull(who=0, variant=2, overlaps=True)
    relay.pull(who=0, variant=0, overlaps=True)
    relay.teardown()


def test_a_look_comes_while_econobis_still_waits_for_an_instance_that_stands_still():
    """It asked that one for the dossier, ten minutes ago; all of the sign-up was stored before."""
    relay = Relay()
    relay.sign_up(who=2, variant=1)
    relay.stall(after=14)
    relay.teardown()


def test_what_was_said_again_is_newer_than_what_was_set_aside_before_it():
    """The store was away for the one in between; the same as before it came once more, and stays the last word."""
    relay = Relay()
    relay.begin(people=1)
    relay.push(who=0, told=[("scan-status", 2)])
    relay.store_fails(after=1)
    relay.push(who=0, told=[("scan-status", 0)])
    relay.push(who=0, told=[("scan-status", 2)])
    relay.teardown()
