"""A text for a page in a language of which we may not have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A text, and whether it is in Dutch although another language was asked for."""

    text: str
    is_foreign: bool = False
