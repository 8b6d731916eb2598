"""The option --by: who decides, for the audit line."""

from __future__ import annotations

import argparse
import getpass


def add_by(parser: argparse.ArgumentParser) -> None:
    """Adds the option."""
    text = "who decides this, for the audit line (%(default)s)"
    parser.add_argument("--by", type=_a_name, default=getpass.getuser(), help=text)


def _a_name(text: str) -> str:
    """Raises ArgumentTypeError for a name without a letter."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say who decides this: the audit line is nothing without a name")
    return text.strip()
