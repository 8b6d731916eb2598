"""What needs a person now: who waits too long, appointments without an outcome, trouble. Each row has its people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import to_text
from shared.dead_letters.causes import what_stands
from shared.domain.ids import ContactId
from shared.domain.journey import WAITS
from shared.domain.replay import Chosen
from shared.domain.resident import Milestone, Person, Resident
from shared.domain.work import Parked
from shared.staff.asked import Asked
from shared.staff.needs_now import MOST, NeedsNow, needs_now
from shared.staff.residents import list_residents
from shared.store.port import Query
from tests.world.residents import Resident as Played
from tests.world.world import World

COOPERATION = "meer-energie"
REACHED: dict[str, tuple[Milestone, ...]] = {
    "dossier": ("intake",),
    "coach": ("intake", "dossier"),
    "appointment": ("intake", "dossier", "coach_linked"),
    "visit": ("intake", "dossier", "coach_linked", "appointment_made"),
    "plan": ("intake", "dossier", "coach_linked", "appointment_made", "visited"),
}
"""The milestones of who waits for this."""


def add(world: World, contact: int, waits_for: str, days: float, **changes: Any) -> None:
    """A resident who has waited so many days."""
    at = world.clock() - timedelta(days=days)
    resident = Resident.first_seen(COOPERATION, ContactId(contact), at)
    resident.person = Person(first_name="Anna", prefix="de", last_name=f"Vries{contact}")
    for milestone in REACHED[waits_for]:
        resident.reach(milestone, at)
    resident.visit_at = at if waits_for in {"visit", "plan"} else None
    world.services.records(Resident).create(f"{COOPERATION}:{contact}", resident.model_copy(update=changes))


def needs(world: World, cooperation: str = COOPERATION) -> NeedsNow:
    return needs_now(world.services, cooperation)


def test_nothing(world: World) -> None:
    assert needs(world).rows == ()


@pytest.mark.parametrize("waits_for", REACHED)
def test_who_waits_longer_than_the_limit_of_the_step(world: World, waits_for: str) -> None:
    limit = getattr(world.services.cooperations[COOPERATION].longest_waits, waits_for)
    add(world, 1, waits_for, limit + 3)
    add(world, 2, waits_for, limit + 0.01)
    add(world, 3, waits_for, limit - 0.01)
    (row,) = needs(world).rows
    assert (row.kind, row.waits_for) == ("visits" if waits_for == "visit" else "waits", waits_for)
    assert (row.count, row.waiting, row.limit_days) == (2, 3, limit)
    assert (row.contact_id, row.name, row.since) == (1, "Anna de Vries1", world.clock() - timedelta(days=limit + 3))
    listed = list_residents(world.services, COOPERATION, Asked(waits_for=row.waits_for, longer=row.limit_days))
    assert (listed.count, len(listed.rows)) == (row.count, row.count)
    assert needs(world, "zonnig-dorp").rows == ()


def test_who_stopped_or_is_complete_waits_for_nothing(world: World) -> None:
    add(world, 1, "coach", 900)
    world.services.records(Resident).edit(f"{COOPERATION}:1", lambda it: it.reach("cancelled", world.clock()))
    add(world, 2, "plan", 900)
    world.services.records(Resident).edit(f"{COOPERATION}:2", lambda it: it.reach("plan", world.clock()))
    add(world, 3, "coach", 900, is_coach=True)
    assert needs(world).rows == ()


def test_a_sign_up_that_econobis_has_not_got(world: World) -> None:
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/webform", times=1000)
    accepted = world.clock()
    assert Played(world, 1).sign_up()
    world.clock.advance(24 * 3600 + 60)
    (row,) = (it for it in needs(world).rows if it.kind == "sign_ups")
    assert (row.waits_for, row.count, row.waiting, row.name) == ("intake", 1, 1, "Voorb Naamb")
    assert abs(row.since - accepted) < timedelta(seconds=1)
    assert [it.key for it in world.observer.store.find(Query("submissions"))] == [row.key]


def test_trouble_by_kind_of_work_with_the_oldest(world: World) -> None:
    now = world.clock()
    for contact, days in ((1, 2), (2, 9)):
        parked = Parked(code="Refused", at=now - timedelta(days=days))
        add(world, contact, "dossier", 0, state="parked", needs_person=True, parked=parked)
    found = needs(world)
    (row,) = found.rows
    assert (row.kind, row.collection, row.count, row.since) == ("trouble", "residents", 2, now - timedelta(days=9))
    assert (found.people, found.trouble) == (0, 2)
    assert what_stands(world.services, COOPERATION, Chosen(kind=row.collection)).count == row.count


def test_the_rows_come_in_the_order_of_the_journey_with_trouble_first(world: World) -> None:
    for number, waits_for in enumerate(reversed(REACHED), 1):
        add(world, number, waits_for, 100)
    add(world, 9, "dossier", 0, needs_person=True, parked=Parked(code="Refused", at=world.clock()))
    found = needs(world)
    assert [row.waits_for for row in found.rows] == [None, *WAITS[1:]]
    assert (found.people, found.trouble) == (5, 1)


def test_of_very_many_no_more_than_the_most_is_counted(world: World) -> None:
    since = to_text(world.clock() - timedelta(days=60))
    add(world, 1, "coach", 60)
    document = world.services.store.get("residents", f"{COOPERATION}:1")
    assert document
    assert document.data["rank"] == since
    for number in range(2, MOST + 5):
        world.services.store.create("residents", f"{COOPERATION}:{number}", document.data)
    (row,) = needs(world).rows
    assert (row.count, row.waiting) == (MOST, MOST)
