"""python -m infra.operate COMMAND: one command line for the person who operates a deployment.

Each command is a module in this folder. To add one: write the module with the three names of `Command`, and give it a
row in `COMMANDS`.
"""

from __future__ import annotations

import argparse
import sys
from typing import Protocol

from infra.operate import dead_letters, erase
from infra.printed import say_lines
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
        """Returns the exit status: 0 done, 1 partly done, 2 nothing done.

        May raise WrongConfig and StoreUnavailable: `main` prints them and returns 2.
        """
        ...


COMMANDS: dict[str, Command] = {
    "dead-letters": dead_letters,
    "erase": erase,
}

HELP = """Operate a deployment of dossierlink.

A command reads the same LINK_... variables as the functions (README, "Configure"), which may go on meanwhile.
For a local run read them first: . .local/environment
`COMMAND --help` tells what a command does and changes, with examples.
"""


def main() -> int:
    """Runs the command in sys.argv, and returns the exit status (see `Command.run`)."""
    options = _parser().parse_args()
    logs.to_stderr()
    try:
        return COMMANDS[options.command].run(options)
    except (WrongConfig, StoreUnavailable) as error:
        say_lines(error, error=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = _with_help(argparse.ArgumentParser(prog="python -m infra.operate"), HELP)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, command in COMMANDS.items():
        summary = command.HELP.splitlines()[0]
        command.add_arguments(_with_help(commands.add_parser(name, help=summary), command.HELP))
    return parser


def _with_help(parser: argparse.ArgumentParser, text: str) -> argparse.ArgumentParser:
    """Keeps the line breaks of `text`, which argparse otherwise fills."""
    parser.description, parser.formatter_class = text, argparse.RawDescriptionHelpFormatter
    return parser


if __name__ == "__main__":
    sys.exit(main())
