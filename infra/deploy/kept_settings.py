"""The settings in Secret Manager: the text of a version, and the version that holds a text."""

from __future__ import annotations

from pathlib import Path

from infra import secret_manager
from infra.deploy.project import Project
from infra.deploy.releases import Release
from infra.deploy.secret_values import fill_secrets
from infra.deploy.settings_file import Settings
from infra.deploy.start import Deployment
from infra.deploy.wanted import Wanted
from infra.printed import say
from infra.secret_manager import SETTINGS


def text_of(project: Project, release: Release) -> str:
    """The settings of a release, as they stood in the file."""
    return secret_manager.value(project.id, SETTINGS, release.settings_version)


def put_in(deployment: Deployment, settings: Settings, source: Path | str, current: Release | None) -> Wanted:
    """Puts the settings and their secrets into Secret Manager, and asks for values that are missing. Raises Refused.

    Returns what shall run: these settings with the code in `source` (as in Wanted), after `current`.
    """
    readers = settings.readers()
    # The secret for the settings may still have to be made, and Terraform makes nothing without a version number.
    draft = Wanted.after(current, source, current.settings_version if current else 1, readers)
    fill_secrets(deployment, settings, draft)
    return Wanted.after(current, source, _version_with(deployment.project, settings, current), readers)


def _version_with(project: Project, settings: Settings, current: Release | None) -> int:
    """The number of a version with these settings: the one in use, the newest, or a new one."""
    there = secret_manager.versions(project.id, SETTINGS)
    in_use = [current.settings_version] if current else []
    for version in [*in_use, *there[-1:]]:
        if version in there and secret_manager.value(project.id, SETTINGS, version) == settings.text:
            return version
    return add(project, settings.text)


def add(project: Project, text: str) -> int:
    """Keeps settings as a new version, and returns its number."""
    version = secret_manager.add(project.id, SETTINGS, text)
    say(f"The settings are kept as version {version}.")
    return version
