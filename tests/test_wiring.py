"""Wrong addresses in the environment stop the start, and what is deployed connects to public addresses only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT
from tests.world.scripted_peer import answer, peer_that

SETTINGS = """
cooperations:
  zonnig-dorp:
    name: Z
    econobis: {url: "https://e.example", webform_key: "env:KEY"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:KEY"}
    callers: {econobis: ["env:KEY"], hoomdossier: ["env:KEY"]}
"""
TASKS = "cloudtasks://demo/europe-west4?url=https://{function}-1.europe-west4.run.app&service_account=a@b.example"
DEPLOYED = {"K_SERVICE": "send-email", "LINK_SMTP": "smtp://mail.example", "LINK_TASKS": TASKS}


def start(folder: Path, program: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Runs `program` in a process of its own with these environment variables."""
    file = folder / "cooperations.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    places = {"LINK_CONFIG": str(file), "LINK_STORE": "sqlite:///:memory:", "LINK_BLOBS": folder.as_uri()}
    environment = {"PATH": os.environ["PATH"], "KEY": "0123456789abcdef", **places, **DEPLOYED, **changed}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_good_environment_starts(tmp_path: Path) -> None:
    ran = start(tmp_path, "import main; main.send_email")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LINK_TASKS", "elsewhere", "not cloudtasks://"),
        ("LINK_TASKS", TASKS.replace("https", "http"), "url= starts with https://"),
        ("LINK_TASKS", f"{TASKS}&endpoint=127.0.0.1:8123", "for a local run only"),
        ("LINK_TASKS", f"{TASKS}&certs=http://127.0.0.1:8124/", "for a local run only"),
        ("LINK_SMTP", "smtp://me:geheim-71@mail.example?starttls=never", "only sent over TLS"),
        ("LINK_SMTP", "smtp://mail.example?starttls=never", "only go over TLS"),
        ("LINK_SMTP", "smtp://127.0.0.1:1025", "only go over TLS"),
    ],
)
def test_a_wrong_address_stops_the_start(tmp_path: Path, name: str, value: str, reason: str) -> None:
    ran = start(tmp_path, "import main; main.send_email", **{name: value})
    assert ran.returncode == 1
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("shared.config.WrongConfig: ")
    assert reason in last
    assert "geheim" not in ran.stderr


@pytest.mark.parametrize("service", ["run-task", ""])
def test_the_clients_of_a_deployed_function_do_not_call_this_machine(tmp_path: Path, service: str) -> None:
    """The settings refuse such an address, so it can only come from the DNS. Here the client is given one."""
    program = """
from shared import wiring
from shared.econobis.client import EconobisClient
from shared.errors import PeerError
try:
    EconobisClient(wiring._http(), "URL", "k", "k").push("appointment", {}, 5)
except PeerError as error:
    print(type(error).__name__)
"""
    with peer_that(answer(401)) as peer:
        ran = start(tmp_path, program.replace("URL", peer.url), K_SERVICE=service)
        error = ran.stdout.splitlines()[-1]
        assert (error == "AddressUnknown", bool(peer.requests)) == (service != "", service == "")
