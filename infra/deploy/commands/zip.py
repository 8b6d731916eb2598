"""`zip`: makes the zip with the code, for a deployment by hand."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.deploy import source_zip
from infra.deploy.project import shown
from infra.printed import say

HELP = """Make the zip with the code, and print its path.

It holds only what a function runs on, and the same code gives the same bytes on every machine.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path(".local/deploy"), help="where to put it (.local/deploy)")


def run(options: argparse.Namespace) -> int:
    say(shown(source_zip.make(options.folder.resolve())))
    return 0
