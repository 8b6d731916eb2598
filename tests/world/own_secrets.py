"""In a world each deployed function gets only its own secrets (`infra/functions.yaml`), as in production.

A test fails when a function in its world uses another one. What a test calls itself, as an operator does, has all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.config import Config
from shared.secret import SECRETS_OF, Secret, SecretAbsent, named_secrets

NOBODY = ""
"""No function of ours: the test itself, which has all secrets."""

_running: ContextVar[str] = ContextVar("function", default=NOBODY)


class Uses:
    """Which function used which secrets: pairs of a deployed name and a setting. `not_its_own` should stay empty."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.not_its_own: set[tuple[str, str]] = set()

    def note(self, setting: str) -> None:
        """The function that is running uses this secret. Raises SecretAbsent when it would not have it."""
        if function := _running.get():
            self.seen.add((function, setting))
            if setting not in SECRETS_OF[function]:
                self.not_its_own.add((function, setting))
                raise SecretAbsent(f"{function} does not get {setting}")


@contextmanager
def running_as(function: str) -> Iterator[None]:
    """Within the block this thread is the deployed function `function`."""
    before = _running.set(function)
    try:
        yield
    finally:
        _running.reset(before)


class _Noted(Secret):
    uses: Uses
    setting: str

    @property
    def value(self) -> str:
        self.uses.note(self.setting)
        return super().value


def note_uses(config: Config, uses: Uses) -> Config:
    """The same settings, which tell `uses` when one of their secrets is used."""
    for named in named_secrets(config):
        # The settings cannot be changed, so the secret in them gets another class.
        object.__setattr__(named.secret, "__class__", _Noted)
        object.__setattr__(named.secret, "uses", uses)
        object.__setattr__(named.secret, "setting", named.setting)
    return config
