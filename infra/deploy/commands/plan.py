"""`plan`: makes a plan of an update and keeps it, for `apply` to carry out after an approval. For Cloud Build."""

from __future__ import annotations

import argparse

from infra import secret_manager
from infra.deploy import settings_file, source_zip, start
from infra.deploy.kept_plan import KeptPlan, keep
from infra.deploy.kept_settings import text_of
from infra.deploy.refused import Refused
from infra.deploy.start import require_release
from infra.deploy.wanted import Wanted
from infra.printed import say

HELP = """Make a plan of an update of the code, show it, and keep it in the source bucket. Changes nothing.

The settings in use stay. A first installation and new secrets need a person: make deploy.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser)
    parser.add_argument("--keep-as", required=True, metavar="NAME", help="the name for `apply`: the commit")


def run(options: argparse.Namespace) -> int:
    deployment = start.begin_in_deployed(options)
    project, current = deployment.project, require_release(deployment)
    readers = settings_file.parse(text_of(project, current)).readers()
    if missing := sorted(set(readers) - secret_manager.names(project.id)):
        raise Refused(f"These secrets are not there yet: {', '.join(missing)}\nRun: make deploy PROJECT={project.id}")
    source = source_zip.make(project.folder)
    wanted = Wanted.after(current, source, current.settings_version, readers)
    changes = deployment.terraform.plan(wanted.variables(project.id))
    keep(deployment, options.keep_as, KeptPlan(changes=changes, source=source.name, release=wanted.release(0)))
    say(f"Kept as {options.keep_as}. After an approval `apply` carries it out." if changes else "Nothing to change.")
    return 0
