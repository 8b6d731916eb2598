"""A history is a list of steps: the name of a rule of `rules.py`, and its arguments.

`step` records the steps while they are played, `play_again` plays them on a new machine, `shortened` looks for fewer
steps that break the same, and `as_python` writes them as a test.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol

from tests.world.crash_points import Killed

Step = tuple[str, dict[str, Any]]


class Machine(Protocol):
    """Plays a history. `limits_hold` checks the world after each step, `teardown` at the end.

    Both raise AssertionError.
    """

    steps: list[Step]
    is_in_step: bool

    def limits_hold(self) -> None: ...
    def teardown(self) -> None: ...


def step(act: Callable[..., None]) -> Callable[..., None]:
    """Marks a method whose calls are recorded in `steps`. Calls from within another step are not recorded."""
    signature = inspect.signature(act)

    @wraps(act)
    def written_down(machine: Machine, *given: Any, **named: Any) -> None:
        if machine.is_in_step:
            act(machine, *given, **named)
            return
        chosen = dict(signature.bind(machine, *given, **named).arguments)
        chosen.pop("self")
        machine.steps.append((act.__name__, chosen))
        machine.is_in_step = True
        try:
            act(machine, *given, **named)
        finally:
            machine.is_in_step = False

    return written_down


def play_again(begin: Callable[[], Machine], steps: Sequence[Step]) -> str:
    """Plays the steps on a new machine. Returns what broke first, as error and invariant; empty when nothing did."""
    machine = begin()

    def play() -> None:
        for name, chosen in steps:
            getattr(machine, name)(**chosen)
            machine.limits_hold()

    on_the_way, in_the_end = _what_breaks(play), _what_breaks(machine.teardown)
    return on_the_way or in_the_end


def _what_breaks(act: Callable[[], None]) -> str:
    """The error's class and its text up to the colon: the rest names a resident, and a shorter history may break the
    same invariant for another resident.
    """
    try:
        act()
    except (Exception, Killed) as error:  # noqa: BLE001  (any error is what the history shows)
        return f"{type(error).__name__} {str(error).partition(':')[0]}"[:60]
    return ""


def shortened(begin: Callable[[], Machine], steps: list[Step], seconds: float) -> list[Step]:
    """Leaves out steps, first half of them at once and then fewer, as long as the same invariant breaks.

    Returns the shortest history that it found within about `seconds`.
    """
    until = time.monotonic() + seconds
    broken, size, before = play_again(begin, steps), len(steps), len(steps) + 1
    while broken and (size > 1 or len(steps) < before):
        size, before, at = max(size // 2, 1), len(steps), 0
        while at < len(steps) and time.monotonic() < until:
            fewer = steps[:at] + steps[at + size :]
            if play_again(begin, fewer) == broken:
                steps = fewer
            else:
                at += size
    return steps


def as_python(steps: Sequence[Step]) -> str:
    """The body of a test that plays these steps, to be pasted into `test_found.py`."""
    calls = [
        f"    relay.{name}({', '.join(f'{key}={value!r}' for key, value in chosen.items())})" for name, chosen in steps
    ]
    return "\n".join(["    relay = Relay()", *calls, "    relay.teardown()"])
