"""The platform takes this instance away: SIGTERM, and ten seconds later SIGKILL (Cloud Run's container contract).

From the first on no new call to a peer is begun, and nobody waits for room. What has been claimed goes to another
instance at once. A call that is under way gets a few seconds more; then it is broken off, so that its outcome, unknown,
is still written down.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime

from shared.errors import GoingDown

FOR_CALLS = 6.0  # seconds for calls to peers that are under way
FOR_ALL = 9.0  # seconds until the process ends, whatever is under way


class Ending:
    """Whether this process is going down. One for all threads."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._hang_up: list[Callable[[], None]] = []

    def check(self, now: datetime) -> None:
        """Raises GoingDown."""
        if self._begun.is_set():
            raise GoingDown(now)

    def sleep(self, seconds: float) -> None:
        """As `time.sleep`, and over at once when it is time to go; whoever slept comes to `check` then."""
        self._begun.wait(max(seconds, 0))

    def on_hang_up(self, hang_up: Callable[[], None]) -> None:
        """`hang_up` breaks off what is still under way after FOR_CALLS seconds."""
        self._hang_up.append(hang_up)

    def begin(self) -> None:
        """Safe in a signal handler, and a second time."""
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
