"""Dead letters are found whatever the settings and the version of the link, and without reading more than is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.clock import utc_now
from shared.dead_letters.decide import forget_old
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.dead_letter_texts import OTHER_VERSION
from shared.domain.ids import ContactId
from shared.domain.keys import of_building
from shared.domain.relay import EventKind, Item, Relay
from shared.domain.work import Parked
from shared.flows.sweep import sweep
from shared.retention import DEAD_LETTERS
from shared.store.port import Document
from tests.world.residents import COOPERATION
from tests.world.world import World

CONTACT = ContactId(1001)


def park(world: World, kind: EventKind, code: str, at: datetime | None = None) -> None:
    """The event about building 5 is a dead letter since `at`, else since now. It has no appointment."""
    now = world.clock()
    item = Item(digest="x", version=1, contact_id=CONTACT, accepted_at=now, known_since=now, next_at=now)
    item.park(Parked(code=code, reason="reden", at=at or now))
    relay = Relay(cooperation=COOPERATION, building_id=5, contact_id=CONTACT, account_id=7, accepted_at=now)
    relay.items[kind] = item
    relay.expires_at = now + timedelta(days=1000)
    relay.reschedule()
    relay.due_at = None
    assert world.observer.records(Relay).create(of_building(COOPERATION, 5), relay)


def found(world: World) -> DeadLetter:
    (letter,) = find_dead_letters(world.observer)
    return letter


def test_a_dead_letter_of_a_cooperation_that_left_is_found_and_forgotten(world: World):
    """Without its settings nobody can tell which visit it is about. The sweep does the rest of its work too."""
    park(world, "appointment", "OtherContactFound")
    without = replace(world.observer, cooperations={})
    (letter,) = find_dead_letters(without)
    assert letter.advice
    assert "met de hand" not in letter.advice
    world.clock.advance(DEAD_LETTERS.total_seconds() + 1)
    assert sweep(without)["forgotten"] == 1


def test_a_dead_letter_with_a_code_of_another_version_is_shown_with_its_reason(world: World):
    park(world, "usage", "ErrorOfTomorrow")
    assert (found(world).why, found(world).advice) == ("reden", OTHER_VERSION)
    assert not found(world).final


@pytest.mark.parametrize("kind", ["appointment", "usage"])
def test_only_for_an_event_about_a_visit_its_status_is_to_be_set_by_hand(world: World, kind: EventKind):
    park(world, kind, "VisitNotFound")
    assert ("'Afspraak afgezegd'" in found(world).advice) is (kind == "appointment")


def test_a_sweep_reads_no_resident_for_the_words_of_dead_letters_that_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """It runs every five minutes, and each read costs money."""
    park(world, "appointment", "VisitNotFound")
    read: list[str] = []
    get = world.observer.store.get

    def spied(collection: str, key: str) -> Document | None:
        read.append(collection)
        return get(collection, key)

    monkeypatch.setattr(world.observer.store, "get", spied)  # to hear what is read; it works as before
    assert forget_old(world.observer) == 0
    assert not read
    assert found(world).advice
    assert "residents" in read


def test_dead_letters_of_before_a_moment_can_be_asked_for(world: World):
    park(world, "usage", "Refused", at=utc_now() - timedelta(days=9))
    moment = found(world).parked.at
    assert not list(find_dead_letters(world.observer, before=moment))
    assert list(find_dead_letters(world.observer, before=moment + timedelta(seconds=1))) == [found(world)]
