"""The local run that the demo plays on: a process of its own, so that it can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

SECONDS_TO_START = 30.0


class Machine:
    """`base` stays the same over a crash."""

    def __init__(self, state: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self._state = state
        self._log = state / "log.txt"

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with the end of its log when it does not come up."""
        command = [sys.executable, "-m", "infra.local", "--port", str(self.port), "--state", str(self._state)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        late = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > late:
                raise RuntimeError(self._log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """As when the power fails: the whole process group, at once."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
