"""`make run` as a separate process, which the demo can kill and start again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

STARTS_WITHIN = 30.0  # seconds
RUNS_AT = re.compile(r"runs at (http://127\.0\.0\.1:(\d+))/")


class LocalRun:
    """`base` is its URL, the same after a kill and a new start. `log` is the file with everything that it printed.

    With `campaign` it is full of invented residents at its first start, as `make run -- --campaign`.
    """

    def __init__(self, state: Path, *, campaign: bool = False) -> None:
        self.base = ""
        self.log = state / "log.txt"
        self._state = state
        self._port = "0"
        self._campaign = campaign

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError, with the end of the log, when it does not within 30 seconds."""
        command = [sys.executable, "-m", "infra.local", "--port", self._port, "--state", str(self._state)]
        if self._campaign and not self.base:
            command.append("--campaign")
        with self.log.open("ab") as log:
            began = log.tell()
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        late = time.monotonic() + STARTS_WITHIN
        # Not a look at the port: an attempt to connect to a free local port can connect to itself.
        while not (found := RUNS_AT.search(self.log.read_text(errors="replace")[began:])):
            if self._process.poll() is not None or time.monotonic() > late:
                raise RuntimeError(self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        self.base, self._port = found.groups()

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Kills the whole process group at once, as a power failure does."""
        os.killpg(self._process.pid, how)
        self._process.wait()

    def dead_letters(self) -> list[str]:
        """The lines of `python -m infra.operate dead-letters list` for this run."""
        command = '. "$0" && exec "$1" -m infra.operate dead-letters list'
        asked = subprocess.run(
            ["sh", "-c", command, self._state / "environment", sys.executable],
            capture_output=True,
            text=True,
            check=True,
        )
        return asked.stdout.splitlines()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
