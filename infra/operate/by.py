"""The option --by: who decides, for the audit line."""

from __future__ import annotations

import argparse


def a_name(text: str) -> str:
    """Raises ArgumentTypeError for a name without a letter."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say who decides this: the audit line is nothing without a name")
    return text.strip()
