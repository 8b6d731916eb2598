"""Google's Firestore emulator. gcloud runs it in a process group of its own, so that `stop` ends its Java too."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from shared.clock import utc_now
from shared.errors import StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Query
from tests.world.ports import free_port

HOW_TO_GET_IT = "a JRE of at least 17, google-cloud-cli and google-cloud-cli-firestore-emulator (CONTRIBUTING.md)"
SECONDS_TO_START, SECONDS_TO_END = 60, 5
# For a process that lives shortly: compile less, and collect garbage without threads.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class NoEmulator(Exception):
    """The emulator is not installed, or does not start. The message says what is needed."""


class FirestoreEmulator:
    """Keeps all in memory: after `stop` and `start` it is empty, at the same `host`. gcloud writes in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._choose_port()
        self._moves = 2  # How often it may choose another port, as long as nobody knows this one.
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = folder

    def start(self) -> None:
        """Returns when the emulator answers. Raises NoEmulator after 60 seconds.

        Nothing holds a port that is free, so another process may take it: the first start then tries others.
        """
        for program in ("gcloud", "java"):
            if not shutil.which(program):
                raise NoEmulator(f"no {program}; the Firestore emulator needs {HOW_TO_GET_IT}")
        for _ in range(self._moves):
            with suppress(NoEmulator):
                self._start()
                break
            self._choose_port()
        else:
            self._start()
        self._moves = 0

    def _choose_port(self) -> None:
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"

    def _start(self) -> None:
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
                if time.monotonic() > late or (self._process and self._process.poll() is not None):
                    self.stop()
                    raise NoEmulator("the Firestore emulator listens and does not answer") from error
        store.close()

    def stop(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):  # It ended by itself.
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            late = time.monotonic() + SECONDS_TO_END
            while self._answers() and time.monotonic() < late:  # Or somebody else answers there.
                time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0
