"""`gcloud functions deploy` uploads every file that a function needs, and no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = """
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis: {url: "https://e.example", webform_key: "env:KEY"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:KEY"}
    callers: {econobis: ["env:KEY"], hoomdossier: ["env:KEY"]}
"""
# Adapters and Google's clients are imported at the first call that needs them, so every module is imported here.
IMPORT = """
import importlib, pkgutil
import main, shared
for function in main.FUNCTIONS:
    assert callable(getattr(main, function))
for module in pkgutil.walk_packages(shared.__path__, "shared."):
    importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The paths that gcloud itself would upload from this tree. gcloud asks Google nothing for this list."""
    if not shutil.which("gcloud"):
        if os.environ.get("CI"):
            pytest.fail("the list of uploaded files needs google-cloud-cli (CONTRIBUTING.md)")
        pytest.skip("the list of uploaded files needs google-cloud-cli (CONTRIBUTING.md)")
    settings = {"CLOUDSDK_CONFIG": str(tmp_path_factory.mktemp("gcloud")), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    command = ["gcloud", "meta", "list-files-for-upload", str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, check=True)
    return set(ran.stdout.splitlines())


def test_a_deployment_carries_the_functions_and_nothing_else(uploaded: set[str]) -> None:
    packages = [
        str(file.relative_to(ROOT))
        for package in ("functions", "shared")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    own_settings = {path for path in uploaded if path.startswith("templates/")} | {"cooperations.yaml"}
    assert uploaded - own_settings == {"main.py", "requirements.txt", *packages}


def test_what_is_uploaded_is_enough_for_every_function(uploaded: set[str], tmp_path: Path) -> None:
    for path in uploaded:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    (tmp_path / "cooperations.yaml").write_text(SETTINGS)
    environment = {
        "KEY": "0123456789abcdef",
        "LINK_CONFIG": "cooperations.yaml",
        "LINK_STORE": "sqlite:///link.sqlite",
        "LINK_BLOBS": (tmp_path / "blobs").as_uri(),
        "LINK_TASKS": "cloudtasks://p/l?url=https://f.example/{function}&service_account=a@b.example",
    }
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=tmp_path, capture_output=True, text=True, env=environment, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
