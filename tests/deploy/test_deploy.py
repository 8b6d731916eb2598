"""`make deploy`: an empty project, a second run, other code, a no, and what stopped halfway."""

from __future__ import annotations

import threading

from infra.function_table import rows
from tests.deploy.cloud import PROJECT
from tests.deploy.installation import SECRETS, Installation


def test_an_empty_project_becomes_a_link_that_answers(installation: Installation) -> None:
    ran = installation.deploy()
    assert ran.code == 0, ran.output
    assert "Every function answers as it should." in ran
    state = installation.cloud.read()
    assert set(installation.cloud.functions()) == set(rows())
    assert {name: values for name, values in state["secrets"].items() if name in SECRETS} == {
        name: [value] for name, value in SECRETS.items()
    }
    bucket = state["buckets"][f"{PROJECT}-dossierlink-state"]
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    assert bucket["location"] == "EUROPE-WEST4"
    assert [(it["number"], it["works"], it["settings_version"]) for it in installation.cloud.releases()] == [
        (1, True, 1)
    ]


def test_it_says_what_to_type_where(installation: Installation) -> None:
    ran = installation.deploy()
    for words in (
        "Econobis (https://zonnig-dorp.econobis.nl), Beheer → Coöperatie → Hoomdossier:",
        f"Hoom link                 {installation.base}/create-dossier/zonnig-dorp",
        f"Hoom bewoner/coach link   {installation.base}/link-coach/zonnig-dorp",
        "Hoom key",
        "Hoom campagnes            Isolatie 2027 (12)",
        "Econobis wildcard         zonnig-dorp\n",
        "Econobis API key",
        f"{installation.base}/receive-event/zonnig-dorp/{{key}}/hoomdossier/{{kind}}",
        f"{installation.base}/receive-webform/zonnig-dorp/aanmelden",
    ):
        assert words in ran


def test_it_says_which_name_to_ask_for_and_where_that_leads(installation: Installation) -> None:
    """And what Hoomdossier then needs in the place of the name of Econobis."""
    installation.event_hosts(zonnig_dorp="zonnigdorp-link.econobis.nl")
    ran = installation.deploy()
    assert ran.code == 0, ran.output
    for words in (
        "The makers of Econobis (docs/letters/econobis.md), an A record in their DNS, from and to:\n",
        "    zonnigdorp-link.econobis.nl 203.0.113.7\n",
        "Until then the events that Hoomdossier sends there are lost.",
        "Zonnig Dorp, when `make doctor` finds the name right:",
        "Econobis wildcard         zonnigdorp-link\n",
    ):
        assert words in ran
    assert "reverse proxy" not in ran


def test_a_name_for_a_cooperation_that_is_not_there_is_refused(installation: Installation) -> None:
    installation.event_hosts(zonnigdorp="zonnigdorp-link.econobis.nl")
    ran = installation.deploy()
    assert ran.code == 1
    assert "gives zonnigdorp-link.econobis.nl to zonnigdorp, and the settings have no such cooperation" in ran
    assert "They have: zonnig-dorp" in ran
    assert installation.cloud.functions() == {}


def test_each_function_gets_the_secrets_of_its_row_and_no_others(installed: Installation) -> None:
    got = {name: set(about["secrets"]) for name, about in installed.cloud.functions().items()}
    assert got["receive-webform"] == {"ZONNIG_DORP_WEBFORM_KEY"}
    assert got["receive-event"] == {"ZONNIG_DORP_HOOMDOSSIER_CALLS"}
    assert "LINK_SMTP" in got["send-email"]
    assert "LINK_SMTP" not in got["run-task"]


def test_a_second_run_changes_nothing(installed: Installation) -> None:
    before = installed.cloud.read()
    installed.cloud.forget_calls()
    ran = installed.run("deploy")  # Nobody answers, and no secret is at hand.
    assert ran.code == 0, ran.output
    assert "Nothing has to be changed." in ran
    assert installed.cloud.read() == before
    for writing in (
        ("terraform", "apply"), ("gcloud", "secrets", "versions", "add"), ("gcloud", "storage", "cp"),
        ("gcloud", "storage", "buckets", "create"), ("gcloud", "storage", "buckets", "update"), ("gcloud", "services", "enable"),
    ):  # fmt: skip
        assert not installed.cloud.calls(*writing), writing


def test_other_code_becomes_a_new_release_with_the_same_settings_and_secrets(installed: Installation) -> None:
    first = installed.cloud.read()
    installed.change_code()
    ran = installed.run("deploy", answers="yes\n")
    assert ran.code == 0, ran.output
    assert installed.cloud.read()["secrets"] == first["secrets"]
    one, two = installed.cloud.releases()
    assert one["source_object"] != two["source_object"]
    assert {about["source"] for about in installed.cloud.functions().values()} == {two["source_object"]}


def test_only_the_word_yes_is_a_yes(installation: Installation) -> None:
    ran = installation.deploy(answers="y\n")
    assert ran.code == 1
    assert ran.output.endswith("Nothing was changed.\n")
    assert installation.cloud.read()["buckets"] == {}
    ran = installation.deploy(answers="yes\nno\n")
    assert ran.code == 1
    assert ran.output.endswith("The plan was not carried out. No function was changed.\n")
    assert installation.cloud.functions() == {}


def test_without_anybody_at_the_keyboard_nothing_happens(installation: Installation) -> None:
    assert "Nothing was changed." in installation.deploy(answers="")


def test_a_run_that_stopped_halfway_goes_on_and_asks_no_secret_twice(installation: Installation) -> None:
    installation.fails(terraform_stops_at="receive-event")
    ran = installation.deploy()
    assert ran.code == 1
    assert "Terraform stopped halfway; the reason stands above." in ran
    assert "run this again: it goes on from here" in ran
    made = installation.cloud.functions()
    assert 0 < len(made) < len(rows())
    installation.fails()
    ran = installation.run("deploy", answers="yes\n")
    assert ran.code == 0, ran.output
    assert set(installation.cloud.functions()) == set(rows())
    assert [len(values) for values in installation.cloud.read()["secrets"].values()] == [1] * 8


def test_it_stops_between_any_two_calls_and_a_next_run_completes_it(installation: Installation) -> None:
    """Each command of gcloud fails once, as with a broken connection."""
    for command in (
        "gcloud services enable", "gcloud storage buckets create", "gcloud storage buckets update", "gcloud secrets list",
        "gcloud secrets versions list", "gcloud secrets versions add", "gcloud storage cp",
    ):  # fmt: skip
        installation.fails(**{command.replace(" ", "_"): "the connection was reset"})
        ran = installation.deploy()
        assert ran.code == 1, command
        assert "the connection was reset" in ran
        assert "Traceback" not in ran
    installation.fails()
    ran = installation.deploy()
    assert ran.code == 0, ran.output
    assert installation.cloud.releases()[-1]["works"]


def test_without_a_file_the_settings_in_use_stay(installed: Installation) -> None:
    (installed.tree / "cooperations.yaml").unlink()
    ran = installed.run("deploy")
    assert ran.code == 0, ran.output
    assert "There is no cooperations.yaml, so the settings in use stay (version 1)." in ran


def test_other_settings_are_shown_and_become_a_new_version(installed: Installation) -> None:
    text = (installed.tree / "cooperations.yaml").read_text(encoding="utf-8")
    installed.settings(text.replace("name: Isolatie 2027", "name: Isolatie 2028"))
    ran = installed.run("deploy", answers="yes\n")
    assert "-      12: {name: Isolatie 2027}" in ran
    assert "+      12: {name: Isolatie 2028}" in ran
    assert {it["settings_version"] for it in installed.cloud.functions().values()} == {2}


def test_functions_that_do_not_answer_make_no_release(installation: Installation) -> None:
    installation.google.down.add("link-coach")
    ran = installation.deploy()
    assert ran.code == 1
    assert "link-coach: GET / is answered with 500 by Google" in ran
    assert not installation.cloud.releases()
    installation.google.down.clear()
    ran = installation.run("deploy")
    assert ran.code == 0, ran.output
    assert "Nothing has to be changed." in ran
    assert installation.cloud.releases()[-1]["works"]


def test_an_internal_function_that_anybody_can_reach_is_found(installation: Installation) -> None:
    installation.google.open_to_all = True
    ran = installation.deploy()
    assert ran.code == 1
    for name in ("pull-appointments", "run-task", "send-email", "show-staff", "sweep"):
        assert f"{name}: anybody can reach it" in ran


def test_the_smoke_test_waits_until_all_of_google_knows_a_new_function(installation: Installation) -> None:
    installation.google.down.add("link-coach")
    threading.Timer(12, installation.google.down.clear).start()
    ran = installation.deploy("--wait", "60")
    assert ran.code == 0, ran.output
