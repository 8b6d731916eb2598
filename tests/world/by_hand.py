"""What a coordinator does with her hands: takes the report and the tables out of Hoomdossier, and imports them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from infra.standins.hoomdossier import dossier
from shared.imports.brought import Brought
from shared.imports.compare import Compared, Comparison, compare
from shared.imports.deliver import Outcome, Told, deliver
from shared.imports.known import read_known
from shared.imports.read import read_file, read_pasted
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

BY, DATE = "anna@example.org", "2026-12-14 10:30:00"
Chosen = Callable[[Compared], Told | None]


def report(world: World, cooperation: str = COOPERATION) -> bytes:
    """The total-report, made and downloaded at this moment."""
    page = f"{world.base}/hoomdossier/{cooperation}/reports"
    world.http.post(page)
    address = re.search(r'href="([^"]*/reports/[0-9]+)"', world.http.get(page).text)
    assert address
    return world.http.get(f"{world.base}{address[1]}").content


def tables(world: World, cooperation: str = COOPERATION) -> str:
    """The HTML of the table of each coach, which a browser copies with the links in it."""
    base, rows = f"{world.base}/hoomdossier/{cooperation}", world.hoomdossier_rows[cooperation]
    coaches = [user["id"] for user in rows.rows("users") if dossier.has_role(rows, user, "coach")]
    found = (re.search(r"<table.*?</table>", world.http.get(f"{base}/coaches/{it}").text, re.DOTALL) for it in coaches)
    return "".join(it[0] for it in found if it)


def look(
    world: World, file: bytes = b"", pasted: str = "", *, cooperation: str = COOPERATION, as_of: datetime | None = None
) -> Comparison:
    """What the page would show."""
    services, now = world.services, world.clock()
    claims = read_file(io.BytesIO(file)) if file else []
    brought = Brought(as_of or now, now, claims, read_pasted(pasted))
    return compare(services.cooperations[cooperation], read_known(services, cooperation), brought)


def as_ticked(row: Compared) -> Told | None:
    """What is ticked on the page from the start."""
    return Told() if row.group in {"deliver", "no_coach"} else None


def send(
    world: World, shown: Comparison, chosen: Chosen = as_ticked, *, cooperation: str = COOPERATION
) -> list[Outcome]:
    """Delivers the rows for which `chosen` returns something."""
    assert not shown.refused
    told = [(row, chosen(row)) for rows in shown.rows.values() for row in rows if row.proposal]
    picked = [(row.proposal, said) for row, said in told if said and row.proposal]
    return [deliver(world.services, cooperation, proposal, said, BY) for proposal, said in picked]


def in_group(shown: Comparison, group: str) -> list[Compared]:
    """The rows of a group."""
    return next((rows for name, rows in shown.rows.items() if name == group), [])


def switch_pushes_off(world: World, cooperations: Iterable[str] = (COOPERATION,)) -> None:
    """As in production without a road to the link."""
    for cooperation in cooperations:
        world.http.post(f"{world.base}/hoomdossier/{cooperation}/pushes", data={"on": ""})


def set_date(resident: Resident, date_: str | None) -> None:
    """In Hoomdossier, from which no event reaches the link."""
    resident.world.set_appointment(COOPERATION, resident.building_id, date_)


def set_status(resident: Resident, short: str) -> None:
    rows = resident.world.hoomdossier_rows[COOPERATION]
    dossier.append_status(rows, dossier.existing_building(rows, resident.building_id), short)


def everything(world: World) -> Comparison:
    """What the page shows for the file and the tables of this moment."""
    return look(world, report(world), tables(world))


def imported(resident: Resident, date_: str = DATE) -> None:
    set_date(resident, date_)
    assert send(resident.world, everything(resident.world)) == ["done"]
    resident.world.settle()
    assert resident.visit["date_planned"] == date_
