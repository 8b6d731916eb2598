"""What stands still is found by cause, the same whether it is read one by one or counted, and with few reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.dead_letters.causes import FEW, Standing, page_of, what_stands
from shared.dead_letters.find import bring_up_to_date, find_dead_letters
from shared.domain.relay import Relay
from shared.domain.replay import Chosen
from shared.flows.sweep import sweep
from shared.work.services import Services
from tests.world.counted_reads import CountedReads
from tests.world.residents import COOPERATION, OTHER
from tests.world.trouble import some_of_each, stuck_events, stuck_link, stuck_request
from tests.world.world import World

CHOSEN = [
    Chosen(),
    Chosen(cause="KeyUnknown"),
    Chosen(kind="plan"),
    Chosen(kind="relays"),
    Chosen(system="Hoomdossier"),
    Chosen(unknown=True),
    Chosen(kind="usage", system="Hoomdossier"),
    Chosen(cause="KeyUnknown", kind="usage"),
    Chosen(cause="ErrorOfTomorrow"),
]


def summary(standing: Standing) -> dict[tuple[str, str], tuple[int, str]]:
    return {(it.code, it.source.name): (it.count, it.oldest[0].id) for it in standing.causes}


def ids(services: Services, chosen: Chosen, limit: int) -> list[str]:
    """The letters of all pages."""
    found: list[str] = []
    after = ""
    while True:
        letters, after = page_of(services, COOPERATION, chosen, after, limit)
        assert len(letters) <= limit
        found += [letter.id for letter in letters]
        if not after:
            return found


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda it: "-".join(str(value) for value in dict(it).values() if value))
def test_counted_and_read_one_by_one_it_is_the_same(world: World, chosen: Chosen) -> None:
    services = world.observer
    count = some_of_each(services, COOPERATION)
    stuck_link(services, OTHER, 600, "NotRegistered")
    one_by_one, counted = (what_stands(services, COOPERATION, chosen, few) for few in (FEW, 0))
    assert summary(one_by_one) == summary(counted)
    letters = [letter.id for letter in find_dead_letters(services, COOPERATION) if letter.fits(chosen)]
    assert counted.count == len(letters)
    assert counted.count == count or chosen != Chosen()
    for limit in (1, 2, 50):
        assert sorted(ids(services, chosen, limit)) == sorted(letters)


def test_of_one_cause_the_oldest_come_first_and_none_is_lost_that_stopped_at_the_same_moment(world: World) -> None:
    now = world.clock()
    for number in range(6):
        stuck_link(world.observer, COOPERATION, 600 + number, "NotRegistered", now - timedelta(hours=number // 2))
    found = ids(world.observer, Chosen(cause="NotRegistered"), 1)
    assert [letter_id[-3:] for letter_id in found] == ["604", "605", "602", "603", "600", "601"]


def test_what_is_about_a_contact_is_found_by_its_number(world: World) -> None:
    stuck_events(world.observer, COOPERATION, 333, [("plan", "ContactGone")], contact=1001)
    stuck_request(world.observer, COOPERATION, 1001, "Refused")
    stuck_link(world.observer, COOPERATION, 1002, "NotRegistered")
    standing = what_stands(world.observer, COOPERATION, Chosen(contact_id=1001))  # type: ignore[arg-type]
    assert {it.oldest[0].id for it in standing.causes} == {
        f"relays/{COOPERATION}:333/plan",
        f"dossier_requests/{COOPERATION}:1001",
    }


def without_derived(world: World, key: str) -> None:
    """The document as an older version of the link would have written it."""
    store = world.observer.store
    document = store.get("relays", key)
    assert document
    data = {name: value for name, value in document.data.items() if not name.startswith("trouble")}
    store.replace("relays", key, data, document.version)


def test_a_document_of_an_older_version_is_found_and_a_sweep_makes_it_countable(world: World) -> None:
    key = stuck_events(world.observer, COOPERATION, 333, [("plan", "ContactGone")])
    without_derived(world, key)
    assert what_stands(world.observer, COOPERATION, Chosen()).count == 1
    assert what_stands(world.observer, COOPERATION, Chosen(), few=0).count == 0
    sweep(world.observer)
    assert what_stands(world.observer, COOPERATION, Chosen(), few=0).count == 1
    without_derived(world, key)
    bring_up_to_date(world.observer, COOPERATION)
    assert what_stands(world.observer, COOPERATION, Chosen(), few=0).count == 1


def test_what_an_older_version_mended_is_not_shown(world: World) -> None:
    """It keeps the fields that it does not know as they were."""
    key = stuck_events(world.observer, COOPERATION, 333, [("plan", "ContactGone")])
    store = world.observer.store
    document = store.get("relays", key)
    assert document
    relay = world.observer.records(Relay).load(document.data)
    relay.release_item("plan", world.clock())
    stale = {name: value for name, value in document.data.items() if name.startswith("trouble")}
    store.replace("relays", key, relay.model_dump(mode="json") | stale, document.version)
    assert what_stands(world.observer, COOPERATION, Chosen(), few=0).count == 0


@pytest.mark.parametrize(
    "chosen", CHOSEN[:6], ids=lambda it: "-".join(str(value) for value in dict(it).values() if value)
)
def test_a_thousand_are_found_with_few_reads(world: World, chosen: Chosen, monkeypatch: pytest.MonkeyPatch) -> None:
    services, codes = world.observer, ("KeyUnknown", "VisitNotFound", "Refused", "ContactGone")
    for number in range(250):
        code = codes[number % 4]
        causes: Any = [("plan", code), ("usage", code), ("appointment", code), ("status", code)]
        stuck_events(services, COOPERATION, 1000 + number, causes)
    counted = CountedReads(services.store)
    monkeypatch.setattr(services, "store", counted)  # to count what is read; it works as before
    standing = what_stands(services, COOPERATION, chosen)
    assert standing.is_whole
    assert standing.count == sum(letter.fits(chosen) for letter in find_dead_letters(services, COOPERATION))
    counted.read.clear()
    what_stands(services, COOPERATION, chosen)
    page_of(services, COOPERATION, chosen)
    assert counted.read.total() <= 150
