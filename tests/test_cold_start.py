"""A function loads only the modules that it needs, so that a cold start is short."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from main import FUNCTIONS
from tests.tree import ROOT

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
MAIL = ("icalendar", "smtplib", "shared.mail.message", "shared.mail.smtp")
FORMS = ("phonenumbers", "stdnum")
PEERS = ("httpx",)
NOT_AT_IMPORT = (
    *FIRESTORE,
    *CLOUD_STORAGE,
    *TASKS,
    "sqlite3",
    "standardwebhooks",
    "authlib",
    "joserfc",
    "aiosmtpd",
    "hypothesis",
    "pytest",
)
NEEDS_NO = {
    "receive_webform": (*MAIL, *PEERS),
    "create_dossier": MAIL,
    "link_coach": MAIL,
    "receive_event": (*MAIL, *FORMS, *PEERS),
    "pull_appointments": MAIL,
    "run_task": MAIL,
    "send_email": (),
    "sweep": MAIL,
    "show_staff": (*FORMS, *PEERS),
    "serve_feed": (*MAIL, *FORMS, *PEERS, "odata_query", "sly", "cryptography"),
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
def test_a_cold_start_loads_no_other_function(function: str, loaded: set[str]) -> None:
    others = {f"functions.{name}" for name in FUNCTIONS - {function}}
    assert f"functions.{function}" in loaded
    assert not loaded & others


@pytest.mark.parametrize("function", sorted(FUNCTIONS - {"show_staff"}))
def test_only_the_pages_for_staff_load_what_pages_need(loaded: set[str]) -> None:
    """Templates, translations and the sign-in would make the cold start of every function longer."""
    assert not [name for name in loaded if name.startswith(("functions.staff", "shared.sign_in", "babel"))]


@pytest.mark.parametrize("function", ["create_dossier"])
def test_a_wrong_setting_stops_the_start_and_is_reported_with_line_and_reason(
    function: str, environment: dict[str, str]
) -> None:
    settings = Path(environment["LINK_CONFIG"]).with_name("wrong.yaml")
    settings.write_text(Path(environment["LINK_CONFIG"]).read_text().replace("name: Z", "nmae: Z"))
    run = [sys.executable, "-c", LOAD, function]
    wrong = environment | {"LINK_CONFIG": str(settings)}
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, env=wrong, check=False)
    assert ran.returncode
    assert re.search(r"wrong\.yaml:\d+: .*nmae", ran.stderr)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_cold_start_does_not_load_what_this_function_does_not_need(function: str, loaded: set[str]) -> None:
    """Adapters and Google's clients are loaded at the first request, when `wiring.py` makes the ones that the settings name."""
    assert loaded & {*NOT_AT_IMPORT, *NEEDS_NO.get(function, ())} == set()


OPEN = """
import json, sys, time
from flask import Flask, request
import main
show_staff = main.show_staff
from functions.staff.sign_in import session
now = int(time.time())
cookie = session.signed(session.Session(email="anna@example.org", since=now, seen=now))
with Flask("staff").test_request_context("/zonnig-dorp/", headers={"Cookie": f"{session.name()}={cookie}"}):
    answer = show_staff(request)
print(json.dumps([answer.status_code, sorted(sys.modules)]))
"""


def test_a_page_for_somebody_who_is_signed_in_loads_no_authlib(environment: dict[str, str]) -> None:
    """Only the sign-in itself needs it: an instance that starts for a page would wait for it."""
    settings = Path(environment["LINK_CONFIG"]).with_name("staff.yaml")
    settings.write_text(
        Path(environment["LINK_CONFIG"]).read_text() + "    staff: [{email: anna@example.org, role: see}]\n"
    )
    signed_in = {
        "LINK_CONFIG": str(settings),
        "LINK_STAFF": "oidc://sign-in.example?client_id=app-1",
        "LINK_STAFF_SECRET": "0123456789abcdef",
    }
    ran = subprocess.run(
        [sys.executable, "-c", OPEN], cwd=ROOT, capture_output=True, text=True, env=environment | signed_in, check=False
    )
    assert ran.returncode == 0, ran.stderr
    status, modules = json.loads(ran.stdout.splitlines()[-1])
    assert status == 200
    assert not {"authlib", "joserfc"} & set(modules)


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
