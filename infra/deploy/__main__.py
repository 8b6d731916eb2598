"""python -m infra.deploy COMMAND: installs, updates and removes the link in Google Cloud. `make` has a target for each.

To add a command: write a module in `commands/` with the three names of `Command`, and give it a row in `COMMANDS`.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import Protocol

from infra.deploy.commands import apply, deploy, key, plan, remove, rollback, secret, settings, zip  # noqa: A004 (the command's name)
from infra.deploy.refused import Refused
from infra.gcloud import GcloudFailed
from infra.printed import say, say_lines


class Command(Protocol):
    """A module in `commands/` defines these names. The first line of HELP also stands in the list of all commands."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds the arguments of this command, apart from --help."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Returns the exit status. May raise Refused and GcloudFailed: `main` prints them and returns 1."""
        ...


COMMANDS: dict[str, Command] = {
    "deploy": deploy,
    "settings": settings,
    "secret": secret,
    "key": key,
    "rollback": rollback,
    "remove": remove,
    "zip": zip,
    "plan": plan,
    "apply": apply,
}


def main() -> int:
    """Runs the command in sys.argv, and returns the exit status. A person never gets a stack trace."""
    options = _parser().parse_args()
    try:
        return COMMANDS[options.command].run(options)
    except Refused as refused:
        say_lines(refused, error=True)
    except GcloudFailed as failed:
        what = " ".join(it for it in failed.arguments[:4] if not it.startswith("-"))
        say_lines(
            f"Google refused `gcloud {what}`:\n{failed.text}\nMend it and run this again: it goes on.", error=True
        )
    except KeyboardInterrupt:
        say("Stopped. Run this again to go on.", error=True)
    except Exception as error:  # noqa: BLE001 (the last place where an error becomes a text)
        at = traceback.extract_tb(error.__traceback__)[-1]
        say(f"A mistake in the link's own code: {type(error).__name__} in {at.filename}:{at.lineno}.", error=True)
        say("Please report it. Running this again does no harm.", error=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=command.HELP.splitlines()[0])
        one.description, one.formatter_class = command.HELP, argparse.RawDescriptionHelpFormatter
        command.add_arguments(one)
    return parser


if __name__ == "__main__":
    sys.exit(main())
