"""Every gcloud command that we run, print or describe is one that gcloud itself knows, with its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.deploy.cloud import PROJECT
from tests.deploy.installation import SECRETS, SETTINGS, Installation
from tests.tree import ROOT
from tests.world.gcloud_rules import unknown

WRITTEN = (
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "infra").rglob("*.md")),
    *sorted(ROOT.glob("cloudbuild*.yaml")),
)
_FENCED = re.compile(r"^[ #]*(gcloud (?:[^\n\\]|\\\n[ #]*)+)", re.MULTILINE)
_INLINE = re.compile(r"`(gcloud [^`]+)`")
_COMPLETE = ("gcloud auth login", "gcloud projects list")
_CONTINUED = re.compile(r"\\\n[ #]*")


def written(text: str) -> list[str]:
    """The commands in a page: a line of its own, which may go on in the next, or between backquotes.

    Up to three words between backquotes are the name of a command, and need not be complete.
    """
    inline = [it for it in _INLINE.findall(text) if len(it.split()) > 3 or it in _COMPLETE]
    return [_on_one_line(it) for it in (*_FENCED.findall(text), *inline)]


def _on_one_line(command: str) -> str:
    return " ".join(re.sub(r"\s+#.*", "", _CONTINUED.sub("", command)).split())


def test_each_command_that_is_run_or_printed_is_known(installed: Installation, tmp_path: Path) -> None:
    """A whole life: another version, other settings, a new secret, Cloud Build, back, no rights, gone, and anew."""
    printed = []

    def run(command: str, *options: str, answers: str = "", code: int = 0) -> None:
        ran = installed.run(command, *options, answers=answers, env=SECRETS)
        assert ran.code == code, ran.output
        printed.append(ran.output)

    installed.change_code()
    run("deploy", "--yes")
    installed.settings(SETTINGS.replace("2027", "2028"))
    run("settings", "--yes")
    run("secret", "--from-env", "--yes", "--name", "LINK_SMTP")
    installed.change_code()
    run("plan", "--keep-as", "c0ffee")
    run("apply", "--kept-as", "c0ffee")
    run("rollback", "--yes")
    run("remove", answers=f"{PROJECT}\n")
    installed.google.lacking = {"run.services.setIamPolicy"}
    run("deploy", code=1)
    installed.google.lacking.clear()
    with installed.cloud.change() as state:
        state.update(buckets={}, objects={}, secrets={}, resources={}, apis=[])
    run("deploy", "--from-env", "--yes")

    ran_commands = {shlex.join(call) for call in installed.cloud.calls("gcloud")}
    shown = {it for text in printed for it in re.findall(r"(?:^|  |: )(gcloud [a-z].*)$", text, re.MULTILINE)}
    assert {it.split()[1] for it in shown} >= {"projects", "secrets", "firestore", "storage"}
    assert unknown(ran_commands | shown, tmp_path) == {}


def test_each_command_in_a_page_is_known(tmp_path: Path) -> None:
    commands = {it for file in WRITTEN for it in written(file.read_text(encoding="utf-8"))}
    assert len(commands) > 20
    assert unknown(commands, tmp_path) == {}


@pytest.mark.parametrize(
    "wrong",
    ["gcloud projects describ my-project", "gcloud secrets versions add KEY --file=-", "gcloud storage cop a b"],
)
def test_a_misspelled_command_is_found(wrong: str, tmp_path: Path) -> None:
    assert list(unknown([wrong], tmp_path)) == [wrong]


def test_a_command_is_found_in_a_page() -> None:
    page = "Text `gcloud auth login` and\n```\ngcloud secrets list \\\n  --project=p  # why\nother\n```\n"
    assert written(page) == ["gcloud secrets list --project=p", "gcloud auth login"]
