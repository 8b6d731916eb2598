"""Secret Manager: names, versions and values. A value goes in by the input of gcloud, and is never printed."""

from __future__ import annotations

import base64

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


def value(project: str, name: str, version: int) -> str:
    """The value of one version."""
    answer = gcloud("secrets", "versions", "access", str(version), f"--secret={name}", f"--project={project}")
    return base64.urlsafe_b64decode(answer["payload"]["data"]).decode()


def add(project: str, name: str, secret: str) -> int:
    """Adds a version, and returns its number. Earlier versions stay."""
    answer = gcloud("secrets", "versions", "add", name, "--data-file=-", f"--project={project}", secret=secret)
    return int(answer["name"].rpartition("/")[2])
