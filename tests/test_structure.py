"""Which way imports go, what is named alike, and what a cold start does not pay for."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from main import FUNCTIONS

ROOT = Path(__file__).parents[1]
MODULES = {
    str(file.relative_to(ROOT).with_suffix("")).replace("/", "."): file
    for file in [ROOT / "main.py", *ROOT.glob("functions/*.py"), *ROOT.glob("shared/**/*.py")]
    if file.name != "__init__.py"
}
ADAPTERS = (
    "shared.store.sqlite", "shared.store.firestore", "shared.blobs.folder", "shared.blobs.cloud_storage",
)  # fmt: skip
CLIENTS = ("shared.econobis.client", "shared.hoomdossier.client", "shared.tasks.client", "shared.mail.smtp")
WORDS = ("shared.errors", "shared.clock", "shared.json_object")
ON_DISK = ("shared.private_files",)

# From the door inwards; each part imports only what is named here, and itself.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "main": ("functions",),
    "functions": (
        "functions._", "shared.flows", "shared.wiring", "shared.work.services", "shared.work.kinds", "shared.config",
        "shared.domain", "shared.econobis.inbound", "shared.econobis.form_fields", "shared.econobis.sign_up_form",
        "shared.hoomdossier.inbound", "shared.tasks.google_token",
        "shared.store.limits", "shared.slow_sender", "shared.logs", *WORDS,
    ),
    "shared.flows": ("shared",),
    "shared.domain": ("shared.blobs.port", *WORDS),
    "shared.econobis": ("shared.domain", "shared.call_peer", "shared.logs", *WORDS),
    "shared.hoomdossier": ("shared.domain", "shared.call_peer", "shared.logs", *WORDS),
    "shared.mail": ("shared.domain", *WORDS),
    "shared.store": ("shared.domain", *ON_DISK, *WORDS),
    "shared.blobs": ("shared.domain", *ON_DISK, *WORDS),
    "shared.tasks": ("shared.domain", *WORDS),
}  # fmt: skip


def imports(module: str, *, for_types: bool = False) -> Iterator[str]:
    """What a module imports, by full name, also within its functions; `if TYPE_CHECKING` only when `for_types`."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [part for part in tree.body if not (isinstance(part, ast.If) and "TYPE_CHECKING" in ast.dump(part))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written in full"
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if name in MODULES else str(node.module) for name in names)


def ours(module: str, **options: bool) -> set[str]:
    return {name for name in imports(module, **options) if name.split(".")[0] in {"main", "functions", "shared"}}


def within(name: str, *places: str) -> bool:
    return any(
        name == place or name.startswith((f"{place}.", f"{place}_")) for place in (it.rstrip("_") for it in places)
    )


def test_the_functions_are_found() -> None:
    assert len(FUNCTIONS) >= 8
    assert len(MODULES) > 50
    assert "shared.work.requests" in ours("shared.flows.follow_registration")


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_go_one_way(part: str) -> None:
    wrong = {
        module: bad
        for module in MODULES
        if within(module, part)
        if (bad := {name for name in ours(module) if not within(name, part, *MAY_IMPORT[part])})
    }
    assert wrong == {}


def test_flows_import_neither_functions_nor_adapters_nor_settings_from_outside() -> None:
    for module in MODULES:
        if within(module, "shared.flows"):
            assert not [name for name in ours(module) if within(name, "functions", "shared.wiring", *ADAPTERS)], module


def test_shared_code_knows_nothing_of_functions_infra_or_tests() -> None:
    for module in MODULES:
        tops = {name.split(".")[0] for name in imports(module, for_types=True)}
        assert not tops & {"infra", "tests", "conftest"}, module
        if module.startswith("shared."):
            assert not tops & {"functions", "main"}, module


def test_functions_do_not_import_each_other() -> None:
    for function in FUNCTIONS:
        assert not {
            name for name in ours(f"functions.{function}") if name.startswith("functions.") and "._" not in name
        }


def test_the_domain_does_no_input_or_output() -> None:
    outward = {"httpx", "requests", "socket", "ssl", "smtplib", "sqlite3", "os", "pathlib", "subprocess", "threading",
               "flask", "google", "grpc", "yaml", "jinja2", "logging", "structlog", "time", "urllib.request"}  # fmt: skip
    for module, file in MODULES.items():
        if within(module, "shared.domain"):
            assert not {name for name in imports(module, for_types=True) if name.split(".")[0] in outward}, module
            assert "open(" not in file.read_text(encoding="utf-8"), module


def test_only_wiring_imports_adapters() -> None:
    importers = {
        module
        for module in MODULES
        if any(within(name, *ADAPTERS) for name in ours(module, for_types=True)) and not within(module, *ADAPTERS)
    }
    assert importers == {"shared.wiring"}


def test_only_wiring_makes_clients() -> None:
    """A flow gets its clients from `services`; it may import the errors and the models beside them."""
    clients = {"EconobisClient", "HoomdossierClient", "Smtp", "Queue", "SqliteStore", "FirestoreStore"}
    for module, file in MODULES.items():
        if module == "shared.wiring" or within(module, *CLIENTS):
            continue
        calls = [
            node.func for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        assert not clients & {call.id for call in calls if isinstance(call, ast.Name)}, module


@pytest.mark.parametrize("module", MODULES)
def test_only_the_settings_read_the_environment(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}]
    read += [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "os"]
    assert not read or module == "shared.config"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_has_one_name_everywhere(function: str) -> None:
    for place in ("functions", "shared.flows"):
        tree = ast.parse(MODULES[f"{place}.{function}"].read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, place
    assert any(within(name, "shared.flows") for name in ours(f"functions.{function}"))


def test_every_function_is_deployed() -> None:
    files = {file.stem for file in (ROOT / "functions").glob("*.py")}
    assert {name for name in files if not name.startswith("_")} == FUNCTIONS


def test_every_module_opens_by_saying_what_lives_there() -> None:
    for module, file in MODULES.items():
        said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        assert said, module


# -- cold starts -------------------------------------------------------------------------------------------------------

# Loaded in a process of its own, because this one has imported everything.
LOAD = """
import json, sys
import main
getattr(main, sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""
FIRESTORE = ("google.cloud.firestore", "google.cloud.firestore_v1", "shared.store.firestore")
CLOUD_STORAGE = ("google.cloud.storage", "shared.blobs.cloud_storage")
TASKS = ("google.cloud.tasks_v2", "grpc")
MAIL = ("icalendar", "smtplib", "shared.mail.render", "shared.mail.message", "shared.mail.smtp")
FORMS = ("phonenumbers", "stdnum")
PEERS = ("httpx",)
NOT_AT_IMPORT = (*FIRESTORE, *CLOUD_STORAGE, *TASKS, "sqlite3", "aiosmtpd", "hypothesis", "pytest")
NEEDS_NO = {
    "receive_webform": (*MAIL, *PEERS),
    "create_dossier": MAIL,
    "link_coach": MAIL,
    "receive_event": (*MAIL, *FORMS, *PEERS),
    "pull_appointments": MAIL,
    "run_task": MAIL,
    "send_email": (),
    "sweep": MAIL,
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("settings")
    settings = folder / "cooperations.yaml"
    settings.write_text("""
cooperations:
  zonnig-dorp:
    name: Z
    econobis: {url: "https://e.example", webform_key: "env:KEY"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:KEY"}
    callers: {econobis: ["env:KEY"], hoomdossier: ["env:KEY"]}
""")
    return {
        "KEY": "0123456789abcdef",
        "LINK_CONFIG": str(settings),
        "LINK_STORE": f"sqlite:///{folder / 'link.sqlite'}",
        "LINK_BLOBS": (folder / "blobs").as_uri(),
        "LINK_TASKS": "cloudtasks://p/l?url=http://127.0.0.1:1/{function}&service_account=a@b.example"
        "&endpoint=127.0.0.1:1&certs=http://127.0.0.1:1/certs",
    }


@pytest.fixture
def loaded(function: str, environment: dict[str, str]) -> set[str]:
    """The modules of a process that has imported only this function, as Cloud Functions does."""
    run = [sys.executable, "-c", LOAD, function]
    modules = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, env=environment, check=True).stdout
    return set(json.loads(modules.splitlines()[-1]))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_cold_start_pays_for_one_function(function: str, loaded: set[str]) -> None:
    others = {f"functions.{name}" for name in FUNCTIONS - {function}}
    assert f"functions.{function}" in loaded
    assert not loaded & others


@pytest.mark.parametrize("function", ["create_dossier"])
def test_wrong_settings_stop_the_start_with_line_and_reason(function: str, environment: dict[str, str]) -> None:
    settings = Path(environment["LINK_CONFIG"]).with_name("wrong.yaml")
    settings.write_text(Path(environment["LINK_CONFIG"]).read_text().replace("name: Z", "nmae: Z"))
    run = [sys.executable, "-c", LOAD, function]
    wrong = environment | {"LINK_CONFIG": str(settings)}
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, env=wrong, check=False)
    assert ran.returncode
    assert re.search(r"wrong\.yaml:\d+: .*nmae", ran.stderr)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_cold_start_does_not_load_what_this_function_does_not_need(function: str, loaded: set[str]) -> None:
    """Adapters and Google's clients come when wiring makes them: which ones, the settings say."""
    assert loaded & {*NOT_AT_IMPORT, *NEEDS_NO.get(function, ())} == set()


WIRE = """
import json, sys
from shared.wiring import services
services()
print(json.dumps(sorted(sys.modules)))
"""


def test_a_run_on_sqlite_and_a_folder_loads_no_firestore_and_no_cloud_storage(environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WIRE], cwd=ROOT, capture_output=True, text=True, env=environment, check=False
    )
    assert ran.returncode == 0, ran.stderr
    modules = set(json.loads(ran.stdout.splitlines()[-1]))
    assert "shared.store.sqlite" in modules
    assert not modules & {*FIRESTORE, *CLOUD_STORAGE, *MAIL}
