"""`local://` lets everybody in, so it starts only where nothing is real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.config import from_environment
from tests.tree import ROOT

START = "from shared import wiring; wiring.environment()"
SETTINGS = """
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis: {url: "http://127.0.0.1:1/econobis", webform_key: "env:KEY", event_key: "env:KEY2"}
    hoomdossier: {url: "http://127.0.0.1:1/api/v1", token: "env:KEY"}
    callers: {econobis: ["env:KEY"], hoomdossier: ["env:KEY2"]}
"""
TASKS = "cloudtasks://local/here?url=http://127.0.0.1:1/{function}&service_account=a@b.example&endpoint=127.0.0.1:2"


def start(folder: Path, **changed: str) -> str:
    """Starts with the settings of a local run, some of which are changed. Returns the last line of why it does not."""
    file = folder / "cooperations.yaml"
    file.write_text(changed.pop("settings", SETTINGS), encoding="utf-8")
    given = {
        "KEY": "0123456789abcdef",
        "KEY2": "fedcba9876543210",
        "LINK_CONFIG": str(file),
        "LINK_STORE": f"sqlite:///{folder / 'link.sqlite'}",
        "LINK_TASKS": TASKS,
        "LINK_BLOBS": (folder / "blobs").as_uri(),
        "LINK_SMTP": "smtp://127.0.0.1:25",
        "LINK_STAFF": "local://",
        "LINK_STAFF_SECRET": "0123456789abcdef",
        **changed,
    }
    command = [sys.executable, "-c", START]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=given, check=False)
    return ran.stderr.strip().splitlines()[-1] if ran.returncode else ""


def test_a_local_run_starts(tmp_path: Path) -> None:
    assert start(tmp_path) == ""
    assert start(tmp_path, LINK_STORE="firestore://demo/(default)?emulator=127.0.0.1:8085") == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"LINK_STORE": "firestore://my-project/(default)"}, "LINK_STORE"),
        ({"LINK_BLOBS": "gs://my-bucket/dossierlink"}, "LINK_BLOBS"),
        ({"LINK_TASKS": TASKS.replace("http://127.0.0.1:1", "https://f.example")}, "LINK_TASKS"),
        ({"LINK_TASKS": TASKS.partition("&endpoint")[0]}, "LINK_TASKS"),
        ({"LINK_SMTP": "smtp://mail.example"}, "LINK_SMTP"),
        (
            {"settings": SETTINGS.replace("http://127.0.0.1:1/econobis", "https://zonnig-dorp.econobis.nl")},
            "zonnig-dorp",
        ),
        (
            {"settings": SETTINGS.replace("http://127.0.0.1:1/api", "https://zonnig-dorp.hoomdossier.nl/api")},
            "zonnig-dorp",
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else next(iter(it)),
)
def test_it_does_not_start_where_something_is_real(tmp_path: Path, changed: dict[str, str], reason: str) -> None:
    said = start(tmp_path, **changed)
    assert "LINK_STAFF is local://, which lets everybody in, and" in said
    assert reason in said


@pytest.mark.parametrize("function", ["show-staff", "run-task"])
def test_it_never_starts_in_google_cloud(tmp_path: Path, function: str) -> None:
    assert start(tmp_path, K_SERVICE=function) != ""


def test_without_a_secret_it_does_not_start(tmp_path: Path) -> None:
    """Else anybody could sign a token."""
    assert "LINK_STAFF_SECRET" in start(tmp_path, LINK_STAFF_SECRET="")
    assert "LINK_STAFF_SECRET" in start(tmp_path, LINK_STAFF_SECRET="short")
    assert "LINK_STAFF_SECRET" in start(tmp_path, LINK_STAFF_SECRET="two words of a secret")


def test_a_sign_in_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    assert "LINK_STAFF starts with" in start(tmp_path, LINK_STAFF="anybody")


def test_the_secret_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "cooperations.yaml"
    file.write_text(SETTINGS, encoding="utf-8")
    places = {
        "LINK_CONFIG": str(file),
        "LINK_STORE": "s",
        "LINK_TASKS": "t",
        "LINK_BLOBS": "b",
        "LINK_STAFF": "local://",
    }
    secrets = {"KEY": "0123456789abcdef", "KEY2": "fedcba9876543210", "LINK_STAFF_SECRET": "canary-3f0c-0123456789"}
    settings = from_environment({**places, **secrets})
    assert settings.staff_secret == secrets["LINK_STAFF_SECRET"]
    assert "canary" not in repr(settings)
