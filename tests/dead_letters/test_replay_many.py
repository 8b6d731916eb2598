"""Many are sent again at once: each of them once, whoever asks, how often, and whatever crashes."""

from __future__ import annotations

from dataclasses import replace as with_changes
from datetime import datetime
from uuid import uuid4

import pytest

from shared.dead_letters.decide import close, replay
from shared.dead_letters.find import DeadLetter
from shared.domain.ids import ContactId
from shared.domain.link import Link
from shared.domain.relay import Relay
from shared.domain.replay import AT_ONCE, Chosen, Replay
from shared.erasure.erase import erase
from shared.errors import Busy
from shared.flows.replay_letters import replay_letters
from shared.staff.bulk_replay import begin, of_replay, preview
from shared.work.records import Stored
from tests.world.counted_reads import CountedReads
from tests.world.crash_points import Killed
from tests.world.hoomdossier_events import built
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.trouble import parked, stuck_events, stuck_link
from tests.world.world import World

REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
BY = "coordinator@meer-energie.example"
FIRST_STEP, LAST_STEP = 43, 77
"""The crash points from where the first events are chosen until they were all sent again."""
KINDS = ("gebruik", "woonplan", "scan-status")


def refuse(world: World, kind: str, times: int = 1) -> None:
    world.fault("econobis", COOPERATION, kind="status", status=404, match=f"/{kind}", body=REFUSED, times=times)


def get_stuck(world: World, resident: Resident) -> list[DeadLetter]:
    """Three events of the resident's home stand still. Returns them; the next call works."""
    for kind in KINDS:
        refuse(world, kind)
    assert resident.tell("gebruik", **built(1971)) == 200
    assert resident.tell("woonplan") == 200
    assert resident.tell("scan-status") == 200
    world.settle()
    letters = dead_letters(world)
    assert len(letters) == len(KINDS)
    return letters


def ask(world: World, chosen: Chosen | None = None, key: str = "", at: datetime | None = None) -> str:
    """Confirms what is chosen. Returns the key."""
    key = key or uuid4().hex
    chosen = chosen or Chosen()
    begin(world.services, COOPERATION, key, chosen, BY, at=at or world.clock(), count=3)
    return key


def result(world: World, key: str) -> Replay:
    found = world.observer.records(Replay).get(of_replay(COOPERATION, key))
    assert found
    return found


def send_all(world: World, key: str) -> None:
    """Until nothing is left to send. What was sent again may be under way."""
    for _ in range(500):
        if not result(world, key).is_sending:
            return
        if not world.dispatcher.run_due():
            world.clock.advance(0.01)
    raise AssertionError("it does not end")


def calls(world: World) -> dict[str, int]:
    return {kind: len(world.received("econobis", COOPERATION, f"/{kind}")) for kind in KINDS}


def test_each_is_sent_once_and_the_result_says_what_came_of_it(world: World, resident: Resident) -> None:
    get_stuck(world, resident)
    before = calls(world)
    world.clock.advance(1)
    refuse(world, "woonplan")
    key = ask(world)
    world.settle()
    assert calls(world) == {kind: count + 1 for kind, count in before.items()}
    found = result(world, key)
    assert (found.sent, found.done, found.again, found.under_way) == (3, 2, {"ContactGone": 1}, 0)
    assert found.state == "done"
    assert found.left == []
    assert [letter.kind for letter in dead_letters(world)] == ["plan"]


def test_the_same_confirmation_twice_begins_one(world: World, resident: Resident) -> None:
    get_stuck(world, resident)
    before = calls(world)
    world.clock.advance(1)
    key = ask(world)
    ask(world, key=key)
    world.settle()
    assert calls(world) == {kind: count + 1 for kind, count in before.items()}
    assert result(world, key).sent == 3
    lines = world.observer.audit.records.find(where={"cooperation": COOPERATION})
    assert [line.action for _, line in lines] == ["replay_many"]


def test_two_people_with_two_previews_send_nothing_twice(world: World, resident: Resident) -> None:
    get_stuck(world, resident)
    before = calls(world)
    world.clock.advance(1)
    keys = [ask(world), ask(world)]
    world.settle()
    assert calls(world) == {kind: count + 1 for kind, count in before.items()}
    assert sum(result(world, key).sent for key in keys) == 3


def test_what_stops_after_the_preview_is_not_sent(world: World, resident: Resident) -> None:
    seen = world.clock()
    world.clock.advance(1)
    get_stuck(world, resident)
    before = calls(world)
    key = ask(world, at=seen)
    world.settle()
    assert calls(world) == before
    assert (result(world, key).sent, result(world, key).passed_by) == (0, 0)


def test_what_stops_again_is_not_sent_again_by_another_preview_of_before(world: World, resident: Resident) -> None:
    get_stuck(world, resident)
    before = calls(world)
    world.clock.advance(1)
    seen = world.clock()
    for kind in KINDS:
        refuse(world, kind)
    ask(world, at=seen)
    world.settle()
    ask(world, at=seen)
    world.settle()
    assert calls(world) == {kind: count + 1 for kind, count in before.items()}


def step(world: World, key: str, stored: Stored[Replay] | None = None) -> None:
    """One step of the replay, of the record as it is, or as it was."""
    record = stored or world.observer.records(Replay).read(of_replay(COOPERATION, key))
    assert record
    replay_letters(world.observer, of_replay(COOPERATION, key), record)


def test_the_same_step_by_two_tasks_counts_once(world: World) -> None:
    stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    stuck_events(world.observer, COOPERATION, 501, [("report", "no_pdf")])
    world.clock.advance(1)
    key = ask(world)
    for _ in range(2):  # The step that chooses, and the one that sends.
        stored = world.observer.records(Replay).read(of_replay(COOPERATION, key))
        assert stored
        step(world, key)
        step(world, key, stored)
    assert result(world, key).sent == len(result(world, key).left) == result(world, key).cannot == 1


def test_each_is_read_once_when_it_is_sent(world: World) -> None:
    services, buildings = world.observer, (501, 502, 503)
    for building in buildings:
        stuck_events(services, COOPERATION, building, [("usage", "KeyUnknown")])
    world.clock.advance(1)
    key = ask(world)
    step(world, key)
    counted = CountedReads(services.store)
    stored = services.records(Replay).read(of_replay(COOPERATION, key))
    assert stored
    replay_letters(with_changes(services, store=counted), of_replay(COOPERATION, key), stored)
    assert result(world, key).sent == len(buildings)
    assert counted.read["relays"] == len(buildings)


def test_one_that_stops_again_before_its_turn_is_left_alone(world: World) -> None:
    link = stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    world.clock.advance(1)
    key = ask(world, Chosen(kind="links"))
    step(world, key)
    (letter,) = dead_letters(world)
    assert replay(world.observer, letter, "somebody else")
    world.clock.advance(1)
    world.observer.records(Link).edit(link, lambda record: record.park(parked("Refused", world.clock())))
    step(world, key)
    assert [letter.parked.code for letter in dead_letters(world)] == ["Refused"]
    assert (result(world, key).sent, result(world, key).passed_by) == (0, 1)


def test_a_decision_about_one_that_stopped_again_since_changes_nothing(world: World) -> None:
    link = stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    (seen,) = dead_letters(world)
    assert replay(world.observer, seen, "anna")
    assert not replay(world.observer, seen, "bram")
    world.clock.advance(1)
    world.observer.records(Link).edit(link, lambda record: record.park(parked("Refused", world.clock())))
    assert not replay(world.observer, seen, "bram")
    assert not close(world.observer, seen, "bram")
    lines = world.observer.audit.records.find(where={"cooperation": COOPERATION})
    assert [(line.by, line.action) for _, line in lines] == [("anna", "replay")]


def test_who_decides_second_at_the_same_moment_leaves_no_line(world: World) -> None:
    """Bram closes it after Anna's line was written and before her replay was."""
    stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    (seen,) = dead_letters(world)
    meanwhile: list[str] = []

    def close_too(point: str) -> None:
        if point.startswith("after store.create(audit)") and not meanwhile:
            meanwhile.append(point)
            with pytest.raises(Busy):
                close(world.observer, seen, "bram")

    world.boundaries.fault = close_too
    assert replay(world.services, seen, "anna")
    assert meanwhile
    assert not close(world.observer, seen, "bram")
    lines = world.observer.audit.records.find(where={"cooperation": COOPERATION})
    assert [(line.by, line.action) for _, line in lines] == [("anna", "replay")]


def test_more_than_one_step_finds_all(world: World) -> None:
    """These wait for an account after they were sent again."""
    count = 2 * AT_ONCE + 3
    for number in range(count):
        stuck_link(world.observer, COOPERATION, 2000 + number, "NotRegistered")
    world.clock.advance(1)
    key = ask(world, Chosen(kind="links"))
    send_all(world, key)
    assert (result(world, key).sent, result(world, key).passed_by) == (count, 0)
    assert not dead_letters(world)


@pytest.mark.parametrize("chosen", [Chosen(), Chosen(cause="delete_held")], ids=["all", "asked for"])
def test_a_decision_is_taken_along_only_when_it_was_asked_for(world: World, chosen: Chosen) -> None:
    stuck_events(world.observer, COOPERATION, 501, [("delete", "delete_held")])
    stuck_events(world.observer, COOPERATION, 502, [("report", "no_pdf")])
    world.clock.advance(1)
    shown = preview(world.observer, COOPERATION, chosen)
    asked_for = bool(chosen.cause)
    assert shown.count == (1 if asked_for else 0)
    assert [it.code for it in shown.decisions] == ([] if asked_for else ["delete_held"])
    assert [it.code for it in shown.cannot] == ([] if asked_for else ["no_pdf"])
    key = ask(world, chosen)
    world.settle()
    assert result(world, key).sent == (1 if asked_for else 0)


def run_killed_at(world: World, point: int) -> None:
    """Runs to the end, with an instance killed at this crash point."""
    world.boundaries.begin(point)
    with pytest.raises(Killed):
        world.settle()
    world.die()
    world.settle()


@pytest.mark.parametrize("part", range(4))
@pytest.mark.timeout(900)
def test_a_crash_anywhere_sends_nothing_twice_and_loses_no_count(world: World, resident: Resident, part: int) -> None:
    """The steps are killed at one crash point after another, each time with the same three events."""
    for point in range(FIRST_STEP + part, LAST_STEP, 4):
        for kind in KINDS:
            refuse(world, kind)
        for number, kind in enumerate(KINDS):
            changes = built(1900 + 3 * point + number) if kind == "gebruik" else {}
            assert resident.tell(kind, **changes) == 200
            world.clock.advance(1)
        world.settle()
        stuck = {letter.id for letter in dead_letters(world)}
        before = calls(world)
        world.clock.advance(1)
        key = ask(world)
        run_killed_at(world, point)
        found = result(world, key)
        assert (found.sent, found.passed_by, found.state) == (len(stuck), 0, "done"), point
        assert sum(calls(world).values()) - sum(before.values()) <= len(stuck) + 1, point
        assert not dead_letters(world), point


def test_an_erased_contact_is_forgotten_by_a_replay_under_way(world: World) -> None:
    stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    stuck_link(world.observer, COOPERATION, 2001, "NotRegistered")
    world.clock.advance(1)
    key = ask(world, Chosen(kind="links"))
    by_number = ask(world, Chosen(contact_id=ContactId(2000)))
    send_all(world, key)
    assert len(result(world, key).left) == 2
    erase(world.observer, COOPERATION, ContactId(2000), "test")
    assert [letter_id[-4:] for letter_id in result(world, key).left] == ["2001"]
    assert world.observer.records(Replay).get(of_replay(COOPERATION, by_number)) is None


def test_a_replay_that_cannot_be_read_never_stops_an_erasure(world: World) -> None:
    stuck_link(world.observer, COOPERATION, 2000, "NotRegistered")
    world.clock.advance(1)
    place = of_replay(COOPERATION, ask(world, Chosen(kind="links")))
    store = world.observer.store
    document = store.get("replays", place)
    assert document
    store.replace("replays", place, {**document.data, "before": "no moment"}, document.version)
    erase(world.observer, COOPERATION, ContactId(2000), "test")
    assert store.get("replays", place) is None


def test_a_relay_keeps_who_sent_it_again(world: World, resident: Resident) -> None:
    letters = get_stuck(world, resident)
    world.clock.advance(1)
    key = ask(world)
    send_all(world, key)
    relay = world.observer.records(Relay).get(letters[0].key)
    assert relay
    assert {item.replayed_by for kind, item in relay.items.items() if kind in {"usage", "plan", "scan"}} == {
        of_replay(COOPERATION, key)
    }
