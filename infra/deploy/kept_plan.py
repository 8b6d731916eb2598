"""A plan in the source bucket, with all that Terraform needs to carry it out on another machine."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.start import Deployment
from infra.deploy.terraform import LOCK_FILE
from infra.gcloud import GcloudFailed, gcloud


class KeptPlan(BaseModel):
    """What goes along with the plan. `release` has no number yet."""

    changes: bool
    source: str
    release: Release


def keep(deployment: Deployment, name: str, plan: KeptPlan) -> None:
    """Copies the plan into the bucket."""
    about = deployment.project.folder / "plan.json"
    about.write_text(plan.model_dump_json(), encoding="utf-8")
    for file in _files(deployment, plan.source):
        gcloud("storage", "cp", str(file), f"{_place(deployment, name)}/{file.name}")


def fetch(deployment: Deployment, name: str) -> KeptPlan:
    """Puts the files where Terraform looks for them. Raises Refused when there is no such plan."""
    try:
        plan = KeptPlan.model_validate(gcloud("storage", "cat", f"{_place(deployment, name)}/plan.json"))
    except GcloudFailed as failed:
        raise Refused(f"There is no plan {name}: {failed.text}\nMake one: python -m infra.deploy plan --help") from None
    for file in _files(deployment, plan.source):
        gcloud("storage", "cp", f"{_place(deployment, name)}/{file.name}", str(file))
    return plan


def _files(deployment: Deployment, source: str) -> list[Path]:
    folder = deployment.project.folder
    return [deployment.terraform.plan_file, folder / source, folder / "plan.json", LOCK_FILE]


def _place(deployment: Deployment, name: str) -> str:
    return f"gs://{deployment.project.source_bucket}/plans/{name}"
