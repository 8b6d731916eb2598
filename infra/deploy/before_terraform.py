"""What must be there before Terraform can run: a few APIs, and the bucket with its state."""

from __future__ import annotations

from typing import Any

from infra.deploy.project import Project
from infra.deploy.questions import Questions
from infra.deploy.refused import Refused
from infra.gcloud import GcloudFailed, gcloud
from infra.printed import say

# Terraform turns on the others (infra/terraform/apis.tf). Without these it cannot.
APIS = tuple(
    f"{name}.googleapis.com" for name in ("cloudresourcemanager", "iam", "secretmanager", "serviceusage", "storage")
)
_PRIVATE = ("--uniform-bucket-level-access", "--public-access-prevention")


def prepare(project: Project, questions: Questions) -> None:
    """Makes what is missing, after a yes when the project was never prepared. Raises Refused after a no."""
    on = _apis_on(project)
    bucket = _state_bucket(project, on)
    if bucket is None and not questions.agree(
        f"dossierlink was never deployed to {project.id}. Shall I make a bucket for its state there?"
    ):
        raise Refused("Nothing was changed.")
    if off := [api for api in APIS if api not in on]:
        say(f"Turning on: {', '.join(off)}")
        gcloud("services", "enable", *off, f"--project={project.id}")
    if bucket is None:
        say(f"Making the bucket {project.state_bucket}")
        _make_bucket(project)
    if bucket is None or not _is_right(bucket):
        gcloud("storage", "buckets", "update", f"gs://{project.state_bucket}", "--versioning", *_PRIVATE)


def require_prepared(project: Project) -> None:
    """Raises Refused when there is nothing to go on with."""
    if not is_prepared(project):
        raise Refused(f"dossierlink is not deployed to {project.id}.\nDeploy it: make deploy PROJECT={project.id}")


def is_prepared(project: Project) -> bool:
    """Whether a deployment to this project was begun before."""
    return _state_bucket(project, _apis_on(project)) is not None


def find_bucket(project: Project, name: str) -> dict[str, Any] | None:
    """A bucket of this project, as Google describes it. A bucket of that name in another project is not ours."""
    buckets: list[dict[str, Any]] = gcloud("storage", "buckets", "list", "--raw", f"--project={project.id}") or []
    return next((it for it in buckets if it["name"] == name), None)


def _apis_on(project: Project) -> set[str]:
    listed = gcloud("services", "list", "--enabled", f"--project={project.id}") or []
    return {it["config"]["name"] for it in listed}


def _state_bucket(project: Project, on: set[str]) -> dict[str, Any] | None:
    return find_bucket(project, project.state_bucket) if "storage.googleapis.com" in on else None


def _make_bucket(project: Project) -> None:
    where = (f"--project={project.id}", f"--location={project.region}")
    try:
        gcloud("storage", "buckets", "create", f"gs://{project.state_bucket}", *where, *_PRIVATE)
    except GcloudFailed as failed:
        raise Refused(
            f"The bucket {project.state_bucket} could not be made: {failed.text}\n"
            "A bucket's name is unique in the world. When another project has this one, choose another project id."
        ) from None


def _is_right(bucket: dict[str, Any]) -> bool:
    access = bucket.get("iamConfiguration", {})
    return bool(
        bucket.get("versioning", {}).get("enabled")
        and access.get("publicAccessPrevention") == "enforced"
        and access.get("uniformBucketLevelAccess", {}).get("enabled")
    )
