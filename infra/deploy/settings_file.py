"""The settings: checked without a network, compared with those in use, and which function gets which of their secrets."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.project import Project, shown
from infra.deploy.refused import Refused
from infra.doctor import offline, report
from infra.function_table import readers_of_secrets, rows, uses_of_secrets
from infra.printed import say
from infra.secret_manager import MOST_BYTES
from shared.config import Config, WrongConfig, parse_without_secrets, read_text

_ASK = {
    "webform_key": "the Sleutel of the webform for sign-ups, in Econobis under Webformulieren",
    "event_key": "the Sleutel of the second webform, in Econobis under Webformulieren",
    "token": "the token that a super admin of Hoomdossier makes under API Tokens",
    "callers.econobis": "the key with which Econobis calls us: Hoom key, in Econobis under Coöperatie",
    "callers.hoomdossier": "the key with which Hoomdossier calls us: Econobis API key of the cooperation there",
    "callers.econobis_signing": "the secret with which Econobis signs its calls",
    "callers.hoomdossier_signing": "the secret with which Hoomdossier signs its calls",
    "smtp": "the mail server, as smtp://user:password@mail.example.org:587",
    "staff": "the client secret that the sign-in service of your staff made (docs/deploy.md, Who may sign in)",
}


@dataclass(frozen=True)
class Settings:
    """Settings that are correct. `text` is the file as it stands."""

    text: str
    config: Config

    def readers(self) -> dict[str, list[str]]:
        """For each secret (the NAME of env:NAME) the functions that get it, by the table of functions."""
        return {name: sorted(readers) for name, readers in sorted(readers_of_secrets(self.config, rows()).items())}

    def uses(self, name: str) -> set[str]:
        """The settings that the secret is for, named as in the table of functions."""
        return uses_of_secrets(self.config).get(name, set())

    def about(self, name: str) -> str:
        """Tells a person where to find the value of a secret."""
        return "; ".join(_ASK.get(use, use) for use in sorted(self.uses(name)))


def check_event_hosts(project: Project, settings: Settings) -> None:
    """Raises Refused when a name for events belongs to a cooperation that the settings do not have."""
    for host, cooperation in project.event_hosts.items():
        if cooperation not in settings.config.cooperations:
            raise Refused(
                f"event_hosts in {shown(project.variables)} gives {host} to {cooperation}, and the settings have no such "
                f"cooperation. They have: {', '.join(settings.config.cooperations)}"
            )


def read(path: Path) -> Settings:
    """The settings in a file, with all checks that `doctor` makes without a network.

    Raises Refused with a line for each error; what `doctor` found is printed, in its Dutch.
    """
    if not path.is_file():
        raise no_file(path)
    try:
        settings = parse(read_text(path, shown(path)), shown(path))
    except WrongConfig as wrong:
        raise _wrong(wrong) from None
    if len(settings.text.encode()) > MOST_BYTES:
        raise Refused(f"{shown(path)} is larger than {MOST_BYTES >> 10} KiB, which Secret Manager does not take.")
    found = offline.problems(path, shown=shown(path))
    if errors := [it for it in found if it.level == "error"]:
        report.show(shown(path), errors)
        raise Refused("The settings are not right, so they are not used. What to mend stands above, in Dutch.")
    if any(it.level == "warning" for it in found):
        doctor = f".venv/bin/python -m infra.doctor --offline --settings {shown(path)}"
        say(f"There are remarks about the settings, in Dutch. Read them: {doctor}")
    return settings


def no_file(path: Path) -> Refused:
    """What to say when the settings are not there."""
    return Refused(
        f"There is no {shown(path)}.\nMake it: cp infra/cooperations.example.yaml {shown(path)}\n"
        "Then fill it in; the file explains every line. Delete the optional settings that you do not use."
    )


def parse(text: str, file_name: str = "cooperations.yaml") -> Settings:
    """The settings in a text, which errors name `file_name`. Raises Refused."""
    try:
        return Settings(text, parse_without_secrets(text, file_name))
    except WrongConfig as wrong:
        raise _wrong(wrong) from None


def _wrong(wrong: WrongConfig) -> Refused:
    return Refused(f"The settings are not right, so they are not used:\n{wrong}")


def show_difference(old: str, new: str, version: int) -> None:
    """Prints the lines that differ between the settings in use, of this version, and new ones."""
    names = (f"in use (version {version})", "new")
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="", n=2):
        say(line)
