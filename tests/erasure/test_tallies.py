"""The counts of a campaign follow the residents: what happens to them, and that they were erased."""

from __future__ import annotations

from shared.dead_letters.decide import close, forget_old, replay
from shared.dead_letters.find import find_dead_letters
from shared.domain.ids import ContactId
from shared.erasure.erase import erase
from shared.retention import DEAD_LETTERS
from shared.staff.needs_now import needs_now
from tests.world import residents, tallies
from tests.world.journey import Journey
from tests.world.residents import COOPERATION
from tests.world.trouble import known_resident, stuck_events, stuck_link
from tests.world.world import World


def sign_up(world: World, number: int) -> residents.Resident:
    resident = residents.Resident(world, number)
    answer = world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", resident.typed)
    assert answer is not None
    assert answer.status_code == 202
    return resident


def test_who_is_erased_counts_no_more(world: World):
    """Once before Econobis has the sign-up, and once after it."""
    store = world.observer.store
    stays = sign_up(world, 1)
    world.settle()
    of_one = tallies.kept(store)
    assert of_one == tallies.counted_anew(store) != {}
    waits = sign_up(world, 2)
    of_both = tallies.kept(store)
    assert of_both == tallies.counted_anew(store) != of_one
    erase(world.observer, COOPERATION, ContactId(9999), by="test", email=waits.email)
    assert tallies.kept(store) == tallies.counted_anew(store) == of_one
    world.settle()
    gone = sign_up(world, 3)
    world.settle()
    assert tallies.kept(store) == tallies.counted_anew(store) != of_one
    erase(world.observer, COOPERATION, gone.contact_id, by="test", email=gone.email)
    assert tallies.kept(store) == tallies.counted_anew(store) == of_one
    erase(world.observer, COOPERATION, stays.contact_id, by="test", email=stays.email)
    assert tallies.kept(store) == tallies.counted_anew(store) == {}
    tallies.check_now(world.observer)


def test_a_whole_journey_is_counted_as_it_stands(world: World):
    journey = Journey(world)
    for step in journey.steps():
        step()
        assert tallies.kept(world.observer.store) == tallies.counted_anew(world.observer.store)
        tallies.check_now(world.observer)
    assert tallies.kept(world.observer.store)


def test_what_a_person_decides_about_a_dead_letter_changes_what_is_needed_now(world: World):
    services = world.observer
    known_resident(services, COOPERATION, 1)
    stuck_events(services, COOPERATION, 1, [("appointment", "Refused"), ("status", "Refused"), ("plan", "Refused")])
    stuck_link(services, COOPERATION, 1, "Refused")

    def needed() -> dict[str, int]:
        tallies.check_now(services)
        assert tallies.kept(services.store) == tallies.counted_anew(services.store)
        return {row.collection: row.count for row in needs_now(services, COOPERATION).rows if row.kind == "trouble"}

    assert needed() == {"relays": 3, "links": 1}
    one, *_ = find_dead_letters(services, COOPERATION)
    assert close(services, one, "test")
    assert needed() == {"relays": 3}
    one, other, _ = find_dead_letters(services, COOPERATION)
    assert replay(services, one, "test")
    assert needed() == {"relays": 2}
    assert close(services, other, "test")
    assert needed() == {"relays": 1}
    world.clock.advance(DEAD_LETTERS.total_seconds() + 1)
    assert forget_old(services) == 1
    assert needed() == {}
