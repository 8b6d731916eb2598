"""A history of the model as a list of steps: written down while it is played, played again, and made short."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol

from tests.world.crash_points import Killed

Step = tuple[str, dict[str, Any]]


class Machine(Protocol):
    """`limits_hold` asks what has to hold at any time, `teardown` what has to in the end."""

    steps: list[Step]
    is_in_step: bool

    def limits_hold(self) -> None: ...
    def teardown(self) -> None: ...


def step(act: Callable[..., None]) -> Callable[..., None]:
    """A method that stands in the history when it is called from outside, and not when another step calls it."""
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
    """What did not hold first; empty when all did."""
    machine = begin()

    def play() -> None:
        for name, chosen in steps:
            getattr(machine, name)(**chosen)
            machine.limits_hold()

    on_the_way, in_the_end = _what_breaks(play), _what_breaks(machine.teardown)
    return on_the_way or in_the_end


def _what_breaks(act: Callable[[], None]) -> str:
    """The invariant, without what it is about this time: a shorter history may break it for another resident."""
    try:
        act()
    except (Exception, Killed) as error:  # noqa: BLE001 - whatever it is, it is what the history shows
        return f"{type(error).__name__} {str(error).partition(':')[0]}"[:60]
    return ""


def shortened(begin: Callable[[], Machine], steps: list[Step], seconds: float) -> list[Step]:
    """Steps are left out, half of them at once and then ever fewer, as long as the same breaks.

    After about `seconds` it is as short as it got until then.
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
    """To be pasted into a test."""
    calls = [
        f"    relay.{name}({', '.join(f'{key}={value!r}' for key, value in chosen.items())})" for name, chosen in steps
    ]
    return "\n".join(["    relay = Relay()", *calls, "    relay.teardown()"])
