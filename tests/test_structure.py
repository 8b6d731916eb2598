"""The architecture: which part may import which, who makes clients, and where names and tests stand."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from main import FUNCTIONS
from tests.tree import MODULES, PRODUCT, ROOT, calls_of, imports, imports_of, syntax, within

# Read from the top: a request comes in at `functions`, which calls one flow, which asks the parts below it.
# A module may import what stands behind its part here, its own part, and EVERYBODY; of this project nothing else.
EVERYBODY = ("shared.errors", "shared.words", "shared.clock", "shared.retention")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    # One file per deployed function: who may call, parse, call one flow, answer.
    "main": ("functions", "shared.wiring", "shared.serving"),
    "functions": (
        "shared.flows", "shared.staff", "shared.imports", "shared.feed", "shared.address_lookups", "shared.address_register", "shared.sign_ups.form_rules", "shared.wiring", "shared.work.services",
        "shared.work.kinds", "shared.work.feed_salt", "shared.work.calendar_addresses", "shared.econobis.form_inputs", "shared.domain",
        "shared.econobis.inbound", "shared.econobis.form_fields", "shared.econobis.sign_up_form",
        "shared.hoomdossier.inbound", "shared.tasks.google_token", "shared.sign_in",
        "shared.config", "shared.secret", "shared.caller_key", "shared.store.limits", "shared.store.port",
        "shared.slow_sender", "shared.json_object", "shared.logs", "shared.traces",
    ),
    "shared.serving": ("shared.slow_sender", "shared.ending"),
    "shared.ending": (),
    "shared.slow_sender": (),

    # One file per deployed function or kind of work: the order of its steps. Flows do not import each other: ALONE.
    "shared.flows": (
        "shared.staff", "shared.sign_ups", "shared.events", "shared.letters", "shared.dead_letters", "shared.erasure",
        "shared.work", "shared.domain", "shared.econobis.answers", "shared.econobis.event_payloads", "shared.econobis.payloads",
        "shared.hoomdossier.answers", "shared.hoomdossier.feed", "shared.hoomdossier.inbound",
        "shared.hoomdossier.made_events", "shared.hoomdossier.payloads", "shared.mail.answers", "shared.mail.render", "shared.mail.message",
        "shared.mail.settings", "shared.store.port", "shared.blobs.port", "shared.config", "shared.logs",
    ),
    # What the staff pages show and do, and the e-mail to staff.
    "shared.staff": (
        "shared.sign_ups", "shared.letters", "shared.dead_letters", "shared.erasure", "shared.events", "shared.work",
        "shared.domain",
        "shared.econobis.form_fields", "shared.econobis.form_inputs", "shared.econobis.payloads", "shared.econobis.sign_up_form",
        "shared.mail.address", "shared.store.port", "shared.blobs.port",
        "shared.config", "shared.caller_key", "shared.secret", "shared.logs",
    ),
    # What a person brings from Hoomdossier: read, compared with what the link knows, delivered.
    "shared.imports": (
        "shared.events", "shared.work", "shared.domain", "shared.econobis.visits_export", "shared.hoomdossier.claim", "shared.hoomdossier.coach_table",
        "shared.hoomdossier.inbound", "shared.hoomdossier.made_events", "shared.hoomdossier.total_report", "shared.config",
    ),
    # What programs read: rows for Power BI and spreadsheets, visits for calendars.
    "shared.feed": (
        "shared.staff.campaign", "shared.staff.counted", "shared.work", "shared.domain", "shared.store.port", "shared.config",
        "shared.mail.calendar",
    ),
    # What several flows do with a sign-up, an event, a letter and a dead letter, and when somebody is erased.
    "shared.sign_ups": (
        "shared.letters", "shared.work", "shared.domain", "shared.econobis.form_fields", "shared.econobis.payloads",
        "shared.econobis.sign_up_form", "shared.config", "shared.logs",
    ),
    "shared.dead_letters": (
        "shared.events", "shared.work", "shared.domain", "shared.econobis.payloads", "shared.store.port", "shared.blobs.port",
    ),
    "shared.erasure": ("shared.events", "shared.letters", "shared.work", "shared.domain", "shared.store.port", "shared.blobs.port"),
    "shared.events": (
        "shared.work", "shared.domain", "shared.econobis.answers", "shared.econobis.payloads",
        "shared.hoomdossier.inbound", "shared.hoomdossier.plan", "shared.blobs.port", "shared.config", "shared.logs",
    ),
    "shared.letters": (
        "shared.work", "shared.domain", "shared.mail.address", "shared.mail.calendar", "shared.mail.facts",
        "shared.config", "shared.logs",
    ),
    # What all accepted work has in common.
    "shared.work": (
        "shared.domain", "shared.store.port", "shared.blobs.port", "shared.config", "shared.ending", "shared.logs",
    ),
    # The things and the decisions about them. No input or output.
    "shared.domain": ("shared.blobs.port",),

    # The words of a peer, and the client that speaks them. Neither knows the other, or our work.
    "shared.econobis": ("shared.domain", "shared.call_peer", "shared.json_object", "shared.logs"),
    "shared.hoomdossier": ("shared.domain", "shared.call_peer", "shared.json_object", "shared.logs"),
    # The register of Dutch addresses, and what of it is remembered.
    "shared.address_lookups": ("shared.address_register", "shared.store.port", "shared.domain", "shared.logs"),
    "shared.address_register": ("shared.call_peer", "shared.domain", "shared.logs"),
    "shared.call_peer": ("shared.ending", "shared.public_addresses"),
    "shared.public_addresses": (),
    "shared.mail": ("shared.domain",),
    # The ports, each with its adapters beside it.
    "shared.store": ("shared.private_files",),
    "shared.blobs": ("shared.private_files",),
    "shared.tasks": ("shared.published_keys", "shared.public_addresses"),
    # How staff prove who they are, and who they may be.
    "shared.sign_in": (
        "shared.tasks.queue", "shared.published_keys", "shared.public_addresses", "shared.domain.web_address", "shared.config",
    ),
    "shared.staff_list": ("shared.config", "shared.logs"),
    "shared.published_keys": ("shared.public_addresses",),
    "shared.private_files": (),

    # Settings become services here, and nowhere else.
    "shared.wiring": (
        "shared.store", "shared.blobs", "shared.tasks", "shared.mail", "shared.econobis.client",
        "shared.hoomdossier.client", "shared.address_register", "shared.work.services", "shared.config", "shared.public_addresses",
        "shared.sign_in", "shared.staff_list",
    ),
    "shared.config": ("shared.domain", "shared.econobis.form_fields", "shared.mail.settings", "shared.caller_key", "shared.secret", "shared.yaml_file", "shared.logs"),
    "shared.caller_key": ("shared.secret",),
    "shared.secret": (),
    "shared.yaml_file": (),
    "shared.json_object": (),
    "shared.logs": ("shared.log_output", "shared.traces"),
    "shared.log_output": (),
    "shared.traces": (),
    "shared.retention": (),
    "shared.errors": (),
    "shared.words": (),
    "shared.clock": (),

    # Not deployed. The stand-ins are test equipment: they play the peers, and know nothing of us.
    "infra.audit": ("infra.printed",),
    "infra.operate": ("infra.gcloud", "infra.secret_manager", "infra.printed", "shared"),
    "infra.local": ("infra.standins", "infra.printed", "shared", "functions", "main"),
    "infra.standins": ("infra.printed", "shared.private_files", "shared.mail.render"),
    "infra.deploy": (
        "infra.doctor", "infra.function_table", "infra.gcloud", "infra.secret_manager", "infra.printed", "shared",
    ),
    "infra.doctor": (
        "infra.function_table", "infra.gcloud", "infra.secret_manager", "infra.printed", "functions", "shared",
    ),
    "infra.function_table": ("shared.config", "shared.secret"),
    "infra.secret_manager": ("infra.gcloud",),
    "infra.printed": (),
    "infra.gcloud": (),
}  # fmt: skip
ALONE = ("shared.flows",)

# The client types in the fields of Services are imported under `if TYPE_CHECKING` only.
FOR_TYPES = {
    "shared.work.services": {
        "shared.econobis.client", "shared.hoomdossier.client", "shared.mail.smtp", "shared.tasks.queue",
    },
}  # fmt: skip

CLIENTS = {
    "shared.store.sqlite": "SqliteStore",
    "shared.store.firestore": "FirestoreStore",
    "shared.blobs.folder": "FolderBlobs",
    "shared.blobs.cloud_storage": "CloudStorageBlobs",
    "shared.tasks.queue": "Queue",
    "shared.econobis.client": "EconobisClient",
    "shared.hoomdossier.client": "HoomdossierClient",
    "shared.mail.smtp": "Smtp",
    "shared.address_register": "AddressRegister",
}


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name in MODULES}


def part_of(module: str) -> str:
    """The row of MAY_IMPORT that a module belongs to."""
    return next(part for part in MAY_IMPORT if within(module, part))


def wrong_imports(module: str) -> set[str]:
    part = part_of(module)
    allowed = (*MAY_IMPORT[part], *EVERYBODY, *([module] if part in ALONE else [part]))
    wrong = {name for name in ours(module) if not within(name, *allowed)}
    only_types = wrong & FOR_TYPES.get(module, set()) - imports(module, for_types=False)
    return wrong - only_types


# -- imports -----------------------------------------------------------------------------------------------------------


def test_every_module_has_a_row_in_the_architecture() -> None:
    containers = {"shared", "infra", "tests"}  # of nothing but folders
    missing = {name for name in MODULES if not within(name, "tests", *MAY_IMPORT)} - containers
    assert missing == set(), "say in MAY_IMPORT what this part may import"
    named = {place for allowed in MAY_IMPORT.values() for place in allowed} | MAY_IMPORT.keys()
    assert named - MODULES.keys() == set(), "these rows are about nothing"


def test_every_import_is_allowed() -> None:
    found = {module: wrong for module in MODULES if within(module, *MAY_IMPORT) if (wrong := wrong_imports(module))}
    assert found == {}


def test_no_two_parts_import_each_other() -> None:
    """The table itself has no circle, so that it can be read from the top."""
    below = {
        part: {part_of(place) for place in allowed if within(place, *MAY_IMPORT)} - {part}
        for part, allowed in MAY_IMPORT.items()
    }
    while leaves := {part for part, parts in below.items() if not parts & below.keys()}:
        below = {part: parts for part, parts in below.items() if part not in leaves}
    assert below == {}


def test_what_is_deployed_imports_nothing_of_infra_or_tests() -> None:
    for module in PRODUCT:
        assert not {name for name in imports(module) if within(name, "infra", "tests", "benchmarks")}, module


def test_modules_are_imported_by_name_in_three_places_only() -> None:
    """Such an import is not in `imports`. The entry point loads one function, a kind of work its flow, a route its page."""
    by_name = {
        module for module in PRODUCT for _, names in calls_of(syntax(module)) if names & {"import_module", "__import__"}
    }
    assert by_name == {"main", "shared.work.kinds", "functions.staff.routes"}


def test_functions_do_not_import_each_other() -> None:
    deployed = {f"functions.{name}" for name in FUNCTIONS}
    for function in deployed:
        assert not ours(function) & deployed, function


def test_of_blobs_the_domain_knows_only_the_reference() -> None:
    for module in PRODUCT:
        if within(module, "shared.domain"):
            names = {
                name.name
                for node in ast.walk(syntax(module))
                if isinstance(node, ast.ImportFrom) and node.module == "shared.blobs.port"
                for name in node.names
            }
            assert names <= {"Blob"}, module


def test_the_domain_does_no_input_or_output() -> None:
    outward = {"httpx", "requests", "socket", "ssl", "smtplib", "sqlite3", "os", "pathlib", "subprocess", "threading",
               "flask", "google", "grpc", "yaml", "jinja2", "logging", "structlog", "time", "urllib.request"}  # fmt: skip
    for module in PRODUCT:
        if within(module, "shared.domain"):
            assert not {name for name in imports(module) if name.split(".")[0] in outward or name in outward}, module
            assert not [names for _, names in calls_of(syntax(module)) if names & {"open", "print", "input"}], module


# -- clients and settings ----------------------------------------------------------------------------------------------


def clients_made(tree: ast.Module) -> set[str]:
    """The clients that this code makes: `X(...)`, `X.from_url(...)`, `module.X(...)`, also when it is imported under another name."""
    return {name for _, names in calls_of(tree) for name in names & set(CLIENTS.values())}


def test_only_wiring_makes_clients() -> None:
    """A flow gets them from `services`, a command of `infra.operate` from `wiring`."""
    for module in MODULES:
        if within(module, *PRODUCT, "infra.operate") and not within(module, "shared.wiring", *CLIENTS):
            assert not clients_made(syntax(module)), module
    assert clients_made(syntax("shared.wiring")) == set(CLIENTS.values())


@pytest.mark.parametrize(
    "code",
    [
        "SqliteStore(path, clock)",
        "FirestoreStore.from_url(url, clock)",
        "from shared.tasks import queue\nqueue.Queue(url)",
        "from shared.tasks import queue\nqueue.Queue.from_url(url)",
        "import shared.mail.smtp\nshared.mail.smtp.Smtp.from_url(url)",
        "from shared.econobis.client import EconobisClient as Econobis\nEconobis(http, url)",
        "def f():\n    return [FolderBlobs.from_url(url)]",
    ],
)
def test_a_client_is_seen_however_it_is_made(code: str) -> None:
    assert clients_made(ast.parse(code))


def test_every_client_has_its_class() -> None:
    for module, name in CLIENTS.items():
        assert name in {node.name for node in syntax(module).body if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("module", PRODUCT)
def test_only_the_settings_read_the_environment(module: str) -> None:
    read = [
        node
        for node in ast.walk(syntax(module))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    read += [node for node in ast.walk(syntax(module)) if isinstance(node, ast.ImportFrom) and node.module == "os"]
    assert not read or module == "shared.config"


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", sorted(FUNCTIONS - {"show_staff", "serve_feed"}))  # Those read, and have no flow.
def test_a_function_has_one_name_everywhere(function: str) -> None:
    for place in ("functions", "shared.flows"):
        assert function in {
            node.name for node in syntax(f"{place}.{function}").body if isinstance(node, ast.FunctionDef)
        }
    assert any(within(name, "shared.flows") for name in ours(f"functions.{function}"))


def test_every_function_is_deployed() -> None:
    files = {file.stem for file in (ROOT / "functions").glob("*.py")}
    assert {name for name in files if not name.startswith("_")} == FUNCTIONS


def test_every_module_opens_by_saying_what_lives_there() -> None:
    for module, file in MODULES.items():
        if file.read_text(encoding="utf-8").strip() and not within(module, "tests.fixtures"):
            assert ast.get_docstring(syntax(module)), module


# -- tests -------------------------------------------------------------------------------------------------------------

# These folders still import from a conftest.py.
CONFTEST_NOT_YET: set[str] = {"tests.standins.econobis", "tests.standins.hoomdossier"}
# Folders of tests that are about more than one part, and what they need.
ACROSS = {"faults", "world", "fixtures", "standins", "local", "operate", "terraform", "deploy", "doctor", "browser"}
# Here a test file has the name of the module that it tests. In other folders it has the name of a behaviour.
FILE_BY_FILE = ("domain", "work", "mail", "tasks")
ABOUT_THE_TREE = {
    "test_structure",
    "test_citations",
    "test_upload",
    "test_cold_start",
    "test_peer_words",
    "test_function_table",
}


def imports_of_tests() -> Mapping[str, set[str]]:
    return {
        module: {name for name in imports(module) if name.rpartition(".")[2].startswith(("test_", "conftest"))}
        for module in MODULES
        if within(module, "tests")
    }


def test_no_test_imports_from_a_test() -> None:
    """Code that several tests need is in a module of its own: in `tests/world`, or beside the tests of one folder."""
    found = {module: names for module, names in imports_of_tests().items() if names}
    assert {module: names for module, names in found.items() if not within(module, *CONFTEST_NOT_YET)} == {}
    assert {
        folder for folder in CONFTEST_NOT_YET if any(within(module, folder) for module in found)
    } == CONFTEST_NOT_YET


def test_what_a_test_replaces_says_why() -> None:
    """Nothing of ours is mocked. Where a test has to put something in another's place, the line gives the reason."""
    for module in MODULES:
        if not within(module, "tests"):
            continue
        lines = MODULES[module].read_text(encoding="utf-8").splitlines()
        for call, names in calls_of(syntax(module)):
            if names & {"patch", "Mock", "MagicMock", "create_autospec"} or (
                names & {"setattr"} and names - {"setattr"}
            ):
                assert "  # " in lines[call.lineno - 1], f"{module}:{call.lineno}"
        assert not {"unittest.mock.Mock", "pytest_mock"} & set(imports_of(syntax(module))), module


def test_tests_stand_where_their_code_stands() -> None:
    for folder in {file.parent.name for file in (ROOT / "tests").glob("*/test_*.py")} - ACROSS:
        assert folder == "functions" or (ROOT / "shared" / folder).is_dir(), folder
    for folder in ("standins", "local", "operate", "terraform", "deploy", "doctor"):
        assert (ROOT / "infra" / folder).is_dir()
    for folder in FILE_BY_FILE:
        for file in (ROOT / "tests" / folder).glob("test_*.py"):
            assert f"shared.{folder}.{file.stem.removeprefix('test_')}" in MODULES, file
    for file in (ROOT / "tests").glob("test_*.py"):
        names = {f"{place}.{file.stem.removeprefix('test_')}" for place in ("shared", "infra")}
        assert names & MODULES.keys() or file.stem in ABOUT_THE_TREE, file
