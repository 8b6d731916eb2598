"""The command as a volunteer runs it: what it prints, how it ends, and that it only reads."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from functions.receive_event import receive_event
from infra.doctor import commands
from infra.doctor.__main__ import Surroundings, main
from infra.doctor.commands import Command
from infra.doctor.finding import by_hand, error, exit_code, unchecked, warning
from infra.function_table import rows
from infra.secret_manager import SETTINGS
from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving
from shared import wiring
from tests.doctor.dns_server import GOOD_RECORDS, resolver_of
from tests.doctor.google import PROJECT, QUEUE_REGION, URL, Google, econobis_call, value
from tests.doctor.mail_server import PASSWORD, mail_server
from tests.doctor.settings import GOOD, settings
from tests.doctor.site import PUBLIC, served, site, wire
from tests.tree import ROOT
from tests.world.gcloud_rules import unknown

TOKEN = "7|het-token-van-hoomdossier"


class ToStandIns(httpx.BaseTransport):
    """Sends the calls of a host to a stand-in, over real HTTP. A stand-in may begin at a path."""

    def __init__(self, hosts: dict[str, str]) -> None:
        self._hosts = hosts
        self._transport = httpx.HTTPTransport()

    def handle_request(self, asked: httpx.Request) -> httpx.Response:
        if asked.url.host not in self._hosts:
            raise httpx.ConnectError("no such name") from socket.gaierror(-2, "Name or service not known")
        base = httpx.URL(self._hosts[asked.url.host])
        path = base.path.rstrip("/") + asked.url.path
        asked.url = asked.url.copy_with(scheme=base.scheme, host=base.host, port=base.port, path=path)
        return self._transport.handle_request(asked)

    def close(self) -> None:
        self._transport.close()


class Deployment:
    """A healthy one. `doctor` runs the command on it and returns the exit code and what was printed."""

    def __init__(
        self, folder: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        self.google = Google(GOOD)
        self.letters, self.smtp = opened.enter_context(mail_server(folder))
        self.google.answers[commands.secret_value(PROJECT, "LINK_SMTP")] = value(self.smtp)
        hoomdossier = create_hoomdossier("zonnig-dorp", Database(), HoomdossierSettings(country="NL", token=TOKEN))
        econobis = create_econobis(
            "zonnig-dorp", Database(), EconobisSettings(country="NL", webform_key="a", hoom_link="https://x")
        )
        self.events = opened.enter_context(serving(served(receive_event)))
        hosts = {
            "zonnig-dorp.econobis.nl": opened.enter_context(serving(econobis)),
            "zonnig-dorp.hoomdossier.nl": opened.enter_context(serving(hoomdossier)),
            "www.googleapis.com": opened.enter_context(serving(site({}))),
        }
        wire(folder, settings(folder), monkeypatch)
        opened.callback(wiring.forget)
        functions = opened.enter_context(serving(site(PUBLIC)))
        hosts |= {httpx.URL(URL.replace("{function}", name)).host: f"{functions}/{name}" for name in rows()}
        self.resolver = opened.enter_context(resolver_of(GOOD_RECORDS))
        self.hosts = hosts
        self.http = httpx.Client(transport=ToStandIns(hosts))
        opened.callback(self.http.close)

    def doctor(self, *arguments: str) -> tuple[int, str]:
        path = self.google.install(self.folder)
        self._monkeypatch.setenv("PATH", f"{path}:{os.environ['PATH']}")
        code = main(arguments, Surroundings(self.http, self.resolver))
        return code, self.said()

    def said(self) -> str:
        """What was printed since the last time."""
        return self._capsys.readouterr().out


@pytest.fixture
def deployment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Deployment]:
    with ExitStack() as opened:
        made = Deployment(tmp_path, opened, monkeypatch, capsys)
        made.google.answers |= lately()
        yield made


def lately() -> dict[commands.Command, object]:
    """The command runs on the real clock."""
    now = datetime.now(UTC)
    google = Google(GOOD)
    for job in google[commands.schedules(PROJECT, QUEUE_REGION)]:
        job["lastAttemptTime"] = (now - timedelta(minutes=4)).isoformat()
    google[commands.backups(PROJECT)][0]["snapshotTime"] = (now - timedelta(hours=9)).isoformat()
    changed = (commands.schedules(PROJECT, QUEUE_REGION), commands.backups(PROJECT))
    calls = [econobis_call("submit_intake", now), econobis_call("deliver_event", now, kind="plan")]
    return {**{name: google[name] for name in changed}, commands.calls_of_econobis(PROJECT): calls}


def test_a_healthy_deployment_ends_with_0(deployment: Deployment) -> None:
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 0, said
    assert "FOUT" not in said
    assert "NIET NAGEKEKEN" not in said
    assert "Alles wat nagekeken is, is goed." in said
    assert deployment.letters.letters() == []


def test_a_fault_ends_with_1_and_says_where_to_mend_it(deployment: Deployment) -> None:
    deployment.google[commands.queues(PROJECT, QUEUE_REGION)][0]["state"] = "PAUSED"
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 1
    assert (
        "Wachtrij en planning\n"
        "  FOUT: de wachtrij default staat op PAUSED\n"
        "      waarom: alle werk staat stil tot hij weer loopt\n"
        "      waar: Google Cloud: Cloud Tasks → default → Wachtrij hervatten\n"
    ) in said
    assert "Fouten: 1." in said


def test_what_cannot_be_seen_ends_with_2(deployment: Deployment) -> None:
    deployment.google.answers[commands.alerts(PROJECT)] = Exception("PERMISSION_DENIED: anna@zonnig-dorp.nl")
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 2
    assert "  NIET NAGEKEKEN: de waarschuwingen\n      waarom: uw account heeft hier geen rechten voor" in said
    assert "Niet nagekeken: 1." in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("You do not currently have an active account selected.", "gcloud is niet aangemeld; doe: gcloud auth login"),
        (
            "[anna@zonnig-dorp.nl] has no permission for projects instance [x] (or it may not exist)",
            "bestaat niet, of uw",
        ),
    ],
)
def test_a_project_that_cannot_be_seen_ends_the_look_at_once(text: str, reason: str, deployment: Deployment) -> None:
    deployment.google.answers[commands.project(PROJECT)] = Exception(text)
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 2
    assert reason in said
    assert len(deployment.google.asked(deployment.folder)) == 1
    assert "anna" not in said


def test_without_gcloud_doctor_says_so(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nothing")
    assert main(["--project", PROJECT]) == 2
    assert "gcloud is niet geïnstalleerd" in deployment.said()


def test_a_project_that_is_being_removed_is_found(deployment: Deployment) -> None:
    deployment.google[commands.project(PROJECT)]["lifecycleState"] = "DELETE_REQUESTED"
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 1
    assert "FOUT: het project staat op DELETE_REQUESTED" in said


def test_an_older_file_of_the_settings_can_be_looked_at(deployment: Deployment) -> None:
    file = deployment.folder / "mine.yaml"
    file.write_text(GOOD.replace("      event_key: env:EVENT\n", ""))
    code, said = deployment.doctor("--project", PROJECT, "--settings", str(file))
    assert code == 0
    assert f"{file}, regel 4: cooperations.zonnig-dorp.econobis.event_key" in said


def test_the_settings_in_use_are_named_by_their_version(deployment: Deployment) -> None:
    deployment.google.answers[commands.secret_value(PROJECT, SETTINGS, "3")] = value(GOOD.replace("345\n", "346\n"))
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 1
    assert re.search("waar: dossierlink-settings versie 3, regel [0-9]+: cooperations.zonnig-dorp", said)


def test_without_settings_the_rest_is_not_called_fine(deployment: Deployment) -> None:
    version = commands.secret_value(PROJECT, SETTINGS, "3")
    deployment.google.answers[version] = Exception("PERMISSION_DENIED")
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 2
    assert "NIET NAGEKEKEN: de instellingen (dossierlink-settings, versie 3)" in said
    assert "NIET NAGEKEKEN: toegang tot geheimen, bereikbaarheid, Econobis, Hoomdossier en e-mail" in said


def test_without_functions_their_addresses_are_not_called_fine(deployment: Deployment) -> None:
    deployment.google.answers[commands.functions(PROJECT)] = Exception("PERMISSION_DENIED")
    deployment.google.answers[commands.secret_value(PROJECT, SETTINGS, "latest")] = value(GOOD)
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 2
    for what in ("de functies", "de wachtrij", "de planning", "of de functies antwoorden"):
        assert f"NIET NAGEKEKEN: {what}\n" in said


def test_an_answer_that_cannot_be_read_is_not_called_fine(deployment: Deployment) -> None:
    """Google may change what it answers; the other groups are shown all the same."""
    deployment.google.answers[commands.queues(PROJECT, QUEUE_REGION)] = [{"id": "default"}]
    deployment.google.answers[commands.secrets(PROJECT)] = {"secrets": []}
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 2
    assert "Wachtrij en planning\n  NIET NAGEKEKEN: deze groep\n" in said
    assert "(KeyError)" in said
    assert "NIET NAGEKEKEN: de instellingen in Secret Manager\n      waarom: het antwoord van gcloud is niet te" in said
    assert "Database\n  GOED" in said


def test_no_secret_and_no_person_is_printed(deployment: Deployment) -> None:
    deployment.google.answers[commands.secret_value(PROJECT, "TOKEN")] = value("7|een-verkeerd-token")
    deployment.google.answers[commands.secret_value(PROJECT, "LINK_SMTP")] = value("smtp://anna:geheim@127.0.0.1:1")
    _, said = deployment.doctor("--project", PROJECT)
    assert "Hoomdossier kent het token TOKEN niet" in said
    for secret in ("een-verkeerd-token", "geheim@", "anna", "karim", "beheer@", PASSWORD):
        assert secret not in said.lower()


def test_the_addresses_to_fill_in_are_shown(deployment: Deployment) -> None:
    _, said = deployment.doctor("--project", PROJECT)
    assert re.search(rf"Hoom link +{re.escape(URL.replace('{function}', 'create-dossier'))}/zonnig-dorp\n", said)
    assert re.search(
        rf"Hoom bewoner/coach link +{re.escape(URL.replace('{function}', 'link-coach'))}/zonnig-dorp\n", said
    )
    assert "Hoom campagnes            Isolatie (12)" in said
    assert f"{URL.replace('{function}', 'receive-webform')}/zonnig-dorp/aanmelden" in said


def test_a_name_for_events_is_called_as_hoomdossier_calls_it(deployment: Deployment) -> None:
    """The record in the DNS, the certificate and the load balancer behind it, in one question."""
    name = "zonnigdorp-link.econobis.nl"
    page = deployment.google[commands.page(PROJECT, "europe-west4", "show-staff")]
    variables = page["spec"]["template"]["spec"]["containers"][0]["env"]
    variables.append({"name": "LINK_EVENT_HOSTS", "value": f"{name}=zonnig-dorp"})
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 1
    assert f"FOUT: zonnig-dorp: {name} leidt niet naar de koppeling: deze naam bestaat niet in de DNS" in said
    assert f"{name} het internetadres dat `make deploy` toonde" in said
    deployment.hosts[name] = deployment.hosts["zonnig-dorp.hoomdossier.nl"]
    code, said = deployment.doctor("--project", PROJECT)
    assert (code, "er antwoordt iemand anders, met status 404" in said) == (1, True), said
    deployment.hosts[name] = deployment.events
    code, said = deployment.doctor("--project", PROJECT)
    assert code == 0, said
    assert "Econobis wildcard         zonnigdorp-link\n" in said


# -- without Google Cloud ----------------------------------------------------------------------------------------------


def test_offline_needs_nothing_but_the_file(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    file = deployment.folder / "mine.yaml"
    file.write_text(GOOD)
    code, said = deployment.doctor("--settings", str(file), "--offline")
    assert code == 0
    assert deployment.google.asked(deployment.folder) == []
    assert "Hoom link                 https://create-dossier-….run.app/zonnig-dorp" in said
    file.write_text(GOOD.replace("name: Zonnig Dorp\n", "naam: Zonnig Dorp\n", 1))
    code, said = deployment.doctor("--settings", str(file), "--offline")
    assert code == 1
    assert f"waar: {file}, regel 3: cooperations.zonnig-dorp.naam" in said


def test_without_a_project_the_keys_come_from_the_environment(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deployment.folder / "mine.yaml"
    file.write_text(GOOD)
    monkeypatch.delenv("TOKEN")
    code, said = deployment.doctor("--settings", str(file))
    assert code == 2
    assert "de omgevingsvariabele TOKEN is niet gezet" in said
    monkeypatch.setenv("TOKEN", TOKEN)
    monkeypatch.setenv("LINK_SMTP", deployment.smtp)
    code, said = deployment.doctor("--settings", str(file))
    assert code == 0, said
    assert deployment.google.asked(deployment.folder) == []


def test_it_needs_a_project_or_a_file() -> None:
    ran = subprocess.run([sys.executable, "-m", "infra.doctor"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "geef het project: make doctor PROJECT=mijn-project" in ran.stderr


def test_it_runs_as_a_command(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    command = [sys.executable, "-m", "infra.doctor", "--settings", str(file), "--offline"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([warning("a", "b", "c"), by_hand("a", "b", "c")], 0),
        ([unchecked("a", "b"), warning("a", "b", "c")], 2),
        ([error("a", "b", "c"), unchecked("a", "b")], 1),
    ],
)
def test_the_exit_code_tells_the_worst(findings: list[object], code: int) -> None:
    assert exit_code(findings) == code


# -- the commands ------------------------------------------------------------------------------------------------------

READS = re.compile(r".*? (?:list|describe|get-iam-policy|read|access)(?= )")


def without_values(command: str) -> tuple[str, ...]:
    """The words up to the verb, which has to be one that reads, and the names of the flags."""
    words = READS.match(command)
    assert words, f"not a command that only reads: {command}"
    return words[0], *sorted(re.findall(r"(?<= )--[a-z-]+", command))


def every_command() -> list[Command]:
    """An example of each function in commands.py."""
    region, database = "europe-west4", "(default)"
    of_project = (
        commands.project, commands.billing, commands.functions, commands.secrets, commands.databases, commands.backups,
        commands.buckets, commands.roles, commands.alerts, commands.channels, commands.errors, commands.log_bucket,
        commands.calls_of_econobis,
    )  # fmt: skip
    of_secret = (commands.secret_versions, commands.secret_readers, commands.secret_value)
    of_database = (commands.expiry_fields, commands.indexes, commands.backup_schedules)
    return [
        *(command(PROJECT) for command in of_project),
        *(command(PROJECT, SETTINGS) for command in of_secret),
        *(command(PROJECT, database) for command in of_database),
        commands.queues(PROJECT, region),
        commands.queue_users(PROJECT, region, "default"),
        commands.account_users(PROJECT, f"dl-caller@{PROJECT}.iam.gserviceaccount.com"),
        commands.bucket_users(PROJECT, f"{PROJECT}-dossierlink-blobs"),
        commands.schedules(PROJECT, region),
        commands.logged_addresses(PROJECT, ["receive-event", "receive-webform", "serve-feed", "show-staff"]),
        commands.invokers(PROJECT, region, "sweep"),
        commands.page(PROJECT, region, "show-staff"),
        commands.page_visitors(PROJECT, region, "show-staff"),
    ]


def test_every_command_only_reads_and_is_in_the_list(deployment: Deployment) -> None:
    deployment.doctor("--project", PROJECT)
    asked = {without_values(it) for it in deployment.google.asked(deployment.folder)}
    listed = {without_values(" ".join([*it, "--format=json", "--quiet"])) for it in every_command()}
    assert asked == listed


def test_gcloud_knows_every_command(tmp_path: Path) -> None:
    texts = [subprocess.list2cmdline(["gcloud", *it, "--format=json", "--quiet"]) for it in every_command()]
    assert unknown(texts, tmp_path) == {}
