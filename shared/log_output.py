"""Where log lines go: stdout, which the platform reads. A reader that is slow or gone costs lines, never a request."""

from __future__ import annotations

import select
import sys
import threading
from typing import TextIO

PATIENCE = 0.05
"""Seconds to wait for a reader that is behind. While it stays behind, the next lines are dropped without waiting."""


class Output:
    """Writes whole lines from any thread. `to_stderr`: a command line keeps stdout for its own output.

    A pipe that can be written to has room for at least 4096 bytes (PIPE_BUF), and `logs.py` keeps lines shorter.
    """

    def __init__(self) -> None:
        self.to_stderr = False
        self._lock = threading.Lock()
        self._behind = False
        self._dropped = 0

    def write(self, line: str) -> int:
        """Raises nothing. When the line could be written: how many before it were dropped."""
        with self._lock:
            stream = sys.stderr if self.to_stderr else sys.stdout
            try:
                self._behind = not _has_room(stream, 0 if self._behind else PATIENCE)
                if not self._behind:
                    stream.write(line + "\n")
                    stream.flush()
                    dropped, self._dropped = self._dropped, 0
                    return dropped
            except (OSError, ValueError):  # The reader is gone, or the stream was closed.
                pass
            self._dropped += 1
            return 0


def _has_room(stream: TextIO, seconds: float) -> bool:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return True  # Something in memory, as in a test.
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))
