"""A function served as on Cloud Functions (functions-framework, gunicorn, 64 threads), and hostile callers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from tests.standins.receiver import eventually
from tests.world.ports import free_port

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024


class Served:
    def __init__(self, port: int, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        self.port, self.process, self._output = port, process, output

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def logged(self) -> str:
        self._output.seek(0)
        return self._output.read().decode()

    @property
    def pids(self) -> list[int]:
        """The processes of gunicorn and its worker."""
        pid = self.process.pid
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def memory(self) -> float:
        """MiB of all processes together."""
        return sum(map(_resident, self.pids))

    def send(self, *parts: bytes, then: Callable[[socket.socket], object] = lambda _: None) -> str:
        """Returns the first line of the answer, or `""` when the connection was closed without an answer."""
        with socket.create_connection(("127.0.0.1", self.port)) as caller:
            caller.settimeout(60)
            with suppress(OSError):  # The server may answer before it has read everything.
                for part in parts:
                    caller.sendall(part)
                then(caller)
            return first_line(caller)


def first_line(caller: socket.socket) -> str:
    answer = b""
    with suppress(ConnectionError):
        while b"\r\n" not in answer and (part := caller.recv(4096)):
            answer += part
    return answer.partition(b"\r\n")[0].decode()


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)


class Peak:
    """The peak of the memory within the block, in MiB."""

    def __init__(self, served: Served) -> None:
        self._served, self._over, self.memory = served, threading.Event(), 0.0
        self._watch = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.memory = max(self.memory, self._served.memory())

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()


@contextmanager
def served(function: str) -> Iterator[Served]:
    """With the settings of this process."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("functions-framework")), f"--target={function}", f"--port={port}"]
    with TemporaryFile() as output:
        process = subprocess.Popen(
            [*command, "--host=127.0.0.1"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "THREADS": "64"},
        )
        try:
            eventually(lambda: process.poll() is not None or _listens(port), within=20)
            yield Served(port, process, output)
        finally:
            process.terminate()
            process.wait(15)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def at_once(count: int, call: Callable[[], str]) -> Counter[str]:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


@contextmanager
def kept_open(served: Served, count: int, sent: bytes, drip: bytes = b"") -> Iterator[list[socket.socket]]:
    """Opens `count` connections. Each sends `sent`, and then `drip` every 0.3 seconds until the context ends."""
    callers = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(count)]
    over = threading.Event()

    def go_on() -> None:
        while drip and not over.wait(0.3):
            for caller in callers:
                with suppress(OSError):
                    caller.send(drip)

    dripping = threading.Thread(target=go_on)
    try:
        for caller in callers:
            caller.settimeout(30)
            caller.sendall(sent)
        dripping.start()
        time.sleep(0.5)
        yield callers
    finally:
        over.set()
        dripping.join()
        for caller in callers:
            caller.close()
