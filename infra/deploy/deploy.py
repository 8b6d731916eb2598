"""`deploy`: from an empty project, or from an earlier version, to one that works."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.deploy import addresses, releases, settings_file, source_zip, start
from infra.deploy.prepare import is_prepared, prepare
from infra.deploy.project import Project, shown
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.roll_out import NotWorking, Wanted, address_of, lines_of, roll_out
from infra.deploy.secret_values import ask_values, make_secrets
from infra.deploy.settings_file import Settings
from infra.deploy.settings_in_use import text_of, version_with
from infra.deploy.start import Deployment
from infra.printed import say

HELP = """Install the link in a project, or update it.

Checks what is needed, asks once for each secret without a value, shows the plan, and carries it out after a yes. Then
it looks whether every function answers, and prints what to type into Econobis and Hoomdossier. What is there already
stays: a second run changes nothing, and a run that stopped halfway goes on.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser, asks_secrets=True)
    parser.add_argument("--settings", type=Path, default=Path("cooperations.yaml"), help="the file with settings")


def run(options: argparse.Namespace) -> int:
    file = options.settings.resolve()
    settings = settings_file.read(file) if file.exists() else None
    deployment = start.begin(options)
    if settings is None and not is_prepared(deployment.project):
        settings_file.read(file)  # Says how to make it.
    prepare(deployment.project, deployment.questions)
    deployment.terraform.init()
    current = releases.current(deployment.project)
    settings = settings or _in_use(deployment.project, file, current)
    _tell_change(deployment.project, settings, current)
    wanted = _make_ready(deployment, settings, current)
    try:
        roll_out(deployment, wanted)
    except NotWorking as problem:
        raise Refused(_halfway(deployment.project, problem, current)) from None
    addresses.tell(address_of(deployment), settings)
    say(f"Next: make doctor PROJECT={deployment.project.id}")
    return 0


def _in_use(project: Project, file: Path, current: Release | None) -> Settings:
    if current is None:
        return settings_file.read(file)  # Says how to make it.
    say(f"There is no {shown(file)}, so the settings in use stay (version {current.settings_version}).")
    return settings_file.parse(text_of(project, current))


def _tell_change(project: Project, settings: Settings, current: Release | None) -> None:
    if current and (old := text_of(project, current)) != settings.text:
        say("The settings change too:")
        settings_file.show_difference(old, settings.text, current.settings_version)


def _make_ready(deployment: Deployment, settings: Settings, current: Release | None) -> Wanted:
    """Source, secrets and settings, put where the functions find them."""
    project = deployment.project
    readers = settings.readers()
    source = source_zip.make(project.folder)
    say(f"The code: {shown(source)}")
    draft = Wanted.after(current, source, current.settings_version if current else 1, readers)
    make_secrets(project, deployment.terraform, draft.variables(project.id))
    ask_values(project, settings, list(readers), deployment.questions)
    return Wanted.after(current, source, version_with(project, settings, current), readers)


def _halfway(project: Project, problem: NotWorking, current: Release | None) -> str:
    again = f"Mend it and run this again: it goes on from here. Or look closer: make doctor PROJECT={project.id}"
    back = f"\nOr go back to {current}: make rollback PROJECT={project.id}" if current else ""
    return f"Not everything works yet:\n{lines_of(problem)}\n{again}{back}"
