"""`deploy`: from an empty project, or from an earlier version, to one that works."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.deploy import addresses, kept_settings, releases, settings_file, source_zip, start
from infra.deploy.before_terraform import is_prepared, prepare
from infra.deploy.project import Project, shown
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.roll_out import NotWorking, address_of, event_hosts_of, lines_of, roll_out
from infra.deploy.settings_file import Settings
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
    given = settings_file.read(file) if file.exists() else None  # A mistake in it is told before Google is asked.
    deployment = start.begin(options)
    project = deployment.project
    if given is None and not is_prepared(project):
        raise settings_file.no_file(file)
    prepare(project, deployment.questions)
    deployment.terraform.init()
    current = releases.current(project)
    settings = given or _in_use(project, file, current)
    settings_file.check_event_hosts(project, settings)
    _tell_change(project, settings, current)
    source = source_zip.make(project.folder)
    say(f"The code: {shown(source)}")
    wanted = kept_settings.put_in(deployment, settings, source, current)
    try:
        roll_out(deployment, wanted)
    except NotWorking as problem:
        raise Refused(_halfway(project, problem, current)) from None
    addresses.tell(address_of(deployment), settings, event_hosts_of(deployment))
    if current:
        say(
            f"Once after an update to the staff pages: .venv/bin/python -m infra.operate --project {project.id} rebuild"
        )
    say(f"Next: make doctor PROJECT={project.id}")
    return 0


def _in_use(project: Project, file: Path, current: Release | None) -> Settings:
    if current is None:
        raise settings_file.no_file(file)
    say(f"There is no {shown(file)}, so the settings in use stay (version {current.settings_version}).")
    return settings_file.parse(kept_settings.text_of(project, current))


def _tell_change(project: Project, settings: Settings, current: Release | None) -> None:
    if current and (old := kept_settings.text_of(project, current)) != settings.text:
        say("The settings change too:")
        settings_file.show_difference(old, settings.text, current.settings_version)


def _halfway(project: Project, problem: NotWorking, current: Release | None) -> str:
    again = f"Mend it and run this again: it goes on from here. Or look closer: make doctor PROJECT={project.id}"
    back = f"\nOr go back to {current}: make rollback PROJECT={project.id}" if current else ""
    return f"Not everything works yet:\n{lines_of(problem)}\n{again}{back}"
