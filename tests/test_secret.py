"""A deployed function starts with its own secrets and no others, and not without one of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shared.config import WrongConfig, parse_without_secrets, read
from shared.secret import SECRET_SETTINGS, SECRETS_OF, Secret, SecretAbsent, named_secrets, needed_by, secret_names
from tests.tree import ROOT

SETTINGS = """\
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis: {url: "https://e.example", webform_key: "env:FORM", event_key: "env:EVENT"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:TOKEN"}
    callers:
      econobis: ["env:ECONOBIS"]
      hoomdossier: ["env:HOOMDOSSIER", "env:HOOMDOSSIER_NEW"]
    mail: {name: Zonnig Dorp, sender_address: hallo@zonnig.example, dossier_url: "https://h.example/"}
  meer-energie:
    name: Meer Energie
    econobis: {url: "https://m.example", webform_key: "env:MEER_FORM"}
    hoomdossier: {url: "https://h.example/api/v1", token: "env:TOKEN"}
    callers: {econobis: ["env:ECONOBIS"], hoomdossier: ["env:HOOMDOSSIER"]}
"""
NAMES = {
    "FORM": {"webform_key"},
    "MEER_FORM": {"webform_key"},
    "EVENT": {"event_key"},
    "TOKEN": {"token"},
    "ECONOBIS": {"callers.econobis"},
    "HOOMDOSSIER": {"callers.hoomdossier"},
    "HOOMDOSSIER_NEW": {"callers.hoomdossier"},
    "LINK_SMTP": {"smtp"},
    "LINK_STAFF_SECRET": {"staff"},
}
SECRETS = {name: f"{name.lower()}-0123456789abcdef" for name in NAMES} | {"LINK_SMTP": "smtps://mail.example"}
START = "import main, sys; getattr(main, sys.argv[1])"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "cooperations.yaml"
    file.write_text(SETTINGS)
    return file


def own(function: str) -> dict[str, str]:
    """The secrets that Terraform gives to a function."""
    return {name: SECRETS[name] for name, settings in NAMES.items() if settings & SECRETS_OF[function]}


def start(function: str, file: Path, secrets: dict[str, str]) -> subprocess.CompletedProcess[str]:
    places = {
        "K_SERVICE": function,
        "LINK_CONFIG": str(file),
        "LINK_STORE": "firestore://p/(default)",
        "LINK_BLOBS": "gs://p-dossierlink-blobs",
        "LINK_TASKS": "cloudtasks://p/europe-west4?url=https://{function}-1.europe-west4.run.app"
        "&service_account=dl-caller@p.iam.gserviceaccount.com",
        "LINK_STAFF": "iap:///projects/1/locations/europe-west4/services/show-staff",
    }
    command = [sys.executable, "-c", START, function.replace("-", "_")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**places, **secrets}, check=False)


def test_the_table_in_the_code_is_that_of_terraform() -> None:
    rows = yaml.safe_load((ROOT / "infra/functions.yaml").read_text(encoding="utf-8"))
    assert {function: frozenset(row["secrets"]) for function, row in rows.items()} == SECRETS_OF
    assert frozenset().union(*SECRETS_OF.values()) == SECRET_SETTINGS


@pytest.mark.parametrize("function", SECRETS_OF)
def test_a_function_starts_with_only_its_own_secrets(function: str, file: Path) -> None:
    started = start(function, file, own(function))
    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize(("function", "name"), [(function, name) for function in SECRETS_OF for name in own(function)])
def test_without_one_of_its_own_it_does_not_start_and_names_it(function: str, name: str, file: Path) -> None:
    """Cloud Run then keeps the revision that works."""
    lacking = {other: value for other, value in own(function).items() if other != name}
    started = start(function, file, lacking)
    assert started.returncode != 0
    assert re.search(rf"\b{name}\b", started.stderr.splitlines()[-1])
    assert not [value for value in lacking.values() if value in started.stderr]


@pytest.mark.parametrize("function", [None, "", "staff-pages"])
def test_who_is_no_function_of_ours_needs_all(function: str | None) -> None:
    """A local run, the command line, and a function that nobody wrote into the table."""
    assert needed_by(function) == SECRET_SETTINGS


def test_a_secret_that_is_absent_is_an_error_and_never_an_empty_text() -> None:
    secret = Secret("FORM", None)
    assert not secret.is_here
    with pytest.raises(SecretAbsent, match="FORM"):
        _ = secret.value


def test_a_secret_is_not_shown() -> None:
    assert repr(Secret("FORM", "form-0123456789abcdef")) == "Secret(name='FORM')"


def test_settings_can_be_checked_without_a_single_secret(file: Path) -> None:
    settings = parse_without_secrets(file.read_text(), "cooperations.yaml")
    assert not any(named.secret.is_here for named in named_secrets(settings))
    file.write_text(SETTINGS.replace("env:FORM", "form-0123456789abcdef"))
    with pytest.raises(WrongConfig, match="webform_key: a secret is given as env:NAME"):
        parse_without_secrets(file.read_text(), "cooperations.yaml")


def test_the_names_of_all_secrets_are_known_without_them(file: Path) -> None:
    settings = parse_without_secrets(file.read_text(), "cooperations.yaml")
    assert secret_names(settings) == {name: uses for name, uses in NAMES.items() if not name.startswith("LINK_")}
    places = {(named.cooperation, named.setting, named.secret.name) for named in named_secrets(settings)}
    assert len(places) == 10
    assert ("meer-energie", "webform_key", "MEER_FORM") in places
    assert ("zonnig-dorp", "callers.hoomdossier", "HOOMDOSSIER_NEW") in places


def test_whether_there_are_two_keys_is_the_same_in_every_function(file: Path) -> None:
    """Because the limits of calls, which all functions share, depend on it."""
    for settings in (parse_without_secrets(file.read_text(), "cooperations.yaml"), read(file, SECRETS)):
        two = {name: cooperation.econobis.has_two_keys for name, cooperation in settings.cooperations.items()}
        assert two == {"zonnig-dorp": True, "meer-energie": False}


def test_one_key_under_two_names_is_one_key(file: Path) -> None:
    """Econobis counts its calls together."""
    settings = read(file, SECRETS | {"EVENT": SECRETS["FORM"]})
    assert not settings.cooperations["zonnig-dorp"].econobis.has_two_keys


def test_without_e_mail_in_the_settings_send_email_needs_no_mail_server(file: Path) -> None:
    file.write_text("\n".join(line for line in SETTINGS.splitlines() if "mail:" not in line))
    lacking = {name: value for name, value in own("send-email").items() if name != "LINK_SMTP"}
    assert start("send-email", file, lacking).returncode == 0
