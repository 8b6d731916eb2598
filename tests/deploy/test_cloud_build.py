"""Cloud Build: a plan of a commit in one build, and exactly that plan carried out in another, after an approval."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.installation import Installation
from tests.tree import ROOT

BUILDS = ("cloudbuild.yaml", "cloudbuild.apply.yaml")


def follows_the_schema(file: Path) -> bool:
    """Of Cloud Build, as published; check-jsonschema brings it along."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.cloudbuild", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_follows_the_schema(name: str) -> None:
    assert follows_the_schema(ROOT / name)


def test_a_misspelled_build_does_not(tmp_path: Path) -> None:
    build = yaml.safe_load((ROOT / BUILDS[0]).read_text(encoding="utf-8"))
    build["steps"][0]["entry_point"] = build["steps"][0].pop("entrypoint")
    file = tmp_path / "cloudbuild.yaml"
    file.write_text(yaml.safe_dump(build), encoding="utf-8")
    assert not follows_the_schema(file)


def test_both_builds_use_the_same_terraform() -> None:
    """Another version refuses the plan."""
    images = {
        step["name"]
        for name in BUILDS
        for step in yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["steps"]
        if step["name"].startswith("hashicorp/terraform")
    }
    assert len(images) == 1


def another_machine(installed: Installation) -> None:
    shutil.rmtree(installed.tree / ".local")
    (installed.tree / "cooperations.yaml").unlink(missing_ok=True)
    (installed.tree / "infra/terraform/.terraform.lock.hcl").unlink()


def test_a_plan_changes_nothing_and_is_carried_out_on_another_machine(installed: Installation) -> None:
    before = installed.cloud.functions()
    (installed.tree / "cooperations.yaml").unlink()  # The repository does not have it.
    installed.change_code()
    ran = installed.run("plan", "--keep-as", "c0ffee")
    assert ran.code == 0, ran.output
    assert 'google_cloudfunctions2_function.function["sweep"] will be updated' in ran
    assert installed.cloud.functions() == before
    another_machine(installed)
    ran = installed.run("apply", "--kept-as", "c0ffee")
    assert ran.code == 0, ran.output
    assert "Every function answers as it should." in ran
    first, second = installed.cloud.releases()
    assert (second["number"], second["works"]) == (2, True)
    assert first["source_object"] != second["source_object"]
    assert {it["source"] for it in installed.cloud.functions().values()} == {second["source_object"]}


def test_a_plan_is_refused_when_something_was_changed_since(installed: Installation) -> None:
    installed.change_code()
    installed.run("plan", "--keep-as", "c0ffee")
    installed.change_code()
    installed.run("deploy", "--yes")
    before = installed.cloud.functions()
    ran = installed.run("apply", "--kept-as", "c0ffee")
    assert ran.code == 1
    assert "Saved plan is stale" in ran
    assert installed.cloud.functions() == before


def test_without_a_plan_nothing_is_carried_out(installed: Installation) -> None:
    ran = installed.run("apply", "--kept-as", "c0ffee")
    assert ran.code == 1
    assert "There is no plan c0ffee" in ran


def test_a_new_secret_needs_a_person(installed: Installation) -> None:
    with installed.cloud.change() as state:
        del state["secrets"]["LINK_SMTP"]
    ran = installed.run("plan", "--keep-as", "c0ffee")
    assert ran.code == 1
    assert "These secrets are not there yet: LINK_SMTP\nRun: make deploy PROJECT=link-test" in ran
