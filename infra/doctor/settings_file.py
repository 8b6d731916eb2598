"""Reads the settings without the values of their secrets, and knows the line of each setting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.doctor.finding import Finding, error
from shared import config, yaml_file
from shared.config import Config, WrongConfig
from shared.secret import NamedSecret, named_secrets
from shared.yaml_file import YamlFile


@dataclass(frozen=True)
class Settings:
    """`shown` is how the file is named to the reader."""

    shown: str
    file: YamlFile
    config: Config

    def where(self, *location: int | str) -> str:
        """The file, the line and the setting at `location`, for `Finding.where`."""
        return f"{self.shown}, regel {self.file.line(location)}: {'.'.join(map(str, location))}"

    @cached_property
    def secrets(self) -> list[NamedSecret]:
        """Every `env:NAME` in the file, in its order."""
        return named_secrets(self.config)

    def named(self, cooperation: str, setting: str) -> list[NamedSecret]:
        """The secrets of one setting of a cooperation, by the setting's name in the table of functions."""
        return [it for it in self.secrets if (it.cooperation, it.setting) == (cooperation, setting)]


def load(path: Path, shown: str | None = None) -> Settings | list[Finding]:
    """The settings in the file at `path`, or why they cannot be used.

    An address of a local run is accepted here; `offline.py` finds it, with the reason.
    """
    shown = shown or str(path)
    try:
        text = config.read_text(path, shown)
    except WrongConfig as wrong:
        return _problems(wrong, shown)
    return parse(text, shown)


def parse(text: str, shown: str) -> Settings | list[Finding]:
    """As `load`, for the text of a file that was read already."""
    try:
        found = config.parse(text, shown, {}, needed=frozenset())
    except WrongConfig as wrong:
        return _problems(wrong, shown)
    return Settings(shown, yaml_file.parse(text), found)


def _problems(wrong: WrongConfig, shown: str) -> list[Finding]:
    return [_wrong(line.removeprefix(shown), shown) for line in str(wrong).splitlines()]


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
