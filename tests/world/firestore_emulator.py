"""Google's Firestore emulator. gcloud runs it in a process group of its own, so that `stop` ends its Java too."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from shared.clock import utc_now
from shared.errors import StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Query
from tests.world.ports import free_port

HOW_TO_GET_IT = "a JRE of at least 17, google-cloud-cli and google-cloud-cli-firestore-emulator (CONTRIBUTING.md)"
SECONDS_TO_START = 60
# For a process that lives shortly: compile less, and collect garbage without threads.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class NoEmulator(Exception):
    """The emulator is not installed, or does not start. The message says what is needed."""


class FirestoreEmulator:
    """Keeps all in memory: after `stop` and `start` it is empty, at the same `host`. gcloud writes in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = folder

    def start(self) -> None:
        """Returns when the emulator answers. Raises NoEmulator after 60 seconds."""
        for program in ("gcloud", "java"):
            if not shutil.which(program):
                raise NoEmulator(f"no {program}; the Firestore emulator needs {HOW_TO_GET_IT}")
        settings = {"CLOUDSDK_CONFIG": str(self._folder), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
        log = self._folder / "emulator.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["gcloud", "emulators", "firestore", "start", f"--host-port={self.host}"],
                env={**os.environ, **settings, "JAVA_TOOL_OPTIONS": JAVA_OPTIONS},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        late = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > late:
                self.stop()
                last = log.read_text(errors="replace").strip().splitlines()[-3:]
                raise NoEmulator(f"the Firestore emulator needs {HOW_TO_GET_IT}; gcloud says: {' '.join(last)}")
            time.sleep(0.05)
        self._warm_up(late)

    def _warm_up(self, late: float) -> None:
        """Makes a few calls, because the first answers take longer than a call of a test may."""
        store = FirestoreStore("warm-up", "(default)", utc_now, self.host)
        while True:
            try:
                store.find(Query("work", {"warm": True}, order_by="n"))
                store.delete("work", "one")
                store.create("work", "one", {})
                break
            except StoreUnavailable as error:
                if time.monotonic() > late:
                    self.stop()
                    raise NoEmulator("the Firestore emulator listens and does not answer") from error
        store.close()

    def stop(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            while self._answers():
                time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0
