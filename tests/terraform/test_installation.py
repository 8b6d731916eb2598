"""Real Terraform accepts the files, and what it plans is a safe installation that fits the code."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.terraform.plan import Plan
from tests.terraform.rules import RULES, Rule, findings
from tests.terraform.workspace import GIVEN, Workspace

pytestmark = pytest.mark.xdist_group("terraform")


def test_the_files_are_formatted(workspace: Workspace) -> None:
    workspace.run("fmt", "-check", "-diff", "-recursive", "-no-color")


def test_the_files_are_valid(workspace: Workspace) -> None:
    assert json.loads(workspace.run("validate", "-json"))["diagnostics"] == []


def test_the_choices_of_the_variables_do_what_they_say(workspace: Workspace) -> None:
    """infra/terraform/tests."""
    assert " 0 failed." in workspace.run("test", "-no-color")


@pytest.mark.parametrize("file", ["staging.tfvars", "production.tfvars"])
def test_both_environments_can_be_planned_once_the_address_is_filled_in(workspace: Workspace, file: str) -> None:
    given = [f"-var-file={GIVEN}", f"-var-file={file}", "-var=alert_email=anna@zonnig-dorp.example"]
    assert "Plan: " in workspace.run("plan", "-no-color", *given)


@pytest.mark.parametrize("rule", RULES, ids=lambda it: it.__name__)
def test_the_plan_fulfils(plan: Plan, rule: Rule) -> None:
    assert list(rule(plan)) == []


def test_a_page_for_staff_needs_only_a_row_in_the_table(copy: Workspace) -> None:
    page = yaml.safe_load((copy.terraform / "tests/table_with_a_page.yaml").read_text(encoding="utf-8"))["staff-page"]
    with (copy.folder / "infra/functions.yaml").open("a", encoding="utf-8") as table:
        table.write(yaml.safe_dump({"staff-page": page}))
    plan = copy.plan()
    assert {name: it["iap_enabled"] for name, it, _, _ in plan.pages} == {"show-staff": True, "staff-page": True}
    assert findings(plan) == []


def test_a_new_version_of_the_settings_changes_the_functions_and_nothing_else(copy: Workspace) -> None:
    copy.run("apply", "-auto-approve", "-no-color", f"-var-file={GIVEN}")
    copy.run("plan", "-no-color", f"-var-file={GIVEN}", "-var=settings_version=4", "-out=next.tfplan")
    planned = json.loads(copy.run("show", "-json", "next.tfplan"))
    changes = {
        it["address"]: it["change"] for it in planned["resource_changes"] if it["change"]["actions"] != ["no-op"]
    }
    assert {address.partition("[")[0] for address in changes} == {
        "google_cloudfunctions2_function.function",
        "google_cloud_run_v2_service.page",
    }
    for change in changes.values():
        assert change["actions"] == ["update"]
        assert change["before"]["build_config"] == change["after"]["build_config"]
