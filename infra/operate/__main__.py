"""python -m infra.operate COMMAND: one command line for the person who operates a deployment.

Each command is a module in this folder. To add one: write the module with the three names of `Command`, and give it a
row in `COMMANDS`.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Protocol

from infra.operate import dead_letters, deployment, erase, import_report, rebuild
from infra.operate.cooperation import NoCooperation
from infra.operate.deployment import NoDeployment
from infra.printed import say, say_lines
from shared import logs
from shared.config import WrongConfig
from shared.errors import StoreUnavailable


class Command(Protocol):
    """A module in this folder defines these names. The first line of HELP also stands in the list of all commands."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds the arguments of this command, apart from --help."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Returns the exit status that HELP of this module explains.

        May raise WrongConfig, NoCooperation and StoreUnavailable: `main` prints them and returns 2.
        """
        ...


COMMANDS: dict[str, Command] = {
    "dead-letters": dead_letters,
    "erase": erase,
    "import": import_report,
    "rebuild": rebuild,
}

HELP = """Operate a deployment of dossierlink.

A command works on one deployment, whose functions may go on meanwhile:

  --project my-project    the one in this Google Cloud project. Its variables, settings and one key are read with gcloud,
                          with your own login. They stay in this process. The first lines say on what the command works.
  without --project       the one of the LINK_... variables (README, "Configure"). For a local run read them first:
                          . .local/environment

With --project you need two logins, and the roles below. Who may run `make deploy` has them.

  gcloud auth login
  gcloud auth application-default login

  roles/cloudfunctions.viewer               to see the functions
  roles/secretmanager.secretAccessor        to read the settings, and the webform_key of each cooperation
  roles/datastore.user                      to read and write in Firestore
  roles/storage.objectUser                  to read and delete files
  roles/cloudtasks.enqueuer                 to make tasks; without it `sweep` makes them some minutes later
  roles/iam.serviceAccountUser              the same, on the account dl-caller
  roles/serviceusage.serviceUsageConsumer   to make these calls in the name of the project

`COMMAND --help` tells what a command does and changes, with examples.

Each command ends with one of these, also with --dry-run:

  0   all was done; or there was nothing to do
  1   a part was done, the lines on stderr say what not
  2   nothing was done: wrong usage or settings, or all was refused; or the store broke it off, then run it again
"""


def main() -> int:
    """Runs the command in sys.argv, and returns the exit status (see HELP)."""
    options = _parser().parse_args()
    logs.to_stderr()
    try:
        if options.project:
            deployment.use(options.project)
        return COMMANDS[options.command].run(options)
    except (NoDeployment, NoCooperation, WrongConfig, StoreUnavailable) as error:
        say_lines(error, error=True)
        if options.project and isinstance(error, StoreUnavailable):
            say("If this goes on: do you have the roles of `python -m infra.operate --help`?", error=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = _with_help(argparse.ArgumentParser(prog="python -m infra.operate"), HELP)
    parser.add_argument("--project", metavar="ID", type=_project, help="the Google Cloud project of the deployment")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, command in COMMANDS.items():
        summary = command.HELP.splitlines()[0]
        command.add_arguments(_with_help(commands.add_parser(name, help=summary), command.HELP))
    return parser


def _project(text: str) -> str:
    """An id of a project. Nothing else may reach gcloud, which reads what begins with - as an option."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the id of a project; yours: gcloud projects list")
    return text


def _with_help(parser: argparse.ArgumentParser, text: str) -> argparse.ArgumentParser:
    """Keeps the line breaks of `text`, which argparse otherwise fills."""
    parser.description, parser.formatter_class = text, argparse.RawDescriptionHelpFormatter
    return parser


if __name__ == "__main__":
    sys.exit(main())
