"""Measures the local Cloud Tasks server: tasks created and sent per second, delay of a due task, CPU while idle.

Run `python -m benchmarks.cloud_tasks [tasks]`. Server, receiver and client are separate processes.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud import tasks_v2

from infra.standins.cloud_tasks import QueueSettings, serve
from tests.standins.receiver import LOCATION, client_at

# A queue sends at most 500 tasks per second, so the limit of the server itself shows only with several queues.
QUEUES = [f"{LOCATION}/queues/q{number}" for number in range(8)]
IDLE_FOR = 5.0  # seconds
_spawn = multiprocessing.get_context("spawn")


def main(tasks: int = 2000) -> None:
    """Prints every measurement."""
    with (
        TemporaryDirectory() as folder,
        _process(_receive) as (receiver, url),
        _process(_serve, f"{folder}/state") as (server, address),
    ):
        client = client_at(address)
        print(f"idle: {_idle(server):.2%} of one CPU")
        for threads in (1, 16):
            print(f"create, {threads:>2} threads: {_create(client, url, tasks, threads):>6.0f} per second")
        receiver.send(None)
        _show("backlog of 8 queues", _dispatch(client, receiver, QUEUES, 2 * tasks), at_once=True)
        for queue in QUEUES:
            client.purge_queue(name=queue)
        _create(client, url, tasks, 16, QUEUES[:1])
        _show("backlog of 1 queue", _dispatch(client, receiver, QUEUES[:1], tasks), at_once=True)
        _show("100 per second, each at its time", _scheduled(client, receiver, url, 300))
        _show("one at a time, at once", _one_by_one(client, receiver, url, 100))
        client.transport.close()


def _create(client: tasks_v2.CloudTasksClient, url: str, count: int, threads: int, queues: list[str] = QUEUES) -> float:
    """Creates tasks in paused queues. Returns tasks per second."""
    for queue in queues:
        client.pause_queue(name=queue)
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda number: _add(client, url, queues[number % len(queues)], None), range(count)))
    return count / (time.perf_counter() - started)


def _add(client: tasks_v2.CloudTasksClient, url: str, queue: str, at: datetime | None) -> None:
    wanted = (at or datetime.now(UTC)).timestamp()
    oidc = {"service_account_email": "benchmark@local.example", "audience": url}
    request = {"url": url, "body": f"{wanted:.6f}".encode(), "oidc_token": oidc}
    client.create_task(parent=queue, task={"http_request": request, "schedule_time": at})


def _dispatch(client: tasks_v2.CloudTasksClient, receiver: Connection, queues: list[str], count: int) -> Any:
    for queue in queues:
        client.resume_queue(name=queue)
    return _received(receiver, count)


def _scheduled(client: tasks_v2.CloudTasksClient, receiver: Connection, url: str, count: int) -> Any:
    start = datetime.now(UTC) + timedelta(seconds=count / 100)
    for number in range(count):
        _add(client, url, QUEUES[0], start + timedelta(seconds=number / 100))
    return _received(receiver, count)


def _one_by_one(client: tasks_v2.CloudTasksClient, receiver: Connection, url: str, count: int) -> Any:
    for _ in range(count):
        _add(client, url, QUEUES[0], None)
        time.sleep(0.02)
    return _received(receiver, count)


def _received(receiver: Connection, count: int) -> Any:
    receiver.send(count)
    return receiver.recv()


def _show(what: str, received: list[tuple[float, float]], *, at_once: bool = False) -> None:
    """`received` are pairs: when a task came, and when it was due (seconds since 1970)."""
    moments = [moment for moment, _ in received]
    late = sorted(1000 * (moment - wanted) for moment, wanted in received)
    rate = f"{(len(moments) - 1) / (max(moments) - min(moments)):.0f} per second"
    percentiles = ", ".join(f"p{part} {late[len(late) * part // 100]:.1f}" for part in (50, 99))
    print(f"{what}: {rate}" if at_once else f"{what}: late by {percentiles} ms")


def _idle(server: Connection) -> float:
    time.sleep(1)
    server.send(None)
    before = server.recv()
    time.sleep(IDLE_FOR)
    server.send(None)
    return (server.recv() - before) / IDLE_FOR


# -- the other processes -----------------------------------------------------------------------------------------------


@contextmanager
def _process(run: Any, *arguments: str) -> Iterator[tuple[Connection, str]]:
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=run, args=(theirs, *arguments), daemon=True)
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, path: str) -> None:
    """Answers each message on the pipe with the CPU seconds that the server used so far."""
    with serve(Path(path), queues=[QueueSettings(queue) for queue in QUEUES]) as server:
        pipe.send(server.address)
        while True:
            pipe.recv()
            pipe.send(time.process_time())


def _receive(pipe: Connection) -> None:
    asyncio.run(_Receiver(pipe).run())


class _Receiver:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._received: list[tuple[float, float]] = []
        self._more = asyncio.Event()

    async def run(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=1000)
        self._pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        while True:
            count = await asyncio.to_thread(self._pipe.recv)
            if count is not None:
                while len(self._received) < count:
                    self._more.clear()
                    await self._more.wait()
                self._pipe.send(self._received)
            self._received = []

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = await reader.read(100)
        self._received.append((time.time(), float(body)))
        self._more.set()
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
