"""`apply`: carries out a plan that `plan` kept. For Cloud Build, after an approval."""

from __future__ import annotations

import argparse

from infra.deploy import start
from infra.deploy.kept_plan import fetch
from infra.deploy.refused import Refused
from infra.deploy.roll_out import NotWorking, apply_and_test, lines_of
from infra.deploy.wanted import Wanted

HELP = """Carry out a plan that `plan` kept, exactly as it was shown, and look whether every function answers.

Terraform refuses the plan when something was changed since. Then make a new one.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser)
    parser.add_argument("--kept-as", required=True, metavar="NAME", help="the name that `plan` gave it")


def run(options: argparse.Namespace) -> int:
    deployment = start.begin_in_deployed(options)
    kept = fetch(deployment, options.kept_as)
    wanted = Wanted(deployment.project.folder / kept.source, kept.release.settings_version, kept.release.secrets)
    try:
        apply_and_test(deployment, wanted, changes=kept.changes)
    except NotWorking as problem:
        raise Refused(
            f"Not everything works:\n{lines_of(problem)}\nMend it, or go back: make rollback PROJECT="
            + deployment.project.id
        ) from None
    return 0
