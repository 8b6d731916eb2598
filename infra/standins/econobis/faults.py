"""The ways in which Econobis fails a call (docs/peers/econobis.md 4.2 and 2.1). `app.py` turns each into an answer."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """A deliberate refusal: everything is undone, and the answer's log lines hold the message."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class BrokenError(Exception):
    """A PHP `Exception`, which Econobis catches: everything is undone, and the log lines of the 500 tell no cause."""


class CrashError(Exception):
    """A PHP `Error`, which Econobis does not catch: a 500 with the body of the framework."""


class AbortError(Exception):
    """Laravel's `abort()` for a call of an employee's screen: the answer has this status and `message`.

    Status 0 is no HTTP status, so it is answered as a 500. `errors`: reasons by field, when Econobis found them itself.
    """

    def __init__(self, status: int, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}

    def body(self) -> dict[str, Any]:
        if self.status == 0:
            return {"message": "Server Error"}
        return {"message": self.message} | ({"errors": self.errors} if self.errors else {})


def invalid(errors: dict[str, list[str]]) -> AbortError:
    """Laravel's answer to a form with invalid fields: 422, with the first reason as the message."""
    reasons = [reason for of_field in errors.values() for reason in of_field]
    more = len(reasons) - 1
    others = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return AbortError(422, reasons[0] + others, errors)
