"""What is uploaded is every file that a function needs, and no other; the same bytes on every machine."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.deploy import source_zip

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


def copy(folder: Path) -> Path:
    """What a person has: the tree, with things in it that are not to be uploaded."""
    for path in source_zip.paths(ROOT):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    for path in (".gcloudignore", "cooperations.yaml", "templates/zonnig-dorp/welcome.html", "tests/test_one.py"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text((ROOT / path).read_text() if path == ".gcloudignore" else "one", encoding="utf-8")
    for path in ("shared/__pycache__/config.cpython-311.pyc", ".local/link.sqlite", ".venv/bin/python"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("one", encoding="utf-8")
    return folder


def content(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        return file.namelist()


def test_the_zip_carries_the_functions_and_nothing_else(tmp_path: Path) -> None:
    packages = [
        str(file.relative_to(ROOT))
        for package in ("functions", "shared")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    names = content(source_zip.make(tmp_path / "out", copy(tmp_path / "tree")))
    assert set(names) == {"main.py", "requirements.txt", "templates/zonnig-dorp/welcome.html", *packages}
    assert names == sorted(names)
    # The pages for staff are nothing without these.
    for kind in ("functions/staff/templates/*.html", "functions/staff/english/*.po", "functions/staff/static/*.css"):
        assert fnmatch.filter(names, kind), kind


def test_gcloud_itself_would_upload_the_same(tmp_path: Path) -> None:
    """gcloud asks Google nothing for this list."""
    if not shutil.which("gcloud"):
        if os.environ.get("CI"):
            pytest.fail("the list of uploaded files needs google-cloud-cli (CONTRIBUTING.md)")
        pytest.skip("the list of uploaded files needs google-cloud-cli (CONTRIBUTING.md)")
    tree = copy(tmp_path / "tree")
    settings = {"CLOUDSDK_CONFIG": str(tmp_path / "gcloud"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    command = ["gcloud", "meta", "list-files-for-upload", str(tree)]
    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, check=True)
    assert set(ran.stdout.splitlines()) == set(source_zip.paths(tree))


def test_the_same_code_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the times, the rights and the order of the files on a disk."""
    first = source_zip.make(tmp_path / "one", copy(tmp_path / "tree"))
    other = copy(tmp_path / "another")
    for file in (other / "shared").rglob("*.py"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        file.chmod(0o600)
    second = source_zip.make(tmp_path / "two", other)
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_other_code_has_another_name(tmp_path: Path) -> None:
    tree = copy(tmp_path / "tree")
    first = source_zip.make(tmp_path / "out", tree)
    (tree / "main.py").write_text("# another version", encoding="utf-8")
    second = source_zip.make(tmp_path / "out", tree)
    assert first.name != second.name
    assert list((tmp_path / "out").iterdir()) == [second]


def test_what_is_uploaded_is_enough_for_every_function(tmp_path: Path) -> None:
    with zipfile.ZipFile(source_zip.make(tmp_path / "out")) as file:
        file.extractall(tmp_path)
    (tmp_path / "cooperations.yaml").write_text(SETTINGS, encoding="utf-8")
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
