"""The settings: checked without a network, compared with those in use, and which function gets which of their secrets."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.project import shown
from infra.deploy.refused import Refused
from infra.deploy.table import Row, rows
from infra.doctor import offline, report
from infra.printed import say
from infra.secret_manager import MOST_BYTES
from shared.config import Config, WrongConfig, read_without_secrets
from shared.secret import secret_names

SMTP = "LINK_SMTP"
"""The secret with the mail server; the settings do not name it."""
_ASK = {
    "webform_key": "the Sleutel of the webform for sign-ups, in Econobis under Webformulieren",
    "event_key": "the Sleutel of the second webform, in Econobis under Webformulieren",
    "token": "the token that a super admin of Hoomdossier makes under API Tokens",
    "callers.econobis": "the key with which Econobis calls us: Hoom key, in Econobis under Coöperatie",
    "callers.hoomdossier": "the key with which Hoomdossier calls us: Econobis API key of the cooperation there",
    "callers.econobis_signing": "the secret with which Econobis signs its calls",
    "callers.hoomdossier_signing": "the secret with which Hoomdossier signs its calls",
    "smtp": "the mail server, as smtp://user:password@mail.example.org:587",
}


@dataclass(frozen=True)
class Settings:
    """Settings that are correct. `text` is the file as it stands."""

    text: str
    config: Config

    def readers(self) -> dict[str, list[str]]:
        """For each secret (the NAME of env:NAME) the functions that get it, by the table of functions."""
        return {name: _functions(uses, rows()) for name, uses in sorted(self.uses().items())}

    def uses(self) -> dict[str, set[str]]:
        """For each secret the settings that it is for, named as in the table of functions."""
        uses = secret_names(self.config)
        if any(it.mail for it in self.config.cooperations.values()):
            uses[SMTP] = {"smtp"}
        return uses

    def about(self, name: str) -> str:
        """Tells a person where to find the value of a secret."""
        return "; ".join(_ASK.get(use, use) for use in sorted(self.uses().get(name, ())))


def read(path: Path) -> Settings:
    """The settings in a file, with all checks that `doctor` makes without a network.

    Raises Refused with a line for each error; what `doctor` found is printed, in its Dutch.
    """
    if not path.is_file():
        raise Refused(
            f"There is no {shown(path)}.\nMake it: cp infra/cooperations.example.yaml {shown(path)}\n"
            "Then fill it in; the file explains every line."
        )
    settings = _parsed(path)
    if len(settings.text.encode()) > MOST_BYTES:
        raise Refused(f"{shown(path)} is larger than {MOST_BYTES >> 10} KiB, which Secret Manager does not take.")
    found = offline.problems(path, shown=shown(path))
    if errors := [it for it in found if it.level == "error"]:
        report.show(shown(path), errors)
        raise Refused("The settings are not right, so they are not used. What to mend stands above, in Dutch.")
    if any(it.level == "warning" for it in found):
        say(f"Remarks about the settings: python -m infra.doctor --offline --settings {shown(path)}")
    return settings


def parse(text: str) -> Settings:
    """Settings from Secret Manager, which were checked before they came there."""
    with tempfile.TemporaryDirectory() as folder:  # Only its owner can look into it.
        path = Path(folder) / "cooperations.yaml"
        path.write_text(text, encoding="utf-8")
        return _parsed(path)


def _parsed(path: Path) -> Settings:
    try:
        config = read_without_secrets(path)
    except WrongConfig as wrong:
        lines = str(wrong).replace(str(path), shown(path))
        raise Refused(f"The settings are not right, so they are not used:\n{lines}") from None
    return Settings(path.read_text(encoding="utf-8"), config)


def show_difference(old: str, new: str, version: int) -> None:
    """Prints the lines that differ between the settings in use, of this version, and new ones."""
    names = (f"in use (version {version})", "new")
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="", n=2):
        say(line)


def _functions(uses: set[str], table: Mapping[str, Row]) -> list[str]:
    return sorted(name for name, row in table.items() if uses & set(row["secrets"]))
