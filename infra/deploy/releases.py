"""The releases of an installation: what was rolled out, and whether it worked. A JSON file each, beside the source.

A release is written down before it is applied, and once more when it works. So a release that failed halfway is known,
and a rollback goes back to the last one that worked.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from infra.deploy.before_terraform import find_bucket
from infra.deploy.project import Project
from infra.gcloud import gcloud
from shared.private_files import private_folder


class Release(BaseModel):
    """What runs, apart from the Terraform files.

    `origin` is the number of the release that this one went back to, or its own. `secrets` is the Terraform variable:
    for each secret the functions that get it. `functions` are all functions, by which an old release is known that
    needs another Terraform. `made_at` is a moment in UTC.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    origin: int
    made_at: str
    source_object: str
    settings_version: int
    secrets: dict[str, list[str]]
    functions: list[str]
    works: bool = False

    @property
    def content(self) -> tuple[object, ...]:
        """Equal for two releases with which the same runs."""
        return self.source_object, self.settings_version, self.secrets, self.functions

    @property
    def readers(self) -> dict[str, list[str]]:
        """The secrets that it needs, and the functions that get each."""
        return {name: functions for name, functions in self.secrets.items() if functions}

    def __str__(self) -> str:
        code = self.source_object.removeprefix("source-")[:8]
        return f"release {self.number} ({self.made_at}, code {code}, settings version {self.settings_version})"


def newest_first(project: Project) -> Iterator[Release]:
    """Every release, also those that did not work. Each is a call to Google, so stop when you have enough."""
    if find_bucket(project, project.source_bucket) is None:
        return
    listed = gcloud("storage", "objects", "list", f"gs://{project.source_bucket}/releases/*") or []
    for name in sorted((it["name"] for it in listed), reverse=True):
        yield Release.model_validate(gcloud("storage", "cat", f"gs://{project.source_bucket}/{name}"))


def current(project: Project) -> Release | None:
    """The last release that worked."""
    return next((it for it in newest_first(project) if it.works), None)


def write_down(project: Project, release: Release) -> None:
    """Keeps a release, in the place of one with the same number."""
    private_folder(project.folder)
    file = project.folder / "release.json"
    file.write_text(release.model_dump_json(), encoding="utf-8")
    gcloud("storage", "cp", str(file), f"gs://{project.source_bucket}/releases/{release.number:05}.json")
