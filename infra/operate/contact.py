"""A contact that an operator names."""

from __future__ import annotations

import argparse
import re

from shared.domain.ids import ContactId


def contact_id(text: str) -> ContactId:
    """Stricter than `int()`, which reads 1_001 as 1001: that is another person's contact id."""
    if not re.fullmatch(r"[1-9][0-9]{0,15}", text.strip(), re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no contact id: that is the number in Econobis' address bar")
    return ContactId(int(text))
