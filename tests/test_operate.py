"""The command lines of who operates a deployment: dead letters and erasure, as processes, on a store with work in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.store.port import Query
from shared.store.sqlite import SqliteStore
from tests.faults.campaign import COOPERATION, OTHER, Resident, check_whole, dead_letters
from tests.faults.traces import found, kept, of_person
from tests.faults.world import World, living

ROOT = Path(__file__).parents[1]
REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
NOT_A_PDF = {"pdf": {"contents": "Z2VoZWlt"}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One resident per cooperation; of the first Econobis refused a plan and a status, and a report is no PDF."""
    with living(tmp_path, lambda clock: SqliteStore(tmp_path / "link.sqlite", clock)) as world:
        for cooperation in (COOPERATION, OTHER):
            assert Resident(world, 1, cooperation).sign_up()
        world.settle()
        resident = Resident(world, 1)
        for kind in ("woonplan", "woning-status"):
            world.fault("econobis", COOPERATION, kind="status", status=404, match=f"/{kind}", body=REFUSED)
        assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
        assert resident.tell("woning-status") == 200
        assert resident.tell("pdf", **NOT_A_PDF) == 200
        world.fault("econobis", OTHER, kind="status", status=404, match="/gebruik", body=REFUSED)
        assert Resident(world, 1, OTHER).tell("gebruik") == 200
        world.settle()
        yield world


def run(world: World, module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As an operator would, on the world's own store. The queue it names is away: `sweep` makes up for that."""
    store = {"LINK_STORE": f"sqlite:///{world.folder / 'link.sqlite'}"}
    variables = {**os.environ, **world.environment(), **store, **environment}
    command = [sys.executable, "-m", f"infra.{module}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)


def letters(world: World, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(world, "dead_letters", *arguments, **environment)


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines for a person, and nothing else: what is logged goes to stderr."""
    return done.stdout.splitlines()


def ids(world: World, cooperation: str | None = None) -> list[str]:
    return [letter.id for letter in dead_letters(world, cooperation)]


def audit(world: World) -> list[tuple[str, str, str, str]]:
    found = [document.data for document in world.observer.store.find(Query("audit"))]
    return sorted((line["action"], line["by"], line["about"], line["cooperation"]) for line in found)


def versions(world: World) -> list[tuple[str, str]]:
    """The same before and after: nothing was written."""
    collections = ("submissions", "residents", "dossier_requests", "links", "relays", "mails", "audit")
    documents = [document for name in collections for document in world.observer.store.find(Query(name))]
    return [(document.key, str(document.version)) for document in documents]


# -- dead letters ------------------------------------------------------------------------------------------------------


def test_list_has_an_id_and_a_date_of_each_and_changes_nothing(world: World):
    before = versions(world)
    listed = letters(world, "list")
    assert listed.returncode == 0, listed.stderr
    assert sorted(line.split()[0] for line in listed.stdout.splitlines()) == sorted(ids(world))
    assert all("sinds 2026-11-23" in line for line in listed.stdout.splitlines())
    assert "4 dead letters" in listed.stderr
    assert not found(listed.stdout + listed.stderr, "geheim", *of_person(Resident(world, 1)))
    assert versions(world) == before


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--cooperation", OTHER], ["gebruik"]),
        (["--kind", "woonplan"], ["woonplan"]),
        (["--cooperation", COOPERATION, "--reason", "not found"], ["woning-status", "woonplan"]),
    ],
)
def test_options_choose(world: World, options: list[str], kinds: list[str]):
    listed = letters(world, "list", *options)
    assert listed.returncode == 0
    assert sorted(line.split()[0].rpartition("/")[2] for line in listed.stdout.splitlines()) == kinds


def test_show_says_why_and_what_to_do(world: World):
    (id_,) = ids(world, OTHER)
    shown = letters(world, "show", id_)
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[0].startswith(id_)
    assert "Waarom: Contact 7 not found or removed in Econobis" in shown.stdout
    assert "Wat te doen: " in shown.stdout
    assert len(shown.stdout.splitlines()) == 3


def test_json_is_for_programs(world: World):
    listed = letters(world, "list", "--json", "--kind", "pdf")
    (letter,) = json.loads(listed.stdout)
    assert letter["id"] in ids(world, COOPERATION)
    assert (letter["cooperation"], letter["unknown"]) == (COOPERATION, False)
    assert {"reason", "advice", "at"} <= set(letter)


def test_an_id_that_is_not_there_is_said_and_the_others_are_done(world: World):
    (id_,) = ids(world, OTHER)
    done = letters(world, "close", "relays/no:1/pdf", id_, "--by", "Anna")
    assert done.returncode == 1
    assert "relays/no:1/pdf: no dead letter" in done.stderr
    assert ids(world, OTHER) == []


def test_replay_has_it_delivered_and_says_who_decided(world: World):
    chosen = next(it for it in ids(world) if it.endswith("/woonplan"))
    done = letters(world, "replay", chosen, "--by", "Anna")
    assert (done.returncode, said(done)) == (0, [f"{chosen}  replay"]), done.stderr
    assert audit(world) == [("replay", "Anna", chosen, COOPERATION)]
    world.settle()
    assert [row["answered"] for row in world.received("econobis", COOPERATION, "/woonplan")] == [404, 200]
    assert chosen not in ids(world)


def test_replay_of_many_with_an_option(world: World):
    done = letters(world, "replay", "--cooperation", COOPERATION, "--kind", "relays", "--reason", "not found")
    assert done.returncode == 0
    assert len(said(done)) == 2
    assert len(audit(world)) == 2
    assert len(ids(world)) == 2


def test_what_a_replay_cannot_help_is_refused_with_the_advice(world: World):
    done = letters(world, "replay", "--kind", "pdf")
    assert done.returncode == 1
    assert "opnieuw maken" in done.stderr
    assert audit(world) == []
    assert len(ids(world)) == 4


def test_close_takes_it_away_with_its_content(world: World):
    assert found(kept(world), "geheim")
    done = letters(world, "close", "--all", "--by", "Anna")
    assert done.returncode == 0
    assert {(action, by) for action, by, *_ in audit(world)} == {("close", "Anna")}
    assert len(audit(world)) == 4
    assert ids(world) == []
    assert not found(kept(world), "geheim")
    world.settle()
    assert [row["answered"] for row in world.received("econobis", COOPERATION, "/woonplan")] == [404]
    check_whole(world)


@pytest.mark.parametrize("action", ["replay", "close"])
def test_a_dry_run_says_it_and_changes_nothing(world: World, action: str):
    before = versions(world)
    done = letters(world, action, "--all", "--dry-run")
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == sorted(f"{id_}  would {action}" for id_ in ids(world))
    assert versions(world) == before


def test_nothing_is_done_to_all_unless_that_is_said(world: World):
    before = versions(world)
    done = letters(world, "replay")
    assert done.returncode == 2
    assert "--all" in done.stderr
    assert versions(world) == before


def test_without_by_it_is_who_is_logged_in(world: World):
    assert letters(world, "close", *ids(world, OTHER), LOGNAME="anna").returncode == 0
    assert [by for _, by, *_ in audit(world)] == ["anna"]


# -- wrong settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "wrong", "named"),
    [
        (["dead_letters", "list"], {"LINK_CONFIG": "/nowhere/cooperations.yaml"}, "/nowhere/cooperations.yaml"),
        (["dead_letters", "close", "--all"], {"LINK_STORE": "mysql://here"}, "LINK_STORE"),
        (["erase", COOPERATION, "1001"], {"MEER_ENERGIE_WEBFORM": ""}, "MEER_ENERGIE_WEBFORM"),
    ],
)
def test_wrong_settings_are_told_without_a_stack(world: World, command: list[str], wrong: dict[str, str], named: str):
    before = versions(world)
    done = run(world, *command, **wrong)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(world) == before


# -- erasure -----------------------------------------------------------------------------------------------------------


def test_erase_forgets_a_contact_and_says_who_decided(world: World):
    resident, other = Resident(world, 1), Resident(world, 1, OTHER)
    assert found(kept(world), *of_person(resident))
    done = run(world, "erase", COOPERATION, str(resident.contact_id), "--by", "Anna")
    assert done.returncode == 0, done.stderr
    (line,) = said(done)
    assert line.endswith(" documents forgotten")
    assert int(line.split()[0]) >= 4
    assert audit(world) == [("erase", "Anna", f"{COOPERATION}:{resident.contact_id}", COOPERATION)]
    assert ids(world, COOPERATION) == []
    assert not found(kept(world), "geheim")
    (there,) = [record for _, record in world.observer.residents.all()]
    assert (there.cooperation, there.person.email) == (OTHER, other.email)
    assert len(ids(world, OTHER)) == 1


def test_erase_again_finds_nothing_more(world: World):
    contact = str(Resident(world, 1).contact_id)
    run(world, "erase", COOPERATION, contact)
    before = [line for line in kept(world).splitlines() if not line.startswith("audit")]
    done = run(world, "erase", COOPERATION, contact)
    assert done.returncode == 0
    assert [line for line in kept(world).splitlines() if not line.startswith("audit")] == before


def test_erase_by_email_finds_a_sign_up_without_a_contact(world: World):
    """Econobis' answer was lost, so we do not know whose it became."""
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    lost = Resident(world, 3)
    assert lost.sign_up()
    world.settle()
    assert found(kept(world), lost.email)
    done = run(world, "erase", COOPERATION, "4242", "--email", f" {lost.email.upper()} ")
    assert done.returncode == 0
    assert not found(kept(world), *of_person(lost))


@pytest.mark.parametrize(("arguments", "said"), [(["no-such", "1"], "no-such"), ([COOPERATION, "Jansen"], "Jansen")])
def test_erase_of_what_cannot_be_changes_nothing(world: World, arguments: list[str], said: str):
    before = versions(world)
    done = run(world, "erase", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert versions(world) == before
