"""One table of functions: `infra/functions.yaml` says the same as the code, the README, OpenAPI and the caller checks.

`tests/test_secret.py` compares its column `secrets`, `tests/terraform` what Terraform makes of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.staff import routes as staff
from functions.staff.form import LARGEST_UPLOAD
from infra.local.run import JOBS
from main import FUNCTIONS
from shared.events import set_visit_status
from shared.flows import deliver_event
from shared.work.kinds import KINDS
from shared.work.once import LEASE_MARGIN
from shared.work.step import Step
from tests.functions.routes import FEEDS, PAGES, ROUTES, _of_a_page, described
from tests.tree import MODULES, ROOT, imports, syntax

TASK_DEADLINE = 600  # seconds; shared/tasks/client.py leaves it at Cloud Tasks' own
SCHEMES = {"econobis": "bearer_key", "google": "google_token", "staff": "sign_in", "program": "feed_key"}


class Row(BaseModel):
    """A row of the table; its first lines explain the columns."""

    model_config = ConfigDict(extra="forbid", strict=True)

    called_by: Literal["anybody", "econobis", "hoomdossier", "cloud_tasks", "cloud_scheduler", "staff", "program"]
    credential: Literal["none", "bearer_key", "path_key", "google_token", "sign_in", "feed_key"]
    sign_in: Literal["none", "google"] = "none"
    body_kib: Annotated[int, Field(gt=0, le=32 * 1024)]
    timeout_seconds: Annotated[int, Field(ge=30, lt=TASK_DEADLINE)]
    memory: Annotated[str, Field(pattern=r"^(512Mi|[124]Gi)$")]
    instances: Annotated[int, Field(gt=0, le=100)]
    schedule: str | None = None
    secrets: list[str]
    makes_tasks: bool
    blobs: Literal["none", "create", "use"]

    @model_validator(mode="after")
    def _columns_fit(self) -> Row:
        assert (self.schedule is not None) == (self.called_by == "cloud_scheduler"), "who is scheduled has a schedule"
        assert (self.credential == "google_token") == self.called_by.startswith("cloud_"), "Google shows a token"
        assert (self.sign_in == "google") == (self.called_by == "staff"), "staff sign in"
        return self

    @property
    def caller(self) -> str:
        """As in tests/functions/routes.py."""
        return "google" if self.called_by.startswith("cloud_") else self.called_by


TABLE = {
    name: Row.model_validate(row)
    for name, row in yaml.safe_load((ROOT / "infra/functions.yaml").read_text(encoding="utf-8")).items()
}
each = pytest.mark.parametrize("function", sorted(TABLE))


def test_every_function_has_a_row() -> None:
    assert {name.replace("-", "_") for name in TABLE} == FUNCTIONS


def test_the_columns_are_explained_above_the_table() -> None:
    text = (ROOT / "infra/functions.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"^#   (\w+) ", text, re.MULTILINE)) == Row.model_fields.keys()


# -- who calls ---------------------------------------------------------------------------------------------------------


@each
def test_the_readme_names_the_caller(function: str) -> None:
    words = {
        "anybody": "a web form",
        "econobis": "Econobis",
        "hoomdossier": "Hoomdossier",
        "cloud_tasks": "Cloud Tasks",
        "cloud_scheduler": "Cloud Scheduler",
        "staff": "staff",
        "program": "a program that reads",
    }
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    called_by = dict(rows)[function.replace("-", "_")]
    assert called_by.startswith(words[TABLE[function].called_by])


@each
def test_the_caller_checks_name_the_caller(function: str) -> None:
    assert {route.caller for route in (*ROUTES, *PAGES, *FEEDS) if route.function == function} == {
        TABLE[function].caller
    }


@each
def test_openapi_names_the_credential(function: str) -> None:
    found = set()
    for path, item in described()["paths"].items():
        if path.split("/")[1] == function:
            for operation in (it for name, it in item.items() if name in {"get", "post"}):
                schemes = [SCHEMES[scheme] for alternative in operation["security"] for scheme in alternative]
                found |= set(schemes) or {"path_key" if "{key}" in path else "none"}
    # To sign in needs none, and a calendar and a coach's page have a secret address.
    assert found - ({"none"} if found & {"sign_in", "feed_key"} else set()) == {TABLE[function].credential}


@each
def test_the_code_checks_that_credential(function: str) -> None:
    admit = ast.unparse(endpoint(function).args[0])
    checks = {
        "none": "_admit",
        "bearer_key": f"by_econobis('{function.replace('-', '_')}')",
        "path_key": "by_hoomdossier",
        "google_token": f"by_google('{function}')",
        "sign_in": "admit",
        "feed_key": "_admit",
    }
    assert admit == checks[TABLE[function].credential]


# -- what it may cost --------------------------------------------------------------------------------------------------


@each
def test_the_largest_body_is_the_same_everywhere(function: str) -> None:
    limit = TABLE[function].body_kib * 1024
    (in_code,) = [keyword.value for keyword in endpoint(function).keywords if keyword.arg == "limit"]
    assert eval(ast.unparse(in_code), {"KIB": 1024, "MIB": 1024**2, "LARGEST_UPLOAD": LARGEST_UPLOAD}) == limit
    assert {route.limit for route in (*ROUTES, *PAGES, *FEEDS) if route.function == function} == {limit}
    for size, unit in re.findall(r"At most (\d+) (KiB|MiB)", str(list(operations(function)))):
        assert int(size) * {"KiB": 1024, "MiB": 1024**2}[unit] == limit


@pytest.mark.parametrize("page", [page for method, *_, page in staff._TABLE if method == "POST"])
def test_each_form_of_the_staff_pages_says_how_large_it_may_be(page: str) -> None:
    """Only two take a file, so the function's own limit tells nothing of the others."""
    (path,) = [_of_a_page(path) for _, path, _, name in staff._TABLE if name == page]
    operation = described()["paths"][path]["post"]
    _, _, form = operation["requestBody"]["$ref"].rpartition("/")
    said = described()["components"]["requestBodies"][form]["description"] + operation.get("description", "")
    sizes = {int(size) * {"KiB": 1024, "MiB": 1024**2}[unit] for size, unit in re.findall(r"(\d+) (KiB|MiB)", said)}
    assert max(sizes) == staff._LARGER.get(page, staff.LARGEST_FORM)


def test_a_task_may_run_longer_than_its_longest_call() -> None:
    """Otherwise Google ends the function while the peer is answering, and nobody knows what happened."""
    for kind in KINDS:
        kind.load_flow()
    # A cancelled visit that gets a date again: two deliveries in one step (shared/flows/deliver_event.py).
    longest = {"run-task": deliver_event.SECONDS + set_visit_status.SECONDS, "send-email": 0.0}
    for step in every_kind_of(Step):
        seconds = vars(step).get("seconds")
        if isinstance(seconds, int | float):
            function = "send-email" if step.__module__ == "shared.flows.send_email" else "run-task"
            longest[function] = max(longest[function], seconds)
    assert longest["send-email"] > 0
    for function, seconds in longest.items():
        assert seconds + LEASE_MARGIN < TABLE[function].timeout_seconds < TASK_DEADLINE, function


@pytest.mark.parametrize("function", ["create-dossier", "link-coach"])
def test_a_peer_gets_its_answer_before_google_ends_the_function(function: str) -> None:
    budget = import_module(f"functions.{function.replace('-', '_')}").BUDGET
    assert budget.total_seconds() + LEASE_MARGIN < TABLE[function].timeout_seconds


# -- who works with it -------------------------------------------------------------------------------------------------


def test_cloud_tasks_calls_what_works_on_tasks() -> None:
    assert {name for name, row in TABLE.items() if row.called_by == "cloud_tasks"} == {kind.function for kind in KINDS}


def test_a_local_run_has_the_same_schedules() -> None:
    assert {name for name, row in TABLE.items() if row.schedule} == JOBS.keys()


@each
def test_who_works_with_files_may_do_so_and_nobody_else(function: str) -> None:
    named = {
        ast.unparse(node)
        for module in reached_by(function)
        if module.startswith("shared.")
        for node in ast.walk(syntax(module))
        if isinstance(node, ast.Attribute) and node.attr == "blobs"
    }
    assert (TABLE[function].blobs != "none") == any(it.endswith("services.blobs") for it in named)


def reached_by(function: str) -> set[str]:
    """The modules that a function can run: what it imports, and for Cloud Tasks the flows of its kinds of work."""
    name = function.replace("-", "_")
    waiting = {f"functions.{name}"}
    waiting |= {f"shared.flows.{kind.flow.partition('.')[0]}" for kind in KINDS if kind.function == function}
    waiting |= {it for it in MODULES if it.startswith("functions.staff.pages.") and function == "show-staff"}
    reached: set[str] = set()
    while waiting:
        module = waiting.pop()
        reached.add(module)
        waiting |= {it for it in imports(module, for_types=False) if it in MODULES} - reached
    return reached


def endpoint(function: str) -> ast.Call:
    """The call of `endpoint` above a function."""
    name = function.replace("-", "_")
    assert f"functions.{name}" in MODULES
    (definition,) = [
        it for it in syntax(f"functions.{name}").body if isinstance(it, ast.FunctionDef) and it.name == name
    ]
    (call,) = [it for it in definition.decorator_list if isinstance(it, ast.Call)]
    return call


def operations(function: str) -> Iterator[dict[str, Any]]:
    yield from (item for path, item in described()["paths"].items() if path.split("/")[1] == function)


def every_kind_of(of: type[Any]) -> Iterator[type[Any]]:
    kinds: list[type[Any]] = of.__subclasses__()
    for kind in kinds:
        yield kind
        yield from every_kind_of(kind)
