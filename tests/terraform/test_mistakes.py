"""The gate proves itself: each mistake that is put into the files on purpose is found."""

from __future__ import annotations

import json

import pytest

from tests.terraform import terraform
from tests.terraform.mistakes import CHOSEN, INVALID, WRONG, Mistake, make
from tests.terraform.rules import RULES, findings
from tests.terraform.workspace import Workspace

pytestmark = pytest.mark.xdist_group("terraform")


@pytest.fixture(scope="module")
def said_by_the_rules(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    copy = workspace.another(tmp_path_factory.mktemp("wrong"))
    make(WRONG, copy)
    return findings(copy.plan())


@pytest.fixture(scope="module")
def said_by_test(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = workspace.another(tmp_path_factory.mktemp("chosen"))
    make(CHOSEN, copy)
    with pytest.raises(terraform.Failed) as failed:
        copy.run("test", "-no-color")
    return str(failed.value)


@pytest.mark.parametrize("mistake", INVALID, ids=lambda it: it.name)
def test_validate_finds(mistake: Mistake, copy: Workspace) -> None:
    make([mistake], copy)
    with pytest.raises(terraform.Failed) as failed:
        copy.run("validate", "-json")
    said = [f"{it['summary']}: {it['detail']}" for it in json.loads(str(failed.value))["diagnostics"]]
    assert mistake.found in "\n".join(said)


@pytest.mark.parametrize("mistake", WRONG, ids=lambda it: it.name)
def test_the_rules_find(mistake: Mistake, said_by_the_rules: list[str]) -> None:
    assert [said for said in said_by_the_rules if mistake.found in said]


@pytest.mark.parametrize("mistake", CHOSEN, ids=lambda it: it.name)
def test_the_tests_of_terraform_find(mistake: Mistake, said_by_test: str) -> None:
    assert mistake.found in said_by_test


def test_every_rule_finds_something(said_by_the_rules: list[str]) -> None:
    """So no rule is one that never finds anything."""
    assert {said.partition(":")[0] for said in said_by_the_rules} == {rule.__name__ for rule in RULES}
