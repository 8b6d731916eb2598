"""The same call in many threads, all released at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MANY = 64


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Calls `work(number)` in `count` threads. Returns the results in the order of the numbers."""
    gate = threading.Barrier(count)

    def one(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def count_outcomes(call: Callable[[int], Any], threads: int = MANY) -> Counter[Any]:
    """Calls `call(number)` in threads. Counts what the calls returned, and the classes of the errors they raised."""

    def outcome(number: int) -> Any:
        try:
            return call(number)
        except Exception as error:  # noqa: BLE001 (the class of the error is the outcome)
            return type(error)

    return Counter(at_once(threads, outcome))
