"""Reads the settings without the values of their secrets, and knows the line of each setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.doctor.finding import Finding, error
from shared import yaml_file
from shared.config import Config, WrongConfig, read
from shared.yaml_file import YamlFile

SECRETS_OF = (
    "econobis.webform_key",
    "econobis.event_key",
    "hoomdossier.token",
    "callers.econobis",
    "callers.hoomdossier",
)
"""Where a cooperation's settings name secrets. The table of functions has the last part, or all of `callers.…`."""


class _AnySecret(Mapping[str, str]):
    """A value for every secret, so that settings can be read where the secrets are not at hand."""

    def __getitem__(self, name: str) -> str:
        return f"{name.lower()}-in-place-of-the-secret"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True  # An empty mapping counts as no secrets at all.


@dataclass(frozen=True)
class Use:
    """A place where the settings name a secret. `setting` is one of SECRETS_OF."""

    cooperation: str
    setting: str
    name: str

    @property
    def in_table(self) -> str:
        """What `secrets` in the table of functions calls it."""
        return self.setting if self.setting.startswith("callers.") else self.setting.rpartition(".")[2]


@dataclass(frozen=True)
class Settings:
    """`shown` is how the file is named to the reader."""

    shown: str
    file: YamlFile
    config: Config

    def where(self, *location: int | str) -> str:
        """The file, the line and the setting at `location`, for `Finding.where`."""
        return f"{self.shown}, regel {self.file.line(location)}: {'.'.join(map(str, location))}"

    def raw(self, *location: str) -> Any:
        """The value as it stands in the file; None when it is not there."""
        value = self.file.settings
        for part in location:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def uses(self) -> list[Use]:
        """Every `env:NAME` in the file, in its order."""
        return [
            Use(cooperation, setting, value.removeprefix("env:"))
            for cooperation in self.config.cooperations
            for setting in SECRETS_OF
            for value in _as_list(self.raw("cooperations", cooperation, *setting.split(".")))
            if isinstance(value, str) and value.startswith("env:")
        ]


def load(path: Path, shown: str | None = None) -> Settings | list[Finding]:
    """The settings in the file at `path`, or why they cannot be used."""
    shown = shown or str(path)
    try:
        config = read(path, _AnySecret())
    except WrongConfig as wrong:
        return [_wrong(line.removeprefix(str(path)), shown) for line in str(wrong).splitlines()]
    return Settings(shown, yaml_file.parse(path.read_text(encoding="utf-8-sig")), config)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_LINE = re.compile(r":(?P<line>[0-9]+): (?:(?P<setting>[^\s:]+): )?(?P<reason>.*)")


def _wrong(line: str, shown: str) -> Finding:
    """`line` is one of WrongConfig without its file: `:12: setting: reason`, or `: reason`."""
    found = _LINE.fullmatch(line)
    place, reason = shown, line.removeprefix(": ")
    if found:
        setting = f": {found['setting']}" if found["setting"] else ""
        place, reason = f"{shown}, regel {found['line']}{setting}", found["reason"]
    return error(
        f"De instellingen kloppen niet: “{reason}”",
        "met een fout in dit bestand start geen functie",
        place,
    )
