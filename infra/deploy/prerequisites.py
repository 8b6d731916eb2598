"""Looks, before anything is made, whether this machine and this person can deploy. Each refusal says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

from infra.deploy.permissions import check_permissions
from infra.deploy.project import Project
from infra.deploy.refused import Refused
from infra.gcloud import GcloudFailed, gcloud
from infra.printed import say

PYTHON, GCLOUD, TERRAFORM = (3, 11), (500,), (1, 11)
"""The oldest versions. Terraform's stands in `infra/terraform/versions.tf` too."""
_GCLOUD_AT = "https://cloud.google.com/sdk/docs/install"
_TERRAFORM_AT = "https://developer.hashicorp.com/terraform/install"


def check(project: Project) -> None:
    """Raises Refused at the first thing that is missing."""
    check_programs()
    _check_login()
    _check_project(project)
    _check_billing(project)
    check_permissions(project)


def check_programs() -> None:
    """Python, gcloud and Terraform. Raises Refused."""
    _check_version("Python", sys.version_info[:2], PYTHON, "https://www.python.org/downloads/")
    if not shutil.which("gcloud"):
        raise Refused(f"gcloud is not installed.\nInstall it: {_GCLOUD_AT}")
    _check_version("gcloud", _numbers(gcloud("version").get("Google Cloud SDK", "")), GCLOUD, _GCLOUD_AT)
    if not shutil.which("terraform"):
        raise Refused(f"terraform is not installed.\nInstall it: {_TERRAFORM_AT}")
    ran = subprocess.run(["terraform", "version", "-json"], capture_output=True, text=True, check=False)
    version = json.loads(ran.stdout)["terraform_version"] if ran.returncode == 0 else ""
    _check_version("terraform", _numbers(version), TERRAFORM, _TERRAFORM_AT)


def _check_version(program: str, found: tuple[int, ...], oldest: tuple[int, ...], address: str) -> None:
    if found < oldest:
        has, needs = (".".join(map(str, it)) for it in (found, oldest))
        raise Refused(f"{program} {has or '(unknown version)'} is too old: {needs} is needed.\nUpdate it: {address}")


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(\.[0-9]+)*", version)
    return tuple(int(it) for it in found[0].split(".")) if found else ()


def _check_login() -> None:
    if not gcloud("auth", "list", "--filter=status:ACTIVE"):
        raise Refused("You are not logged in.\nLog in: gcloud auth login")
    try:
        gcloud("auth", "application-default", "print-access-token")
    except GcloudFailed:
        raise Refused(
            "Terraform is not logged in: it has a login of its own.\nLog in: gcloud auth application-default login"
        ) from None


def _check_project(project: Project) -> None:
    try:
        found = gcloud("projects", "describe", project.id)
    except GcloudFailed:
        found = {}
    if found.get("lifecycleState") != "ACTIVE":
        raise Refused(
            f"The project {project.id} does not exist, or you may not see it.\n"
            f"See your projects: gcloud projects list\nOr make it: gcloud projects create {project.id}"
        )


def _check_billing(project: Project) -> None:
    try:
        billing = gcloud("billing", "projects", "describe", project.id)
    except GcloudFailed as failed:
        say(f"Not checked: is billing on? {failed.text.splitlines()[0] if failed.text else ''}")
        return
    if not billing.get("billingEnabled"):
        raise Refused(
            f"The project {project.id} has no billing account, so Google runs nothing in it.\n"
            f"Link one: https://console.cloud.google.com/billing/linkedaccount?project={project.id}"
        )
