"""Every reason not to begin: what is missing, and the line that says what to do. Nothing is made before."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from typing import Any

import pytest

from tests.deploy.cloud import PROJECT
from tests.deploy.installation import SETTINGS, Installation, Ran


def refused(ran: Ran, *lines: str) -> None:
    assert ran.code == 1
    for line in lines:
        assert line in ran.output.splitlines(), ran.output
    assert "Traceback" not in ran


def test_no_project(installation: Installation) -> None:
    refused(
        installation.run("deploy", project=""),
        "Which project? Give its id: make deploy PROJECT=my-project",
        "Your projects: gcloud projects list",
    )


def test_a_name_instead_of_an_id(installation: Installation) -> None:
    refused(installation.run("deploy", project="My Project"), "My Project cannot be the id of a project.")


@pytest.mark.parametrize("program", ["gcloud", "terraform"])
def test_a_program_is_missing(installation: Installation, program: str) -> None:
    installation.without(program)
    ran = installation.run("deploy")
    refused(ran, f"{program} is not installed.")
    assert "Install it: https://" in ran


State = dict[str, Any]
CLOUDS: dict[str, tuple[Callable[[State], Any], tuple[str, ...]]] = {
    "an old gcloud": (
        lambda state: state.update(gcloud_version="479.0.0"),
        ("gcloud 479.0.0 is too old: 500 is needed.", "Update it: https://cloud.google.com/sdk/docs/install"),
    ),
    "an old terraform": (
        lambda state: state.update(terraform_version="1.9.8"),
        ("terraform 1.9.8 is too old: 1.11 is needed.", "Update it: https://developer.hashicorp.com/terraform/install"),
    ),
    "not logged in": (
        lambda state: state.update(logged_in=False),
        ("You are not logged in.", "Log in: gcloud auth login"),
    ),
    "Terraform not logged in": (
        lambda state: state.update(terraform_logged_in=False),
        (
            "Terraform is not logged in: it has a login of its own.",
            "Log in: gcloud auth application-default login",
        ),
    ),
    "no such project": (
        lambda state: state.update(projects={}),
        (
            f"The project {PROJECT} does not exist, or you may not see it.",
            f"Or make it: gcloud projects create {PROJECT}",
        ),
    ),
    "no billing": (
        lambda state: state["projects"][PROJECT].update(billing=False),
        (
            f"The project {PROJECT} has no billing account, so Google runs nothing in it.",
            f"Link one: https://console.cloud.google.com/billing/linkedaccount?project={PROJECT}",
        ),
    ),
}


@pytest.mark.parametrize("missing", CLOUDS)
def test_something_is_missing(installation: Installation, missing: str) -> None:
    change, lines = CLOUDS[missing]
    with installation.cloud.change() as state:
        change(state)
    before = installation.cloud.read()
    refused(installation.deploy(), *lines)
    assert installation.cloud.read() == before


def test_no_permission(installation: Installation) -> None:
    installation.google.lacking = {"run.services.setIamPolicy", "secretmanager.versions.add"}
    before = installation.cloud.read()
    give = f"  gcloud projects add-iam-policy-binding {PROJECT} --member=user:YOUR-ADDRESS --role=roles"
    ran = installation.deploy()
    refused(
        ran,
        f"You lack rights in {PROJECT}. Ask an owner of the project to give them to you:",
        f"{give}/run.admin",
        f"{give}/secretmanager.admin",
    )
    assert ran.output.count("add-iam-policy-binding") == 2
    assert installation.cloud.read() == before


def test_the_right_for_a_load_balancer_is_asked_only_with_a_name_for_events(installation: Installation) -> None:
    installation.google.lacking = {"compute.globalForwardingRules.create"}
    assert installation.deploy().code == 0
    installation.event_hosts(zonnig_dorp="zonnigdorp-link.econobis.nl")
    give = f"  gcloud projects add-iam-policy-binding {PROJECT} --member=user:YOUR-ADDRESS --role=roles"
    refused(installation.deploy(), f"{give}/compute.loadBalancerAdmin")


def test_google_refuses_a_call_in_the_middle(installation: Installation) -> None:
    installation.fails(gcloud_services_enable="(gcloud.services.enable) PERMISSION_DENIED: you may not")
    refused(
        installation.deploy(),
        "Google refused `gcloud services enable cloudresourcemanager.googleapis.com iam.googleapis.com`:",
        "(gcloud.services.enable) PERMISSION_DENIED: you may not",
        "Mend it and run this again: it goes on.",
    )


def test_a_bucket_of_somebody_else_with_our_name(installation: Installation) -> None:
    """Bucket names are unique in the world. The state holds addresses of everything, so it goes into our own only."""
    installation.fails(gcloud_storage_buckets_create="HTTPError 409: the bucket you tried to create is not available")
    ran = installation.deploy()
    assert ran.code == 1
    assert (
        "A bucket's name is unique in the world. When another project has this one, choose another project id." in ran
    )
    assert not installation.cloud.calls("terraform", "init")


def test_no_settings(installation: Installation) -> None:
    (installation.tree / "cooperations.yaml").unlink()
    refused(
        installation.deploy(),
        "There is no cooperations.yaml.",
        "Make it: cp infra/cooperations.example.yaml cooperations.yaml",
    )
    assert installation.cloud.read()["buckets"] == {}


def test_wrong_settings(installation: Installation) -> None:
    installation.settings(SETTINGS.replace("zonnig-dorp.hoomdossier.nl/api/v1", "zonnig-dorp.hoomdossier.nl"))
    before = installation.cloud.read()
    ran = installation.deploy()
    assert ran.code == 1
    assert "cooperations.yaml" in ran
    assert "the address of Hoomdossier ends in /api/v1" in ran
    assert installation.cloud.read() == before


def test_settings_that_are_too_large_for_secret_manager(installation: Installation) -> None:
    installation.settings(SETTINGS + "#" * 65536)
    assert "cooperations.yaml is larger than 64 KiB" in installation.deploy()


def test_nobody_to_send_alerts_to(installation: Installation) -> None:
    variables = installation.tree / "infra/terraform/production.tfvars"
    text = variables.read_text(encoding="utf-8")
    variables.write_text(text.replace("beheer@zonnig-dorp.nl", "beheer@example.org"), encoding="utf-8")
    refused(
        installation.deploy(),
        "Nobody would get the alerts.",
        "Fill in alert_email in infra/terraform/production.tfvars: the address of who reads them.",
    )


def test_an_environment_that_does_not_exist(installation: Installation) -> None:
    refused(
        installation.deploy("--environment", "test"),
        "There is no infra/terraform/test.tfvars.",
        "Say ENVIRONMENT=…, one of: production, staging",
    )


def test_another_run_holds_the_state(installed: Installation) -> None:
    installed.change_code()
    installed.fails(lock=True)
    refused(
        installed.deploy(),
        "Another run is changing this project. Nothing was changed.",
        "Wait until it is done, and run this again.",
        "If you are sure that there is no other run (one was killed): "
        f"TF_DATA_DIR='{installed.tree}/.local/deploy/link-test/terraform' "
        "terraform -chdir=infra/terraform force-unlock 1764170000123456",
    )


@pytest.mark.parametrize("command", ["settings", "rollback", "remove", "secret", "plan", "apply"])
def test_nothing_was_deployed_yet(installation: Installation, command: str) -> None:
    own = {"secret": ("--name", "LINK_SMTP"), "plan": ("--keep-as", "c0ffee"), "apply": ("--kept-as", "c0ffee")}
    refused(
        installation.run(command, *own.get(command, ())),
        f"dossierlink is not deployed to {PROJECT}.",
        f"Deploy it: make deploy PROJECT={PROJECT}",
    )


def test_another_run_on_this_machine(installed: Installation) -> None:
    """While a person reads a plan, the plan of another run must not take its place."""
    file = installed.tree / f".local/deploy/{PROJECT}/lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = installed.deploy()
    refused(
        ran,
        f"Another run on this machine is busy with {PROJECT}, or waits for an answer.",
        "Nothing was changed. Run this again when it is done.",
    )
    assert installed.deploy().code == 0
