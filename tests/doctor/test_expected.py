"""What doctor expects is what Terraform makes and the code says."""

from __future__ import annotations

import re

import pytest

from infra.doctor import access, alarms
from infra.doctor.cloud import QUEUE
from infra.function_table import CALLER, TIME_ZONE
from infra.secret_manager import SETTINGS
from tests.tree import MODULES, PRODUCT, ROOT

TERRAFORM = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "infra/terraform").glob("*.tf"))


@pytest.mark.parametrize(
    "name",
    [CALLER, SETTINGS, QUEUE, TIME_ZONE, *access.INVOKER, *access.READER, *access.GRANTS.values(), *alarms.WATCHED],
)
def test_terraform_makes_what_doctor_looks_for(name: str) -> None:
    assert name in TERRAFORM.replace('\\"', '"')


def test_every_role_of_a_function_is_looked_for() -> None:
    """The accounts in accounts.tf have a few more: of the build, of the sign-in, and of who calls."""
    text = (ROOT / "infra/terraform/accounts.tf").read_text(encoding="utf-8")
    about_functions = text.partition("# -- what a function may do")[2].partition("# -- what the build may do")[0]
    given = set(re.findall(r'role\s+= "(roles/[^"]+)"', about_functions))
    assert given <= {*access.GRANTS.values(), *access.READER}


def test_the_advice_is_about_messages_that_the_code_writes() -> None:
    said = "\n".join(MODULES[module].read_text(encoding="utf-8") for module in PRODUCT)
    assert [message for message in alarms.ADVICE if f'"{message}"' not in said] == []
