"""From Hoomdossier into the agenda of the coach: a visit is made, moved, cancelled, and its resident erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from icalendar import Calendar

from shared.domain.ids import ContactId
from shared.domain.local_time import AMSTERDAM
from shared.domain.resident import Resident as StoredResident
from shared.erasure.erase import erase
from shared.store.port import Query
from shared.work.calendar_addresses import ALL, token_of
from shared.work.feed_salt import salt_of
from tests.world.fixtures import adjusted, resident, second_campaign, world
from tests.world.letters import appointment, event, told
from tests.world.residents import COOPERATION, Resident, sign_up
from tests.world.world import World

__all__ = ["adjusted", "resident", "world"]


def read(world: World, secret: str | None) -> httpx.Response:
    return world.http.get(f"{world.base}/functions/serve-feed/{COOPERATION}/calendar/{secret}.ics")


def secret_of(world: World, calendar: str) -> str | None:
    return token_of(salt_of(world.observer.store, COOPERATION), calendar)


def events(world: World, calendar: str) -> list[Any]:
    answer = read(world, secret_of(world, calendar))
    assert answer.status_code == 200, answer.text
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def newest_letter(resident: Resident) -> Any:
    return event(told(resident)[-1])[1]


def names(it: Any) -> tuple[str, int]:
    return str(it["UID"]), it["SEQUENCE"]


def coach_of(world: World) -> str:
    (coach,) = {it.coach for _, it in world.observer.records(StoredResident).all() if it.coach}
    return str(coach)


def test_an_agenda_follows_what_happens_in_hoomdossier(world: World, resident: Resident) -> None:
    """Each time the newest letter to the resident speaks of the same event in the same version."""
    coach = coach_of(world)
    assert events(world, coach) == []
    appointment(resident, "2027-03-05 10:00:00")
    (made,) = events(world, coach)
    assert made.start.astimezone(AMSTERDAM).isoformat() == "2027-03-05T10:00:00+01:00"
    assert str(made["SUMMARY"]).startswith("Huisbezoek Voor")
    assert names(made) == names(newest_letter(resident))

    appointment(resident, "2027-06-07 09:30:00")
    (moved,) = events(world, coach)
    assert moved.start.astimezone(AMSTERDAM).isoformat() == "2027-06-07T09:30:00+02:00"
    assert names(moved) == names(newest_letter(resident))
    assert (moved["UID"], moved["STATUS"]) == (made["UID"], "CONFIRMED")
    assert moved["SEQUENCE"] > made["SEQUENCE"]
    assert [names(it) for it in events(world, ALL)] == [names(moved)]

    appointment(resident, None)
    (gone,) = events(world, coach)
    assert names(gone) == names(newest_letter(resident))
    assert (gone["UID"], gone["STATUS"], gone.start) == (made["UID"], "CANCELLED", moved.start)
    assert gone["SEQUENCE"] > moved["SEQUENCE"]
    world.clock.advance(31 * 24 * 3600)
    assert events(world, coach) == []


def test_a_visit_stays_for_who_signs_up_for_another_campaign(adjusted: Callable[..., Any]) -> None:
    """The appointment in Hoomdossier still stands, and so does the coach's promise to come."""
    with second_campaign(adjusted) as world:
        resident = Resident(world, 1)
        sign_up(resident)
        world.settle()
        appointment(resident, "2027-03-05 10:00:00")
        coach = coach_of(world)
        before = events(world, coach)
        world.clock.advance(60)
        sign_up(resident, "tweede")
        world.settle()
        assert len(before) == 1
        assert events(world, coach) == before

        appointment(resident, "2027-06-07 09:30:00")
        (moved,) = events(world, coach)
        assert moved.start.astimezone(AMSTERDAM).isoformat() == "2027-06-07T09:30:00+02:00"
        appointment(resident, None)
        (gone,) = events(world, coach)
        assert (gone["UID"], gone["STATUS"], gone.start) == (moved["UID"], "CANCELLED", moved.start)


def test_a_visit_that_took_place_stays_whatever_comes_after(world: World, resident: Resident) -> None:
    """The coach removes its date before he says that it was done, and at last the dossier is removed."""
    coach = coach_of(world)
    appointment(resident, "2026-12-05 10:00:00")
    (before,) = events(world, coach)
    world.clock.advance(30 * 24 * 3600)
    assert resident.set_appointment(None)
    assert resident.tell("woning-status", status={"id": 5, "short": "executed", "name": "executed"}) == 200
    world.settle()
    (after,) = events(world, coach)
    assert (after["UID"], after["STATUS"], after.start) == (before["UID"], "CONFIRMED", before.start)
    assert resident.tell("delete") == 200
    world.settle()
    (after,) = events(world, coach)
    assert (after["UID"], after["STATUS"], after.start) == (before["UID"], "CONFIRMED", before.start)


def test_who_is_erased_is_gone_at_the_next_read(world: World, resident: Resident) -> None:
    resident.set_appointment("2026-12-05 10:00:00")
    world.settle()
    coach = coach_of(world)
    assert b"Naamb" in read(world, secret_of(world, coach)).content
    erase(world.observer, COOPERATION, ContactId(resident.contact_id), "anna")
    for calendar in (coach, ALL):
        left = read(world, secret_of(world, calendar))
        assert left.status_code == 200
        assert b"VEVENT" not in left.content
        assert b"Naamb" not in left.content


def test_a_read_writes_nothing(world: World, resident: Resident) -> None:
    """Only the first one, which makes the salt."""
    resident.set_appointment("2026-12-05 10:00:00")
    world.settle()
    secret, before = secret_of(world, coach_of(world)), _versions(world)
    assert read(world, secret).status_code == 200
    assert read(world, "x").status_code == 404
    assert _versions(world) == before


def _versions(world: World) -> dict[str, str]:
    found = {}
    for collection in ("feed_salts", "residents", "relays"):
        documents = world.observer.store.find(Query(collection, limit=50))
        found |= {f"{collection}/{it.key}": it.version for it in documents}
    assert any(it.startswith("feed_salts/") for it in found)
    return found
