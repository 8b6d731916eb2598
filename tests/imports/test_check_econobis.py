"""Econobis' list of kansacties beside what the link delivered."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from shared.errors import BadInput
from shared.imports.check_econobis import Checked, check
from shared.imports.known import read_known
from shared.imports.read import read_econobis_list
from tests.world.by_hand import DATE, imported
from tests.world.residents import COOPERATION, Campaign, Resident
from tests.world.world import World


def listed(world: World) -> bytes:
    return world.http.get(f"{world.base}/econobis/{COOPERATION}/kansacties.csv").content


def checked(world: World, file: bytes = b"") -> Checked:
    coaches = world.services.cooperations[COOPERATION].coaches
    names = {coach.contact_id: coach.name for coach in coaches}
    return check(read_known(world.services, COOPERATION), read_econobis_list(io.BytesIO(file or listed(world))), names)


def differences(world: World) -> Iterator[str]:
    for row in checked(world).rows:
        yield from row.differences


def change(resident: Resident, **values: object) -> None:
    """An employee changes the visit in Econobis."""
    resident.world.econobis_rows[COOPERATION].update("quotation_requests", resident.visit["id"], **values)


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
    campaign = Campaign(world, 2)
    campaign.sign_up()
    world.settle()
    for resident in campaign.residents:
        assert resident.set_appointment(DATE)
    world.settle()
    change(campaign.residents[0], deleted_at="2026-11-23 10:00:00")
    (row,) = checked(world).rows
    assert (row.resident.contact_id, row.differences) == (campaign.residents[0].contact_id, ("missing",))


def test_the_newest_visit_counts_and_others_are_not_ours(world: World) -> None:
    campaign = Campaign(world, 2)
    campaign.sign_up()
    world.settle()
    rows = world.econobis_rows[COOPERATION]
    first = campaign.residents[0].visit
    rows.insert("quotation_requests", **{**first, "id": 9000, "opportunity_id": 9000})
    assert checked(world).counts["unknown"] == 1
    assert DATE not in str(checked(world).rows)


def test_another_file_is_refused(resident: Resident) -> None:
    with pytest.raises(BadInput, match="geen lijst van kansacties"):
        checked(resident.world, b"a;b\n1;2\n")
