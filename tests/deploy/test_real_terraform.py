"""What the commands ask of Terraform, asked of the real program over the provider's stand-in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from infra.deploy.commands.remove import KEPT
from infra.deploy.secret_values import address_of_secret
from shared.tasks.queue import QueueAddress
from tests.terraform import terraform
from tests.terraform.workspace import GIVEN, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    start = terraform.command()
    if start is None and os.environ.get("CI"):
        pytest.fail(terraform.NONE)
    if start is None:
        pytest.skip(terraform.NONE)
    return Workspace.make(tmp_path, start)


def test_secrets_come_first_and_a_removal_keeps_what_holds_data(workspace: Workspace) -> None:
    def plan(*options: str) -> list[str]:
        shown = workspace.run("plan", "-no-color", f"-var-file={GIVEN}", "-out=next.tfplan", *options)
        workspace.run("apply", "-no-color", "next.tfplan")
        return [line.split()[1] for line in shown.splitlines() if " will be " in line and line.startswith("  # ")]

    first = plan(*(f"-target={address_of_secret(name)}" for name in ("dossierlink-settings", "LINK_SMTP")))
    assert {it.partition("[")[0] for it in first} == {
        "google_project_service.needed",
        "google_secret_manager_secret.settings",
        "google_secret_manager_secret.secret",
    }
    assert any("google_cloudfunctions2_function" in it for it in plan())
    assert plan() == []
    environment = json.loads(workspace.run("output", "-json"))["environment"]["value"]
    assert "{function}" in QueueAddress.parse(environment["LINK_TASKS"]).url
    there = [it for it in workspace.run("state", "list").splitlines() if not it.startswith("data.")]
    gone = [it for it in there if it.partition("[")[0] not in KEPT]
    plan("-destroy", *(f"-target={it}" for it in gone))
    left = [it for it in workspace.run("state", "list").splitlines() if not it.startswith("data.")]
    assert sorted(left) == sorted(set(there) - set(gone))
