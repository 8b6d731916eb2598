"""What shall run: the code, the settings and the secrets. `releases.py` has the record of what was rolled out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.deploy.releases import Release
from infra.deploy.terraform import relative
from infra.function_table import rows


@dataclass(frozen=True)
class Wanted:
    """What shall run. `source` is the zip on this machine, or the name of one that is already in the bucket."""

    source: Path | str
    settings_version: int
    secrets: Mapping[str, list[str]]
    origin: int | None = None

    @classmethod
    def after(
        cls, current: Release | None, source: Path | str, settings_version: int, readers: Mapping[str, list[str]]
    ) -> Wanted:
        """With these `readers` of each secret, and without readers the secrets that only `current` needs.

        So a rollback finds their values. They are deleted with the release after this one. When nothing differs from
        `current`, there is no new release, and they stay.
        """
        before = current.readers if current else {}
        wanted = cls(source, settings_version, {**{it: [] for it in before}, **readers})
        runs = wanted.source_object, settings_version, readers
        if current and runs == (current.source_object, current.settings_version, before):
            return replace(wanted, secrets=current.secrets)
        return wanted

    @property
    def source_object(self) -> str:
        """The name of the zip in the bucket."""
        return self.source if isinstance(self.source, str) else self.source.name

    @property
    def readers(self) -> dict[str, list[str]]:
        """The secrets that some function gets, and which functions."""
        return {name: functions for name, functions in self.secrets.items() if functions}

    def variables(self, project: str) -> dict[str, Any]:
        """The Terraform variables that are not in a file of the repository."""
        return {
            "project": project,
            "settings_version": self.settings_version,
            "secrets": dict(self.secrets),
            "source_object": self.source if isinstance(self.source, str) else None,
            "source_zip": None if isinstance(self.source, str) else relative(self.source),
        }

    def release(self, number: int) -> Release:
        """The record of it."""
        return Release(
            number=number,
            origin=self.origin or number,
            made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
            source_object=self.source_object,
            settings_version=self.settings_version,
            secrets=dict(self.secrets),
            functions=sorted(rows()),
        )
