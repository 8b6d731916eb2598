"""`make rollback`: back to the release before, with the code and the settings of then."""

from __future__ import annotations

from tests.deploy.installation import SETTINGS, Installation

OTHER = SETTINGS.replace("Isolatie 2027", "Isolatie 2028")


def deploy_second(installed: Installation) -> None:
    installed.change_code()
    installed.settings(OTHER)
    ran = installed.run("deploy", "--yes")
    assert ran.code == 0, ran.output


def runs(installation: Installation) -> set[tuple[str, int]]:
    """The code and the settings version of all functions."""
    return {(it["source"], it["settings_version"]) for it in installation.cloud.functions().values()}


def test_code_and_settings_go_back_together_and_it_says_what_stays(installed: Installation) -> None:
    before = runs(installed)
    deploy_second(installed)
    assert runs(installed) != before
    ran = installed.run("rollback", answers="yes\n")
    assert ran.code == 0, ran.output
    assert runs(installed) == before
    assert "Kept: all documents, files, tasks and values of secrets." in ran
    assert "Now:  release 2" in ran
    assert "Back: release 1" in ran


def test_after_a_no_nothing_goes_back(installed: Installation) -> None:
    deploy_second(installed)
    before = installed.cloud.functions()
    ran = installed.run("rollback", answers="no\n")
    assert (ran.code, installed.cloud.functions()) == (1, before)


def test_two_rollbacks_go_back_two_releases(installed: Installation) -> None:
    first = runs(installed)
    deploy_second(installed)
    installed.change_code()
    installed.run("deploy", "--yes")
    installed.run("rollback", "--yes")
    ran = installed.run("rollback", "--yes")
    assert ran.code == 0, ran.output
    assert runs(installed) == first
    ran = installed.run("rollback", "--yes")
    assert ran.code == 1
    assert "There is no release before this one." in ran


def test_after_a_rollback_a_deploy_brings_the_newer_version_again(installed: Installation) -> None:
    deploy_second(installed)
    second = runs(installed)
    installed.run("rollback", "--yes")
    ran = installed.run("deploy", "--yes")
    assert ran.code == 0, ran.output
    assert runs(installed) == second


def test_a_release_that_failed_halfway_goes_back_to_the_one_that_worked(installed: Installation) -> None:
    before = runs(installed)
    installed.change_code()
    installed.fails(terraform_stops_at="receive-event")
    ran = installed.run("deploy", "--yes")
    assert ran.code == 1
    assert "Or go back to release 1" in ran
    assert len(runs(installed)) == 2
    installed.fails()
    ran = installed.run("rollback", "--yes")
    assert ran.code == 0, ran.output
    assert "which failed halfway" in ran
    assert runs(installed) == before


def test_the_first_release_has_nothing_before_it(installed: Installation) -> None:
    ran = installed.run("rollback", "--yes")
    assert ran.code == 1
    assert "There is no release before this one.\nTo take everything away: make remove PROJECT=link-test" in ran


def test_a_release_with_other_functions_needs_the_files_of_then(installed: Installation) -> None:
    """Terraform would make the functions of these files from code that does not have them."""
    deploy_second(installed)
    table = installed.tree / "infra/functions.yaml"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("sweep:\n", "sweep-all:\n"), encoding="utf-8")
    ran = installed.run("rollback", "--yes")
    assert ran.code == 1
    assert "Check out the version that was deployed then, and run: make deploy PROJECT=link-test" in ran


def test_it_works_on_a_machine_that_deployed_nothing(installed: Installation) -> None:
    deploy_second(installed)
    (installed.tree / "cooperations.yaml").unlink()
    for file in (installed.tree / ".local/deploy").rglob("*.zip"):
        file.unlink()
    assert installed.run("rollback", "--yes").code == 0
