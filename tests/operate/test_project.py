"""`--project`: the same commands on a deployment in Google Cloud, on a machine that has nothing of it but a login.

The `gcloud` on the PATH is the one of tests/doctor: a healthy deployment, whose store is here a file of this machine.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.doctor import commands
from infra.secret_manager import SETTINGS
from infra.standins.cloud_tasks import QueueSettings, serve
from infra.standins.cloud_tasks.server import Server
from shared.store.port import Query
from tests.doctor.google import PROJECT, Google, value
from tests.tree import ROOT
from tests.world.gcloud_rules import unknown
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World, open_world

QUEUE = f"projects/{PROJECT}/locations/europe-west1/queues/default"
LOGIN = ("auth", "application-default", "print-access-token")
REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
MEMBER, READER = "--member=user:YOUR-ADDRESS", "roles/secretmanager.secretAccessor"
DENIED = "(gcloud) PERMISSION_DENIED: Permission 'secretmanager.versions.access' denied on resource"


@dataclass
class Deployment:
    """`google` is what gcloud answers; change it before `run`. `variables` are those of somebody's terminal."""

    world: World
    folder: Path
    google: Google
    keys: dict[str, str]
    has_gcloud: bool = True
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, project: str = PROJECT) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "infra.operate", "--project", project, *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = self.google.install(self.folder)
        temporary = self.folder / "temporary"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": f"{program}:/usr/bin:/bin" if self.has_gcloud else "/nowhere",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "LOGNAME": "anna",
            "TMPDIR": str(temporary),
            **self.variables,
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def asked(self) -> list[str]:
        return Google.asked(self.folder)

    def audit(self) -> list[tuple[str, str]]:
        documents = self.world.observer.store.find(Query("audit"))
        return sorted((it.data["action"], it.data["by"]) for it in documents)


@pytest.fixture
def queue() -> Iterator[Server]:
    with serve(None, queues=[QueueSettings(QUEUE)]) as server:
        yield server


@pytest.fixture
def deployment(tmp_path: Path, queue: Server) -> Iterator[Deployment]:
    """A resident, and an event that Econobis refused: one dead letter."""
    with open_world(tmp_path) as world:
        resident = Resident(world, 1)
        assert resident.sign_up()
        world.settle()
        world.fault("econobis", COOPERATION, kind="status", status=404, match="/woonplan", body=REFUSED)
        assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
        world.settle()
        local = world.environment()
        text = Path(local["LINK_CONFIG"]).read_text(encoding="utf-8")
        google = Google(text)
        keys = {name: key for name, key in local.items() if name.endswith("WEBFORM")}
        google.answers |= {commands.secret_value(PROJECT, name): value(key) for name, key in keys.items()}
        google.answers[LOGIN] = {"token": "canary-token-of-anna"}
        google.service("run-task")["environmentVariables"] |= {
            "LINK_STORE": f"sqlite:///{world.folder / 'link.sqlite'}",
            "LINK_TASKS": (
                f"cloudtasks://{PROJECT}/europe-west1?url=https://{{function}}-1.run.app&endpoint={queue.address}"
            ),
            "LINK_BLOBS": local["LINK_BLOBS"],
        }
        # Of another deployment: no command may take these from the terminal.
        other = {"LINK_STORE": "sqlite:////nowhere/other.sqlite", "LINK_SMTP": "nowhere", "K_SERVICE": "sweep"}
        yield Deployment(world, tmp_path / "laptop", google, keys, variables=other)


def ids(deployment: Deployment) -> list[str]:
    return [letter.id for letter in dead_letters(deployment.world)]


# -- the commands ------------------------------------------------------------------------------------------------------


def test_the_first_lines_say_on_what_it_works(deployment: Deployment) -> None:
    done = deployment.run("dead-letters", "list")
    assert done.returncode == 0, done.stderr
    first, second, *_ = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert first.startswith(f"Working on project {PROJECT}: sqlite:///")
    assert first.endswith("settings version 3")
    assert COOPERATION in second
    assert done.stdout.split()[0] == ids(deployment)[0]


def test_show_says_why_and_what_to_do(deployment: Deployment) -> None:
    done = deployment.run("dead-letters", "show", *ids(deployment))
    assert "Waarom: Contact 7 not found or removed in Econobis" in done.stdout, done.stderr


def test_a_replay_makes_the_task_in_the_queue_of_the_deployment(deployment: Deployment, queue: Server) -> None:
    (chosen,) = ids(deployment)
    done = deployment.run("dead-letters", "replay", chosen)
    assert (done.returncode, done.stdout) == (0, f"{chosen}  replay\n"), done.stderr
    assert "queue unavailable" not in done.stderr
    assert deployment.audit() == [("replay", "anna")]
    deployment.world.settle()
    assert ids(deployment) == []


def test_erase_forgets_the_contact_and_finds_a_lost_sign_up_by_its_address(deployment: Deployment) -> None:
    world, lost = deployment.world, Resident(deployment.world, 3)
    world.fault("econobis", COOPERATION, kind="reset", match="webform")
    assert lost.sign_up()
    world.dispatcher.run_due()
    contact = str(Resident(world, 1).contact_id)
    done = deployment.run("erase", COOPERATION, contact, "--email", lost.typed["emailadres"], "--by", "Bea")
    assert done.returncode == 0, done.stderr
    assert "2 sign-ups" in done.stdout
    assert deployment.audit() == [("erase", "Bea")]
    assert not found(kept(world), "geheim", lost.typed["achternaam"])


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_only_the_secrets_that_the_commands_use_are_read(deployment: Deployment) -> None:
    assert deployment.run("dead-letters", "list").returncode == 0
    read = {it.split("--secret=")[1].split()[0] for it in deployment.asked() if " access " in it}
    assert read == {SETTINGS, *deployment.keys}


def test_nothing_secret_is_printed_given_to_a_command_or_left_behind(deployment: Deployment) -> None:
    done = deployment.run("dead-letters", "show")
    said = done.stdout + done.stderr + "\n".join(deployment.asked())
    assert not found(said, *deployment.keys.values(), "canary-token-of-anna")
    assert list((deployment.folder / "temporary").iterdir()) == []


def test_the_settings_are_private_and_gone_also_when_they_are_wrong(deployment: Deployment) -> None:
    deployment.google.answers[commands.secret_value(PROJECT, SETTINGS, "3")] = value("cooperations: 7\n")
    done = deployment.run("dead-letters", "list")
    assert done.returncode == 2
    assert f"{SETTINGS} version 3:1: cooperations" in done.stderr
    assert list((deployment.folder / "temporary").iterdir()) == []


def test_the_version_that_the_functions_use_is_read_and_not_the_newest(deployment: Deployment) -> None:
    deployment.run("dead-letters", "list")
    (read,) = [it for it in deployment.asked() if f"--secret={SETTINGS}" in it]
    assert read.startswith("secrets versions access 3 ")


def test_google_counts_the_calls_for_the_project(deployment: Deployment) -> None:
    """Without it Google refuses calls with the login of a person who never named a project."""
    code = (
        "from google.oauth2.credentials import Credentials; from infra.operate import deployment;"
        f"deployment.use({PROJECT!r}); print(Credentials('x').with_quota_project_from_environment().quota_project_id)"
    )
    done = deployment.python("-c", code)
    assert done.stdout.splitlines()[-1:] == [PROJECT], done.stderr


# -- refusals ----------------------------------------------------------------------------------------------------------


def fails(command: tuple[str, ...], text: str) -> dict[tuple[str, ...], Any]:
    return {command: Exception(text)}


REFUSALS: list[tuple[dict[tuple[str, ...], Any], list[str]]] = [
    (
        fails(commands.project(PROJECT), "(gcloud) You do not currently have an active account selected."),
        ["You are not logged in.", "Log in: gcloud auth login"],
    ),
    (
        fails(commands.project(PROJECT), f"[anna@example.org] has no permission on {PROJECT} (or it may not exist)"),
        [f"The project {PROJECT} does not exist, or you may not see it.", "See your projects: gcloud projects list"],
    ),
    (
        {commands.functions(PROJECT): []},
        [f"dossierlink is not deployed to {PROJECT}.", f"Deploy it: make deploy PROJECT={PROJECT}"],
    ),
    (
        fails(commands.functions(PROJECT), "SERVICE_DISABLED: Cloud Functions API has not been used in project"),
        [f"Nothing is deployed to {PROJECT}.", f"Deploy it: make deploy PROJECT={PROJECT}"],
    ),
    (
        fails(commands.functions(PROJECT), "PERMISSION_DENIED: cloudfunctions.functions.list"),
        [
            f"You may not see the functions of {PROJECT}.",
            "Ask an owner of the project to give you roles/cloudfunctions.viewer:",
            f"  gcloud projects add-iam-policy-binding {PROJECT} {MEMBER} --role=roles/cloudfunctions.viewer",
        ],
    ),
    (
        fails(LOGIN, "Your default credentials were not found."),
        [
            "gcloud is logged in, but programs that call Google for you are not.",
            "Log in: gcloud auth application-default login",
        ],
    ),
    (
        fails(commands.secret_value(PROJECT, SETTINGS, "3"), DENIED),
        [
            f"You may not read the secret {SETTINGS}.",
            f"Ask an owner of the project to give you {READER}:",
            f"  gcloud secrets add-iam-policy-binding {SETTINGS} --project={PROJECT} {MEMBER} --role={READER}",
        ],
    ),
    (
        fails(commands.secret_value(PROJECT, "MEER_ENERGIE_WEBFORM"), "NOT_FOUND: Secret version [latest] not found."),
        [
            "The secret MEER_ENERGIE_WEBFORM has no value.",
            f"Give it one: make secret PROJECT={PROJECT} NAME=MEER_ENERGIE_WEBFORM",
        ],
    ),
    (
        fails(commands.functions(PROJECT), "anna@example.org: quota exceeded\nmore"),
        ["Google refused: [address] quota exceeded"],
    ),
]


@pytest.mark.parametrize(("answers", "said"), REFUSALS, ids=[said[0] for _, said in REFUSALS])
def test_a_refusal_says_what_to_do_and_changes_nothing(
    deployment: Deployment, answers: dict[tuple[str, ...], Any], said: list[str]
) -> None:
    deployment.google.answers |= answers
    done = deployment.run("dead-letters", "close", "--all")
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", said)
    assert (len(ids(deployment)), deployment.audit()) == (1, [])


def test_without_gcloud_it_says_where_to_get_it(deployment: Deployment) -> None:
    deployment.has_gcloud = False
    done = deployment.run("dead-letters", "list")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "gcloud is not installed.")


@pytest.mark.parametrize("project", ["", "--impersonate-service-account=x", "My Project", "a"])
def test_what_cannot_be_a_project_does_not_reach_gcloud(deployment: Deployment, project: str) -> None:
    done = deployment.run("dead-letters", "list", project=project)
    assert done.returncode == 2
    assert deployment.asked() == []


def test_a_store_that_fails_points_to_the_roles(deployment: Deployment) -> None:
    (deployment.folder / "broken").mkdir(parents=True)
    variables = deployment.google.service("run-task")["environmentVariables"]
    variables["LINK_STORE"] = f"sqlite:///{deployment.folder / 'broken'}"
    done = deployment.run("erase", COOPERATION, "4242")
    assert done.returncode == 2
    assert "run this again" in done.stderr
    assert "do you have the roles of" in done.stderr


# -- gcloud's own rules ------------------------------------------------------------------------------------------------


def test_each_command_that_is_run_or_advised_is_known_and_the_run_ones_only_read(
    deployment: Deployment, tmp_path: Path
) -> None:
    assert deployment.run("dead-letters", "list").returncode == 0
    ran = [shlex.split(line) for line in deployment.asked()]
    reading = {"describe", "list", "access", "print-access-token"}
    assert [it for it in ran if not reading & set(it)] == []
    advised = {line.partition("gcloud ")[2] for _, lines in REFUSALS for line in lines if "gcloud " in line}
    complete = {it for it in advised if it.startswith(("auth", "projects", "secrets"))}
    assert len(complete) >= 4
    assert unknown({f"gcloud {shlex.join(it)}" for it in ran} | {f"gcloud {it}" for it in complete}, tmp_path) == {}
