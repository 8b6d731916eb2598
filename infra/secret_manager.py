"""Secret Manager: names, versions and values. A value goes in by the input of gcloud, and is never printed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from infra.gcloud import gcloud

SETTINGS = "dossierlink-settings"
"""The secret that holds the settings file."""
MOST_BYTES = 65536
"""The largest value that Secret Manager takes."""


def names(project: str) -> set[str]:
    """The secrets of a project, with or without a value."""
    return {it["name"].rpartition("/")[2] for it in gcloud("secrets", "list", f"--project={project}") or []}


def versions(project: str, name: str) -> list[int]:
    """The numbers of the versions that can be read, the newest last."""
    listed = gcloud("secrets", "versions", "list", name, "--filter=state:ENABLED", f"--project={project}") or []
    return sorted(int(it["name"].rpartition("/")[2]) for it in listed)


def value(project: str, name: str, version: int | str = "latest") -> str:
    """The value of one version."""
    return value_in(gcloud("secrets", "versions", "access", str(version), f"--secret={name}", f"--project={project}"))


def value_in(answer: Mapping[str, Any]) -> str:
    """The value in gcloud's answer, which has it in base64. Raises LookupError, TypeError or ValueError for another."""
    return base64.urlsafe_b64decode(answer["payload"]["data"]).decode()


def add(project: str, name: str, secret: str) -> int:
    """Adds a version, and returns its number. Earlier versions stay."""
    answer = gcloud("secrets", "versions", "add", name, "--data-file=-", f"--project={project}", secret=secret)
    return int(answer["name"].rpartition("/")[2])


def settings_version(service: Mapping[str, Any]) -> str:
    """The version of the settings that a function has mounted, such as `3`; `""` when it has none.

    `service` is the `serviceConfig` of the function, as gcloud describes it.
    """
    for volume in service.get("secretVolumes", []):
        if volume.get("secret", "").rpartition("/")[2] == SETTINGS:
            return str(next((it.get("version", "") for it in volume.get("versions", [])), "latest"))
    return ""
