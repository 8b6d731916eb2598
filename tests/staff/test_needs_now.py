"""What needs a person now: who waits too long, appointments without an outcome, trouble. Each row has its people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.dead_letters.causes import what_stands
from shared.domain.ids import ContactId
from shared.domain.journey import WAITS, last_moment
from shared.domain.local_time import day_of
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Item, Relay
from shared.domain.replay import Chosen
from shared.domain.resident import Milestone, Person, Resident
from shared.domain.work import Parked
from shared.staff.asked import Asked
from shared.staff.needs_now import NeedsNow, needs_now
from shared.staff.residents import list_residents
from tests.staff.people import documents_read
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
    add_since(world, contact, waits_for, world.clock() - timedelta(days=days), **changes)


def add_since(world: World, contact: int, waits_for: str, at: datetime, **changes: Any) -> None:
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
    limit = world.services.cooperations[COOPERATION].longest_waits.days(waits_for)
    last = last_moment(world.clock(), limit)
    add(world, 1, waits_for, limit + 3)
    add_since(world, 2, waits_for, last)
    add_since(world, 3, waits_for, last + timedelta(microseconds=1))
    (row,) = needs(world).rows
    assert (row.kind, row.waits_for) == ("visits" if waits_for == "visit" else "waits", waits_for)
    assert (row.count, row.waiting, row.limit_days) == (2, 3, limit)
    assert row.since == day_of(world.clock() - timedelta(days=limit + 3))
    listed = list_residents(world.services, COOPERATION, Asked(waits_for=row.waits_for, longer=row.limit_days))
    assert (listed.count, [it.contact_id for it in listed.rows]) == (row.count, [1, 2])
    everybody = list_residents(world.services, COOPERATION, Asked(waits_for=row.waits_for)).rows
    assert [it.late for it in everybody] == [True, True, False]
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
    assert (row.waits_for, row.count, row.waiting, row.since) == ("intake", 1, 1, day_of(accepted))


def test_trouble_by_kind_of_work_with_the_oldest(world: World) -> None:
    now = world.clock()
    for contact, days in ((1, 2), (2, 9)):
        parked = Parked(code="Refused", at=now - timedelta(days=days))
        add(world, contact, "dossier", 0, state="parked", needs_person=True, parked=parked)
    found = needs(world)
    (row,) = found.rows
    assert (row.kind, row.collection, row.count, row.since) == (
        "trouble",
        "residents",
        2,
        day_of(now - timedelta(days=9)),
    )
    assert (found.people, found.trouble) == (0, 2)
    assert what_stands(world.services, COOPERATION, Chosen(kind=row.collection)).count == row.count


def test_the_rows_come_in_the_order_of_the_journey_with_trouble_first(world: World) -> None:
    for number, waits_for in enumerate(reversed(REACHED), 1):
        add(world, number, waits_for, 100)
    add(world, 9, "dossier", 0, needs_person=True, parked=Parked(code="Refused", at=world.clock()))
    found = needs(world)
    assert [row.waits_for for row in found.rows] == [None, *WAITS[1:]]
    assert (found.people, found.trouble) == (5, 1)


def test_the_number_of_trouble_is_that_of_its_page(world: World) -> None:
    """Of a home each kind of event that is stuck counts, or the home itself."""
    now, records = world.clock(), world.services.records(Relay)
    for building, crashed in ((1, False), (2, True)):
        relay = Relay(cooperation=COOPERATION, building_id=building, contact_id=None, account_id=None, accepted_at=now)
        for kind in ("appointment", "status"):
            item = Item(digest="d", version=1, accepted_at=now, known_since=now, next_at=now)
            item.park(Parked(code="Refused", at=now - timedelta(days=3)))
            relay.items[kind] = item
        relay.reschedule()
        if crashed:
            relay.park(Parked(code="Crashed", at=now))
        assert records.create(f"{COOPERATION}:{building}", relay)
    (row,) = needs(world).rows
    assert (row.collection, row.count, row.since) == ("relays", 3, day_of(now - timedelta(days=3)))
    for few in (0, 60):  # Counted, and read one by one.
        assert what_stands(world.services, COOPERATION, Chosen(kind="relays"), few).count == row.count


def test_what_the_store_has_deleted_by_itself_counts_no_more(world: World) -> None:
    """It deletes an e-mail after 30 days, also one that is a dead letter; a resident who waits after two years."""
    now = world.clock()
    mail = OutgoingMail(
        cooperation=COOPERATION, kind="welcome", contact_id=ContactId(1), accepted_at=now,
        expires_at=world.services.expiry(OutgoingMail),
    )  # fmt: skip
    mail.park(Parked(code="Refused", at=now))
    records = world.services.records(OutgoingMail)
    assert records.create("mail", mail)
    add(world, 1, "coach", 0, expires_at=world.services.expiry(Resident))
    kinds = []
    for days in (29, 1, 699, 1):
        world.clock.advance(days * 86_400)
        kinds.append([row.kind for row in needs(world).rows])
        assert (records.get("mail") is not None) == ("trouble" in kinds[-1])
    assert kinds == [["trouble", "waits"], ["waits"], ["waits"], []]


def test_it_reads_one_document(world: World) -> None:
    for contact in range(1, 40):
        parked = Parked(code="Refused", at=world.clock())
        add(world, contact, "coach", 60, state="parked", needs_person=True, parked=parked)
    with documents_read(world.services) as read:
        assert [row.count for row in needs(world).rows] == [39, 39]
    assert [document.key for document in read] == [f"{COOPERATION}:now"]
