"""The three ways in which Econobis fails a webform call (`docs/peers/econobis.md` 4.2)."""

from __future__ import annotations


class RefusedError(Exception):
    """A deliberate refusal: everything is undone, the message stands in the answer."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class BrokenError(Exception):
    """An exception that Econobis catches: everything is undone, 500 with log lines that tell no cause."""


class CrashError(Exception):
    """What Econobis does not catch: 500 with the framework's own body."""
