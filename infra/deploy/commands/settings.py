"""`settings`: puts other settings to use, without a new build. Wrong ones never take the place of good ones."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from infra.deploy import addresses, kept_settings, settings_file, start
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.roll_out import NotWorking, address_of, apply_and_test, event_hosts_of, lines_of, roll_out
from infra.deploy.start import Deployment, require_release
from infra.deploy.wanted import Wanted
from infra.printed import say

HELP = """Put other settings to use.

Checks the file, shows what changes, and asks. Then it keeps the file as a new version in Secret Manager and starts the
functions with it. When one of them does not work with it, the version before is put back.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser, asks_secrets=True)
    parser.add_argument("--settings", type=Path, default=Path("cooperations.yaml"), help="the file with settings")


def run(options: argparse.Namespace) -> int:
    settings = settings_file.read(options.settings.resolve())
    deployment = start.begin_in_deployed(options)
    project, current = deployment.project, require_release(deployment)
    settings_file.check_event_hosts(project, settings)
    old = kept_settings.text_of(project, current)
    if old == settings.text:
        say(f"These settings are in use already (version {current.settings_version}).")
        return 0
    settings_file.show_difference(old, settings.text, current.settings_version)
    if not deployment.questions.agree("Put these settings to use?"):
        raise Refused("Nothing was changed.")
    wanted = kept_settings.put_in(deployment, settings, current.source_object, current)
    try:
        roll_out(deployment, wanted)
    except NotWorking as problem:
        raise Refused(_put_back(deployment, current, wanted.readers, problem)) from None
    addresses.tell(address_of(deployment), settings, event_hosts_of(deployment))
    return 0


def _put_back(deployment: Deployment, good: Release, new: Iterable[str], problem: NotWorking) -> str:
    """Starts the functions with the settings of `good` again. Returns what to say about it.

    The secrets with the names `new` stay, without readers, so that nobody has to type them again.
    """
    say("The functions do not work with these settings. Putting the version before back.")
    secrets = {**{name: [] for name in new}, **good.secrets}
    wanted = Wanted(good.source_object, good.settings_version, secrets, good.origin)
    try:
        changes = deployment.terraform.plan(wanted.variables(deployment.project.id))
        apply_and_test(deployment, wanted, changes=changes)
    except (NotWorking, Refused) as second:
        return (
            f"The settings do not work:\n{lines_of(problem)}\nPutting version {good.settings_version} back failed too:\n"
            f"{second}\nRun: make rollback PROJECT={deployment.project.id}"
        )
    return (
        f"The settings do not work:\n{lines_of(problem)}\nVersion {good.settings_version} is in use, as before.\n"
        "Mend the file, and run this again."
    )
