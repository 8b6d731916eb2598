"""A secret is typed on a terminal that does not show it, and never stands in an argument, an output or a file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.deploy.installation import SECRETS, Installation

TYPED = {f"{name} (is not shown): ": value for name, value in SECRETS.items()} | {"Type yes: ": "yes"}


def test_each_secret_is_asked_for_once_and_not_shown(installation: Installation) -> None:
    ran = installation.type("deploy", answers=TYPED)
    assert ran.code == 0, ran.output
    assert {name: installation.cloud.read()["secrets"][name] for name in SECRETS} == {
        name: [value] for name, value in SECRETS.items()
    }
    assert "ZONNIG_DORP_HOOMDOSSIER_TOKEN: the token that a super admin of Hoomdossier makes under API Tokens" in ran
    assert not _leaked(ran.output)


def test_no_value_stands_in_an_argument_an_output_or_a_file(installation: Installation) -> None:
    printed = installation.deploy().output
    printed += installation.run("secret", "--from-env", "--name", "LINK_SMTP", "--yes", env=SECRETS).output
    printed += installation.run("settings").output
    arguments = installation.cloud.calls_file.read_text(encoding="utf-8")
    files = [it for it in installation.tree.rglob("*") if it.is_file()]
    assert any(".local" in it.parts for it in files)
    assert not _leaked(printed)
    assert not _leaked(arguments)
    assert not [it for it in files if _leaked(_text(it))]


def test_an_empty_secret_is_asked_for_again_and_then_refused(installation: Installation) -> None:
    ran = installation.type("deploy", answers={"LINK_SMTP (is not shown): ": "", "Type yes: ": "yes"})
    assert ran.code == 1
    assert ran.output.count("LINK_SMTP: it is empty") == 3
    assert "LINK_SMTP has no value, and the functions do not start without it." in ran


def test_a_secret_that_is_missing_in_the_environment_is_named(installation: Installation) -> None:
    some = {name: value for name, value in SECRETS.items() if name != "ZONNIG_DORP_EVENT_KEY"}
    ran = installation.run("deploy", "--from-env", "--yes", env=some)
    assert ran.code == 1
    assert "Set the environment variable ZONNIG_DORP_EVENT_KEY, and run this again." in ran


def test_without_a_keyboard_it_says_how_to_give_a_secret(installation: Installation) -> None:
    ran = installation.run("deploy", "--yes")
    assert ran.code == 1
    assert "Put it into the environment variable LINK_SMTP and add FROM_ENV=1." in ran


def test_a_value_that_would_stop_the_functions_is_refused_at_once(installation: Installation) -> None:
    for name, value, reason in (
        ("LINK_SMTP", "mail.zonnig-dorp.nl", "it starts with smtp:// or smtps://, followed by a host"),
        ("LINK_SMTP", "smtp://mail.zonnig-dorp.nl?starttls=never", "in Google Cloud letters only go over TLS"),
        ("ZONNIG_DORP_ECONOBIS_CALLS", "short", "a key that opens us has at least 16 characters, and no /"),
        ("ZONNIG_DORP_WEBFORM_KEY", "two words", "it holds a space, a line break or a letter outside ASCII"),
    ):
        ran = installation.run("deploy", "--from-env", "--yes", env=SECRETS | {name: value})
        assert ran.code == 1
        assert f"{name}: {reason}" in ran
        assert value not in ran


def test_a_new_value_starts_every_function_anew(installed: Installation) -> None:
    new = {"ZONNIG_DORP_HOOMDOSSIER_TOKEN": "canary-token-new"}
    ran = installed.run("secret", "--from-env", "--name", *new, answers="yes\n", env=new)
    assert ran.code == 0, ran.output
    state = installed.cloud.read()
    assert state["secrets"]["ZONNIG_DORP_HOOMDOSSIER_TOKEN"] == ["canary-token-aa31", "canary-token-new"]
    first, second = state["secrets"]["dossierlink-settings"]
    assert first == second
    assert state["resources"]['google_cloudfunctions2_function.function["run-task"]']["settings_version"] == 2
    assert "gcloud secrets versions disable 1 --secret=ZONNIG_DORP_HOOMDOSSIER_TOKEN" in ran


def test_a_no_to_the_plan_says_that_the_new_value_is_there(installed: Installation) -> None:
    """Google gives the newest value to each instance that starts, whether or not anything was rolled out."""
    new = {"ZONNIG_DORP_HOOMDOSSIER_TOKEN": "canary-token-new"}
    ran = installed.run("secret", "--from-env", "--name", *new, answers="no\n", env=new)
    assert ran.code == 1
    assert "the value is kept as version 2, and an instance that starts from now on uses it" in ran


def test_a_secret_that_the_settings_do_not_name_is_refused(installed: Installation) -> None:
    ran = installed.run("secret", "--name", "ANOTHER")
    assert ran.code == 1
    assert (
        "ANOTHER is no secret of the settings.\nThe settings name: LINK_SMTP, LINK_STAFF_SECRET, ZONNIG_DORP_ECONOBIS_CALLS"
        in ran
    )
    assert "Which secret? Give its NAME=…\nThe settings name: LINK_SMTP" in installed.run("secret", "--name", "")


def test_a_key_is_printed_with_the_line_for_the_settings(installation: Installation) -> None:
    ran = installation.run("key")
    key, line = (it.strip() for it in ran.output.splitlines()[1::2])
    assert len(bytes.fromhex(key)) == 32
    assert line == f"- sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    assert installation.run("key").output != ran.output
    assert not installation.cloud.calls()


def _leaked(text: str) -> list[str]:
    return [name for name, value in SECRETS.items() if value in text or "geheim-canary-5b" in text]


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


STAFF, OIDC = (
    "LINK_STAFF_SECRET",
    "oidc://login.microsoftonline.com/2b1f0c9e-0000-4a4a-8b8b-123456789abc/v2.0?client_id=app",
)


def signs_in_with(installation: Installation, text: str) -> None:
    file = installation.tree / "infra/terraform/production.tfvars"
    file.write_text(re.sub('staff_sign_in = ".*"', f'staff_sign_in = "{text}"', file.read_text()), encoding="utf-8")


def test_with_googles_sign_in_the_secret_of_the_staff_pages_is_made_and_not_asked_for(
    installation: Installation,
) -> None:
    ran = installation.deploy()
    assert ran.code == 0, ran.output
    (made,) = installation.cloud.read()["secrets"][STAFF]
    assert len(made) >= 40
    assert f"{STAFF}: made, and kept as version 1" in ran
    assert made not in ran
    again = installation.run("secret", "--name", STAFF, "--yes")
    assert again.code == 0, again.output
    assert len(set(installation.cloud.read()["secrets"][STAFF])) == 2


def test_with_another_sign_in_it_is_asked_for(installation: Installation) -> None:
    signs_in_with(installation, OIDC)
    ran = installation.run("deploy", "--from-env", "--yes", env=SECRETS)
    assert ran.code == 1
    assert f"Set the environment variable {STAFF}, and run this again." in ran
    short = installation.run("deploy", "--from-env", "--yes", env={**SECRETS, STAFF: "short"})
    assert "has at least 16 characters" in short


def test_a_sign_in_that_cannot_be_right_is_refused_before_anything_is_made(installation: Installation) -> None:
    for wrong in ("local://", OIDC.replace("2b1f0c9e-0000-4a4a-8b8b-123456789abc", "common")):
        signs_in_with(installation, wrong)
        ran = installation.deploy()
        assert ran.code == 1
        assert "staff_sign_in in infra/terraform/production.tfvars cannot be used" in ran
    assert not installation.cloud.read()["secrets"]
