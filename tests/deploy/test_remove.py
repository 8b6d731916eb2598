"""`make remove`: the link goes, and what people entrusted to it stays."""

from __future__ import annotations

import re

from infra.deploy.commands.remove import KEPT
from tests.deploy.cloud import PROJECT
from tests.deploy.installation import SECRETS, Installation
from tests.tree import ROOT


def test_functions_go_and_documents_files_and_secrets_stay(installed: Installation) -> None:
    before = installed.cloud.read()
    ran = installed.run("remove", answers=f"{PROJECT}\n")
    assert ran.code == 0, ran.output
    state = installed.cloud.read()
    assert installed.cloud.functions() == {}
    assert "google_cloud_tasks_queue.default" not in state["resources"]
    assert "google_firestore_database.store" in state["resources"]
    assert (state["buckets"], state["secrets"], state["objects"]) == (
        before["buckets"],
        before["secrets"],
        before["objects"],
    )


def test_it_says_what_stays_and_how_to_delete_that(installed: Installation) -> None:
    ran = installed.run("remove", answers=f"{PROJECT}\n")
    for words in (
        "These stay: the documents in Firestore and their backups, the files, the code, and the secrets with their values.",
        "Nobody forgets residents any more, because `sweep` does that.",
        f"gcloud firestore databases delete --database='(default)' --project={PROJECT}",
        f"gcloud storage rm gs://{PROJECT}-dossierlink-blobs --recursive",
        f"gcloud projects delete {PROJECT}",
    ):
        assert words in ran


def test_it_says_which_dns_records_have_to_go_first(installation: Installation) -> None:
    installation.event_hosts(zonnig_dorp="zonnigdorp-link.econobis.nl")
    assert installation.deploy().code == 0
    ran = installation.run("remove", answers="no\n")
    assert "Have the DNS records of these deleted first" in ran
    assert "zonnigdorp-link.econobis.nl" in ran


def test_only_the_name_of_the_project_is_a_yes(installed: Installation) -> None:
    for answer in ("yes\n", "link-tes\n", ""):
        ran = installed.run("remove", answers=answer)
        assert ran.code == 1
        assert ran.output.endswith("Nothing was changed.\n")
    assert installed.cloud.functions()


def test_afterwards_deploy_brings_it_back_with_the_same_secrets(installed: Installation) -> None:
    installed.run("remove", answers=f"{PROJECT}\n")
    ran = installed.run("deploy", answers="yes\n")
    assert ran.code == 0, ran.output
    assert installed.cloud.functions()
    assert {name: installed.cloud.read()["secrets"][name] for name in SECRETS} == {
        name: [value] for name, value in SECRETS.items()
    }


def test_a_second_time_there_is_nothing_to_remove(installed: Installation) -> None:
    installed.run("remove", answers=f"{PROJECT}\n")
    ran = installed.run("remove")
    assert ran.code == 0
    assert "There is nothing to remove." in ran


def test_an_installation_that_was_never_completed_can_be_removed(installation: Installation) -> None:
    installation.fails(terraform_stops_at="receive-event")
    installation.deploy()
    installation.fails()
    ran = installation.run("remove", answers=f"{PROJECT}\n")
    assert ran.code == 0, ran.output
    assert installation.cloud.functions() == {}


def test_what_stays_is_named_as_in_the_terraform_files() -> None:
    """Else it would not stay."""
    files = (ROOT / "infra/terraform").glob("*.tf")
    found = {
        ".".join(it)
        for file in files
        for it in re.findall(r'^resource "(\w+)" "(\w+)"', file.read_text(), re.MULTILINE)
    }
    assert set(KEPT) <= found


def test_all_that_holds_data_of_residents_stays() -> None:
    files = (ROOT / "infra/terraform").glob("*.tf")
    found = {
        ".".join(it)
        for file in files
        for it in re.findall(r'^resource "(\w+)" "(\w+)"', file.read_text(), re.MULTILINE)
    }
    holding = {
        it
        for it in found
        if it.startswith(
            ("google_firestore", "google_firebaserules", "google_storage_bucket.", "google_secret_manager_secret.")
        )
    }
    assert holding <= set(KEPT)
