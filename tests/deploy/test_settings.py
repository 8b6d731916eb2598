"""`make settings`: other settings are checked, shown, and put to use; wrong ones never take the place of good ones."""

from __future__ import annotations

from tests.deploy.installation import SETTINGS, Installation

OTHER = SETTINGS.replace("Isolatie 2027", "Isolatie 2028")


def versions_in_use(installation: Installation) -> set[int]:
    return {about["settings_version"] for about in installation.cloud.functions().values()}


def test_other_settings_are_shown_and_put_to_use_without_a_new_build(installed: Installation) -> None:
    before = installed.cloud.functions()
    installed.change_code()  # It stays on this machine: only the settings change.
    installed.settings(OTHER)
    ran = installed.run("settings", answers="yes\nyes\n")
    assert ran.code == 0, ran.output
    assert "-      12: {name: Isolatie 2027}\n+      12: {name: Isolatie 2028}" in ran
    assert versions_in_use(installed) == {2}
    assert {it["source"] for it in installed.cloud.functions().values()} == {it["source"] for it in before.values()}
    assert installed.cloud.read()["secrets"]["dossierlink-settings"] == [SETTINGS, OTHER]
    assert [it["settings_version"] for it in installed.cloud.releases()] == [1, 2]


def test_the_same_settings_change_nothing(installed: Installation) -> None:
    before = installed.cloud.read()
    ran = installed.run("settings")
    assert ran.code == 0
    assert "These settings are in use already (version 1)." in ran
    assert installed.cloud.read() == before


def test_after_a_no_nothing_was_changed(installed: Installation) -> None:
    before = installed.cloud.read()
    installed.settings(OTHER)
    ran = installed.run("settings", answers="no\n")
    assert ran.code == 1
    assert ran.output.endswith("Nothing was changed.\n")
    assert installed.cloud.read() == before


def test_wrong_settings_are_refused_with_the_line(installed: Installation) -> None:
    before = installed.cloud.read()
    installed.settings(SETTINGS.replace("coach: 345}", "coach: 346}"))
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "cooperations.yaml" in ran
    assert "coach 346 is not in coaches" in ran
    assert installed.cloud.read() == before
    assert not installed.cloud.calls("gcloud")


def test_what_doctor_sees_without_a_network_is_seen_first(installed: Installation) -> None:
    installed.settings(SETTINGS.replace("https://zonnig-dorp.econobis.nl", "https://zonnig-dorp.econobis.test"))
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "FOUT: zonnig-dorp: in https://zonnig-dorp.econobis.test staat .test" in ran
    assert "waar: cooperations.yaml, regel 6: cooperations.zonnig-dorp.econobis.url" in ran
    assert not installed.cloud.calls("gcloud")


def test_the_example_is_refused_until_it_is_filled_in(installed: Installation) -> None:
    installed.settings((installed.tree / "infra/cooperations.example.yaml").read_text(encoding="utf-8"))
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "zonnig-dorp.example is een voorbeeld en bestaat niet" in ran


def test_a_secret_in_the_file_itself_is_refused_and_not_repeated(installed: Installation) -> None:
    installed.settings(SETTINGS.replace("env:ZONNIG_DORP_WEBFORM_KEY", "the-key-itself-0815"))
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "a secret is given as env:NAME" in ran
    assert "the-key-itself-0815" not in ran


def test_settings_with_which_a_function_does_not_start_are_taken_back(installed: Installation) -> None:
    installed.fails(does_not_start_with_settings=[2])
    installed.settings(OTHER)
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "Version 1 is in use, as before." in ran
    assert versions_in_use(installed) == {1}
    assert installed.cloud.releases()[-1]["settings_version"] == 1


def test_after_that_the_corrected_file_becomes_the_next_version(installed: Installation) -> None:
    installed.fails(does_not_start_with_settings=[2])
    installed.settings(OTHER)
    installed.run("settings", "--yes")
    installed.settings(OTHER.replace("2028", "2029"))
    ran = installed.run("settings", "--yes")
    assert ran.code == 0, ran.output
    assert versions_in_use(installed) == {3}


def test_settings_with_which_a_function_answers_wrongly_are_taken_back(installed: Installation) -> None:
    """It is down from the start of the test, so that also the version before does not answer: that is said too."""
    installed.google.down.add("create-dossier")
    installed.settings(OTHER)
    ran = installed.run("settings", "--yes")
    assert ran.code == 1
    assert "create-dossier: GET / is answered with 500 by Google" in ran
    assert "Run: make rollback PROJECT=link-test" in ran
    assert versions_in_use(installed) == {1}


def test_a_new_secret_is_made_and_asked_for(installed: Installation) -> None:
    installed.settings(SETTINGS.replace("env:ZONNIG_DORP_EVENT_KEY", "env:ZONNIG_DORP_EVENT_KEY_2"))
    ran = installed.run("settings", "--from-env", "--yes", env={"ZONNIG_DORP_EVENT_KEY_2": "canary-event-new"})
    assert ran.code == 0, ran.output
    state = installed.cloud.read()
    assert state["secrets"]["ZONNIG_DORP_EVENT_KEY_2"] == ["canary-event-new"]
    assert "ZONNIG_DORP_EVENT_KEY_2" in installed.cloud.functions()["run-task"]["secrets"]


def test_a_key_that_stands_there_as_a_hash_is_no_secret(installed: Installation) -> None:
    line = installed.run("key").output.splitlines()[-1].strip().removeprefix("- ")
    installed.settings(SETTINGS.replace("env:ZONNIG_DORP_ECONOBIS_CALLS", line))
    ran = installed.run("settings", "--yes")
    assert ran.code == 0, ran.output
    assert installed.cloud.functions()["link-coach"]["secrets"] == ["ZONNIG_DORP_HOOMDOSSIER_TOKEN"]


def test_a_secret_of_before_stays_one_release_longer_for_a_rollback(installed: Installation) -> None:
    installed.settings(SETTINGS.replace("env:ZONNIG_DORP_EVENT_KEY", "env:ZONNIG_DORP_EVENT_KEY_2"))
    installed.run("settings", "--from-env", "--yes", env={"ZONNIG_DORP_EVENT_KEY_2": "canary-event-new"})
    assert "ZONNIG_DORP_EVENT_KEY" in installed.cloud.read()["secrets"]
    assert not [it for it in installed.cloud.functions().values() if "ZONNIG_DORP_EVENT_KEY" in it["secrets"]]
    ran = installed.run("rollback", "--yes")
    assert ran.code == 0, ran.output
    assert "ZONNIG_DORP_EVENT_KEY" in installed.cloud.functions()["run-task"]["secrets"]
    assert "ZONNIG_DORP_EVENT_KEY_2" in installed.cloud.read()["secrets"]
    installed.settings(OTHER)
    assert installed.run("settings", "--yes").code == 0
    assert "ZONNIG_DORP_EVENT_KEY_2" not in installed.cloud.read()["secrets"]


def test_another_cooperation_gets_functions_and_secrets_of_the_same_installation(installed: Installation) -> None:
    second = (
        SETTINGS.partition("cooperations:\n")[2].replace("zonnig-dorp:", "meer-energie:").replace("ZONNIG_DORP", "MEER")
    )
    installed.settings(SETTINGS + second.replace("zonnig-dorp", "meer-energie"))
    keys = ("WEBFORM_KEY", "EVENT_KEY", "HOOMDOSSIER_TOKEN", "ECONOBIS_CALLS", "HOOMDOSSIER_CALLS")
    values = {f"MEER_{name}": f"canary-meer-{name.lower()}" for name in keys}
    ran = installed.run("settings", "--from-env", "--yes", env=values)
    assert ran.code == 0, ran.output
    assert {"MEER_WEBFORM_KEY", "ZONNIG_DORP_WEBFORM_KEY"} <= set(
        installed.cloud.functions()["receive-webform"]["secrets"]
    )
    assert f"{installed.base}/create-dossier/meer-energie" in ran
