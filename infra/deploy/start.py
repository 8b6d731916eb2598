"""The beginning of every command that changes a deployment: options, prerequisites, Terraform."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from infra.deploy import prerequisites, releases
from infra.deploy.before_terraform import require_prepared
from infra.deploy.project import Project
from infra.deploy.questions import Questions
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.terraform import Terraform


@dataclass(frozen=True)
class Deployment:
    """What a command works with. `wait` is how many seconds the smoke test has."""

    project: Project
    terraform: Terraform
    questions: Questions
    wait: float


def add_arguments(parser: argparse.ArgumentParser, *, asks_secrets: bool = False) -> None:
    """The options that all of them have."""
    parser.add_argument("--project", default="", metavar="ID", help="the Google Cloud project")
    parser.add_argument("--environment", default="production", help="production or staging: which file with variables")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="for the smoke test (600)")
    if asks_secrets:
        parser.add_argument(
            "--from-env", action="store_true", help="take a secret from the environment variable of its name"
        )


def begin(options: argparse.Namespace) -> Deployment:
    """Checks everything that can be checked before something is made. Raises Refused."""
    project = Project.parse(options.project, options.environment)
    prerequisites.check(project)
    questions = Questions(yes=options.yes, from_env=getattr(options, "from_env", False))
    return Deployment(project, Terraform(project), questions, options.wait)


def begin_in_deployed(options: argparse.Namespace) -> Deployment:
    """As `begin`, in a project that was deployed to before, and with Terraform ready. Raises Refused."""
    deployment = begin(options)
    require_prepared(deployment.project)
    deployment.terraform.init()
    return deployment


def require_release(deployment: Deployment) -> Release:
    """The release that works now. Raises Refused when there is none."""
    current = releases.current(deployment.project)
    if current is None:
        raise Refused(
            f"No deployment to {deployment.project.id} was completed.\nDo that first: "
            f"make deploy PROJECT={deployment.project.id}"
        )
    return current
