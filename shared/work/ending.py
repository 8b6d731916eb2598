"""How this instance shuts down. Cloud Run sends SIGTERM, and SIGKILL ten seconds later (its container contract).

After SIGTERM no call to a peer starts, and every wait ends at once: the work that was claimed goes back to the queue. A
call that is under way gets FOR_CALLS seconds. Then its connection is closed, so that there is still time to store that
its outcome is unknown.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime

from shared.errors import GoingDown

FOR_CALLS = 6.0
"""Seconds after SIGTERM that calls to peers may still take."""

FOR_ALL = 9.0
"""Seconds after SIGTERM when the process exits, whatever is still running."""


class Ending:
    """Whether this process is shutting down. All threads share one: ENDING."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._hang_up: list[Callable[[], None]] = []

    def check(self, now: datetime) -> None:
        """Raises GoingDown when this process is shutting down. Call it before a call to a peer starts."""
        if self._begun.is_set():
            raise GoingDown(now)

    def sleep(self, seconds: float) -> None:
        """Like `time.sleep`, but returns at once when the shutdown begins. Call `check` afterwards."""
        self._begun.wait(max(seconds, 0))

    def on_hang_up(self, hang_up: Callable[[], None]) -> None:
        """Has `hang_up` called when FOR_CALLS is over. It has to break off the calls that are still under way."""
        self._hang_up.append(hang_up)

    def begin(self) -> None:
        """Begins the shutdown. Safe to call from a signal handler, and more than once."""
        if not self._begun.is_set():
            self._begun.set()
            threading.Thread(target=self._end, name="ending", daemon=True).start()

    def _end(self) -> None:
        time.sleep(FOR_CALLS)
        for hang_up in self._hang_up:
            hang_up()
        time.sleep(FOR_ALL - FOR_CALLS)
        os._exit(0)


ENDING = Ending()
