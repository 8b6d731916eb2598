"""The option --by: who decides, for the audit line."""

from __future__ import annotations

import argparse


def a_name(text: str) -> str:
    """An e-mail address in small letters, as the pages write it. Raises ArgumentTypeError for a name without a letter."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say who decides this: the audit line is nothing without a name")
    return text.strip().lower() if "@" in text else text.strip()
