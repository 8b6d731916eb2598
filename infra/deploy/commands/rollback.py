"""`rollback`: goes back to the release before."""

from __future__ import annotations

import argparse
from dataclasses import replace

from infra.deploy import releases, settings_file, start
from infra.deploy.kept_settings import text_of
from infra.deploy.project import Project
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.roll_out import NotWorking, lines_of, roll_out
from infra.deploy.secret_values import fill_secrets
from infra.deploy.wanted import Wanted
from infra.function_table import rows
from infra.printed import say

HELP = """Go back to the release before: its code and its settings.

Everything that is stored stays, and so do the values of secrets. Work that the newer version began goes on. When the
last release failed halfway, this goes back to the one that worked.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser, asks_secrets=True)


def run(options: argparse.Namespace) -> int:
    deployment = start.begin_in_deployed(options)
    project = deployment.project
    target, now = _before(project)
    say(f"Now:  {now}" + ("" if now.works else ", which failed halfway"))
    say(f"Back: {target}")
    say("Kept: all documents, files, tasks and values of secrets. The functions answer all the time.")
    if target.functions != sorted(rows()):
        raise Refused(
            "That release has other functions than these files.\n"
            "Check out the version that was deployed then, and run: make deploy PROJECT=" + project.id
        )
    settings = settings_file.parse(text_of(project, target))
    wanted = Wanted.after(now, target.source_object, target.settings_version, target.readers)
    wanted = replace(wanted, origin=target.origin)
    fill_secrets(deployment, settings, wanted)
    try:
        roll_out(deployment, wanted, "Go back with this plan?")
    except NotWorking as problem:
        raise Refused(
            f"Not everything works yet:\n{lines_of(problem)}\nMend it and run this again: it goes on from here."
        ) from None
    return 0


def _before(project: Project) -> tuple[Release, Release]:
    """The release to go back to, and the one that is there now. Raises Refused."""
    known = releases.newest_first(project)
    now = next(known, None)
    if now is None:
        raise Refused(f"dossierlink is not deployed to {project.id}.\nDeploy it: make deploy PROJECT={project.id}")
    for it in known:
        # A release that went back counts as the one that it went back to, so that two rollbacks go back two steps.
        if it.works and (not now.works or it.number < now.origin):
            return it, now
    raise Refused("There is no release before this one.\nTo take everything away: make remove PROJECT=" + project.id)
