"""`python -m infra.operate import` as a process: what it shows, what it delivers, and what it refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operate.command import run
from tests.world.by_hand import report, tables
from tests.world.residents import COOPERATION, OTHER, Resident
from tests.world.world import World, open_world

DATE = "2026-12-14 10:30:00"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as world:
        for number in (1, 3):
            assert Resident(world, number).sign_up()
        assert Resident(world, 1, OTHER).sign_up()
        world.settle()
        world.set_appointment(COOPERATION, Resident(world, 1).building_id, DATE)
        (tmp_path / "report.csv").write_bytes(report(world))
        (tmp_path / "cora.html").write_text(tables(world), encoding="utf-8")
        yield world


def bring(world: World, *options: str, cooperation: str = COOPERATION) -> subprocess.CompletedProcess[str]:
    """Runs `import`."""
    return run(world, "import", cooperation, *options)


def file(world: World, name: str = "report.csv") -> str:
    return str(world.folder / name)


def contact(world: World, number: int = 1) -> int:
    return Resident(world, number).contact_id


def test_it_shows_what_would_be_delivered_and_changes_nothing(world: World) -> None:
    done = bring(world, file(world), "--pasted", file(world, "cora.html"))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.split()[0] == "deliver"
    assert f"contact {contact(world)}" in first
    assert "Hoomdossier 2026-12-14 10:30" in first
    assert f"contact {contact(world, 3)}" in second
    assert "Nothing was changed" in done.stderr
    assert "Voor" not in done.stdout
    assert not world.has_work()


def test_it_delivers_what_is_new_once(world: World) -> None:
    options = (file(world), "--pasted", file(world, "cora.html"), "--deliver", "--by", "anna")
    assert bring(world, *options).returncode == 0
    world.settle()
    assert Resident(world, 1).visit["date_planned"] == DATE
    again = bring(world, *options)
    assert again.returncode == 0
    assert again.stdout == ""
    assert not world.has_work()
    lines = [line for _, line in world.observer.audit.records.all(where={"cooperation": COOPERATION})]
    assert {(line.action, line.by) for line in lines} == {("import", "anna")}


@pytest.mark.parametrize(
    ("option", "planned"),
    [((), None), (("--time", "{}=9:15"), "2026-12-14 09:15:00"), (("--unknown-time", "{}"), "2026-12-14 00:00:00")],
)
def test_a_time_is_told_or_said_to_be_unknown(world: World, option: tuple[str, ...], planned: str | None) -> None:
    told = [part.format(contact(world)) for part in option]
    done = bring(world, file(world), "--deliver", "--only", str(contact(world)), *told)
    assert done.returncode == 0, done.stderr
    world.settle()
    assert Resident(world, 1).visit.get("date_planned") == planned


def test_a_visit_is_cancelled_by_name_alone(world: World) -> None:
    bring(world, file(world), "--pasted", file(world, "cora.html"), "--deliver")
    world.settle()
    world.set_appointment(COOPERATION, Resident(world, 1).building_id, None)
    (world.folder / "report.csv").write_bytes(report(world))
    assert bring(world, file(world), "--deliver").stdout == ""
    done = bring(world, file(world), "--deliver", "--cancel", str(contact(world)))
    assert done.returncode == 0, done.stderr
    world.settle()
    assert Resident(world, 1).visit["status_id"] == 14


def test_a_report_that_is_older_than_what_was_pushed_loses(world: World) -> None:
    resident = Resident(world, 1)
    assert resident.set_appointment("2026-12-20 09:00:00")
    world.settle()
    done = bring(world, file(world), "--made-at", "2026-11-01 09:00")
    assert f"older        row 4  contact {contact(world)}" in done.stdout
    delivered = bring(
        world, file(world), "--made-at", "2026-11-01 09:00", "--deliver", "--unknown-time", str(contact(world))
    )
    assert f"contact {contact(world)} " not in delivered.stdout
    assert f"nothing was delivered of contact {contact(world)}" in delivered.stderr
    world.settle()
    assert resident.visit["date_planned"] == "2026-12-20 09:00:00"


def test_what_is_left_as_it_was_is_counted(world: World) -> None:
    done = bring(world, file(world), "--deliver")
    assert "not delivered: 1 time. Without --deliver it shows them." in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("{report}", "--made-at", "2090-01-01 10:00"), "lies in the future"),
        ((), "say which: a FILE"),
        (("missing.csv",), "No such file"),
        (("--pasted", "{empty}"), "no table of appointments"),
        (("{empty}",), "leeg"),
    ],
)
def test_what_cannot_be_read_is_refused(world: World, options: tuple[str, ...], said: str) -> None:
    empty = world.folder / "empty.csv"
    empty.write_bytes(b"")
    done = bring(world, *(part.format(empty=empty, report=file(world)) for part in options))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_report_of_another_cooperation_is_refused(world: World) -> None:
    done = bring(world, file(world), "--deliver", cooperation=OTHER)
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not fit" in done.stderr


@pytest.mark.parametrize(
    "option", [("--time", "1001"), ("--time", "1001=25:00"), ("--cancel", "x"), ("--made-at", "ooit")]
)
def test_wrong_options_are_told(world: World, option: tuple[str, str]) -> None:
    done = bring(world, file(world), *option)
    assert done.returncode == 2
    assert option[1] in done.stderr
