"""Econobis' list of kansacties beside what the link delivered."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, time

import pytest

from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit
from shared.econobis.visits_export import ListedVisit
from shared.errors import BadInput
from shared.imports.check_econobis import Checked, check
from shared.imports.known import Known, KnownResident, read_known
from shared.imports.read import read_econobis_list
from tests.world.by_hand import DATE, imported
from tests.world.residents import COOPERATION, Resident, signed_up
from tests.world.world import World


def listed(world: World) -> bytes:
    return world.http.get(f"{world.base}/econobis/{COOPERATION}/kansacties.csv").content


def checked(world: World, file: bytes = b"") -> Checked:
    settings, known = world.services.cooperations[COOPERATION], read_known(world.services, COOPERATION)
    return check(settings, known, read_econobis_list(io.BytesIO(file or listed(world))))


def differences(world: World) -> Iterator[str]:
    for row in checked(world).rows:
        yield from row.differences


def change(resident: Resident, **values: object) -> None:
    """An employee changes the visit in Econobis."""
    resident.world.econobis_rows[COOPERATION].update("quotation_requests", resident.visit["id"], **values)


def add_visit(resident: Resident, **values: object) -> None:
    """An employee plans one more visit in Econobis, with number 9000."""
    rows = resident.world.econobis_rows[COOPERATION]
    rows.insert("quotation_requests", **{**resident.visit, "id": 9000, **values})


def test_what_was_delivered_is_the_same(resident: Resident) -> None:
    imported(resident)
    assert checked(resident.world).counts == {"equal": 1}


@pytest.mark.parametrize(
    ("values", "difference"),
    [
        ({"date_planned": "2026-12-14 11:00:00"}, "other_date"),
        ({"date_planned": None}, "no_date"),
        ({"contact_id": 22}, "other_coach"),
    ],
)
def test_what_an_employee_changed_is_shown(resident: Resident, values: dict[str, object], difference: str) -> None:
    imported(resident)
    change(resident, **values)
    assert list(differences(resident.world)) == [difference]


def test_a_status_that_econobis_does_not_have_is_shown(resident: Resident) -> None:
    imported(resident, "2026-11-20 14:00:00")
    assert resident.push("woning-status")
    resident.tell("woning-status")
    resident.world.settle()
    change(resident, status_id=8)
    assert list(differences(resident.world)) == ["not_done"]


def test_a_visit_that_was_removed_in_econobis_is_shown(world: World) -> None:
    campaign = signed_up(world, 2)
    for resident in campaign.residents:
        assert resident.set_appointment(DATE)
    world.settle()
    change(campaign.residents[0], deleted_at="2026-11-23 10:00:00")
    (row,) = checked(world).rows
    assert (row.resident.contact_id, row.differences) == (campaign.residents[0].contact_id, ("missing",))


def test_a_cancellation_that_econobis_does_not_have_is_shown(resident: Resident) -> None:
    imported(resident)
    assert resident.set_appointment(None)
    resident.world.settle()
    change(resident, status_id=8)
    assert list(differences(resident.world)) == ["not_cancelled"]


def test_the_newest_visit_at_a_home_counts(resident: Resident) -> None:
    imported(resident)
    add_visit(resident, date_planned="2026-12-21 09:00:00")
    (row,) = checked(resident.world).rows
    assert row.listed
    assert (row.listed.visit_id, row.differences) == (9000, ("other_date",))


HOME, AT = "1234AB 12A", time(10, 30)
ANNA = KnownResident(ContactId(1001), name="Anna van den Berg", home=HOME, building_id=71, visit_ids=(5,))
BEN = KnownResident(ContactId(1002), name="Ben Boer", home=HOME, building_id=72, visit_ids=(6,))


def at_one_home(world: World, *visits: ListedVisit) -> Checked:
    """Both have an appointment on 14 December, of which the link knows visit 5 and 6 from the sign-up."""
    told = KnownVisit(appointment=DATE, planned=DATE)
    known = Known({it.contact_id: it for it in (ANNA, BEN)}, {71: told, 72: told})
    return check(world.services.cooperations[COOPERATION], known, visits)


def visit(number: int, name: str, day: date | None = date(2026, 12, 14)) -> ListedVisit:
    return ListedVisit(number, "made" if day else "open", day, AT if day else None, "", HOME, name)


def test_of_two_at_one_home_the_name_tells_whose_visit_it_is(world: World) -> None:
    """An employee planned visit 8 for Anna, so the link does not know its number."""
    found = at_one_home(world, visit(5, ANNA.name, None), visit(6, BEN.name), visit(8, "anna van den berg"))
    assert (found.counts, found.rows) == ({"equal": 2}, [])
    (row,) = at_one_home(world, visit(5, ANNA.name, None), visit(6, BEN.name)).rows
    assert (row.resident, row.differences) == (ANNA, ("no_date",))


def test_of_a_home_with_a_visit_of_somebody_else_nothing_is_said(world: World) -> None:
    found = at_one_home(world, visit(5, ANNA.name, None), visit(6, BEN.name), visit(8, "A. Berg"))
    assert (found.counts, found.rows) == ({"unknown": 1}, [])


def test_another_file_is_refused(resident: Resident) -> None:
    with pytest.raises(BadInput, match="geen lijst van kansacties"):
        checked(resident.world, b"a;b\n1;2\n")
