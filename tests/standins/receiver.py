"""A real HTTP receiver, a real client and a clock that can be moved, for tests with the Cloud Tasks server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from werkzeug.wrappers import Request, Response

from infra.standins.server import serving

LOCATION = "projects/demo/locations/europe-west4"


@dataclass(frozen=True)
class Received:
    """A request of a task. `at` is time.monotonic."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def task(self) -> str:
        return self.headers["X-Cloudtasks-Taskname"]


@dataclass
class Receiver:
    """Answers with the statuses of `answers` in turn and then repeats the last one, or with the result of `handle`."""

    answers: list[int] = field(default_factory=lambda: [200])
    handle: Callable[[Received], Response] | None = None
    received: list[Received] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @Request.application
    def _app(self, request: Request) -> Response:
        received = Received(time.monotonic(), request.method, request.path, dict(request.headers), request.get_data())
        with self._lock:
            self.received.append(received)
            status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self.handle(received) if self.handle else Response(status=status)

    def tasks(self) -> list[str]:
        return [received.task for received in self.received]

    def wait_for(self, count: int) -> list[Received]:
        eventually(lambda: len(self.received) >= count)
        return list(self.received)


@contextmanager
def receiving(
    answers: list[int] | None = None, handle: Callable[[Received], Response] | None = None
) -> Iterator[Receiver]:
    receiver = Receiver(answers=answers or [200], handle=handle)
    with serving(receiver._app) as receiver.url:
        yield receiver


def client_at(address: str) -> tasks_v2.CloudTasksClient:
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=grpc.insecure_channel(address)))


def eventually(condition: Callable[[], object], within: float = 8) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "the condition did not become true in time"
        time.sleep(0.005)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)
