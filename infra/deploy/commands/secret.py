"""`secret`: gives one secret a new value, and starts the functions with it."""

from __future__ import annotations

import argparse

from infra.deploy import kept_settings, settings_file, start
from infra.deploy.refused import Refused
from infra.deploy.roll_out import NotWorking, lines_of, roll_out
from infra.deploy.secret_values import put
from infra.deploy.start import require_release
from infra.deploy.wanted import Wanted
from infra.printed import say

HELP = """Give a secret a new value.

Asks for it, keeps it as a new version in Secret Manager, and starts the functions anew, because a function reads a
secret only when it starts. Calls that are under way end with the value of before.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    start.add_arguments(parser, asks_secrets=True)
    parser.add_argument("--name", required=True, help="the NAME of env:NAME in the settings, or LINK_SMTP")


def run(options: argparse.Namespace) -> int:
    deployment = start.begin_in_deployed(options)
    project, current = deployment.project, require_release(deployment)
    text = kept_settings.text_of(project, current)
    settings = settings_file.parse(text)
    if options.name not in settings.readers():
        names = ", ".join(settings.readers())
        problem = f"{options.name} is no secret of the settings." if options.name else "Which secret? Give its NAME=…"
        raise Refused(f"{problem}\nThe settings name: {names}")
    number = put(project, settings, options.name, deployment.questions)
    say("A function that starts from now on gets this value. The plan makes all of them start anew.")
    # The same settings under a new number make every function start anew, and Terraform knows about it.
    version = kept_settings.add(project, text)
    wanted = Wanted.after(current, current.source_object, version, current.readers)
    try:
        roll_out(deployment, wanted)
    except Refused as refused:
        raise Refused(
            f"{refused}\nBut the value is kept as version {number}, and an instance that starts from now on uses it.\n"
            f"To go back, give the value before: make secret PROJECT={project.id} NAME={options.name}"
        ) from None
    except NotWorking as problem:
        raise Refused(
            f"The functions do not work with it:\n{lines_of(problem)}\n"
            f"Give the right value: make secret PROJECT={project.id} NAME={options.name}"
        ) from None
    say(
        "Once the value before is of no use any more, close it: "
        f"gcloud secrets versions disable {number - 1} --secret={options.name} --project={project.id}"
    )
    return 0
