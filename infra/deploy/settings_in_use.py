"""The settings in Secret Manager: which version holds a text, and which one the functions read."""

from __future__ import annotations

from infra import secret_manager
from infra.deploy.project import Project
from infra.deploy.releases import Release
from infra.deploy.settings_file import Settings
from infra.printed import say
from infra.secret_manager import SETTINGS


def text_of(project: Project, release: Release) -> str:
    """The settings of a release, as they stood in the file."""
    return secret_manager.value(project.id, SETTINGS, release.settings_version)


def version_with(project: Project, settings: Settings, current: Release | None) -> int:
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
