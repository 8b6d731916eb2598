"""One initialised workspace and its plan, for the tests of this folder. They run in one process, one after another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.terraform import terraform
from tests.terraform.plan import Plan
from tests.terraform.workspace import Workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The files as they are, initialised. Skips without Terraform, and fails in continuous integration."""
    if terraform.command() is None:
        if os.environ.get("CI"):
            pytest.fail(terraform.NONE)
        pytest.skip(terraform.NONE)
    return Workspace.make(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def plan(workspace: Workspace) -> Plan:
    return workspace.plan()


@pytest.fixture
def copy(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Another workspace, to change."""
    return workspace.another(tmp_path)
