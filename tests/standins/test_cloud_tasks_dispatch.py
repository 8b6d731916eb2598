"""How the Cloud Tasks server sends tasks: over real HTTP, on a clock that the test moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import duration_pb2
from werkzeug.wrappers import Response

from infra.standins import cloud_tasks
from infra.standins.cloud_tasks import Limits, QueueSettings, serve
from tests.standins.receiver import LOCATION, Clock, Received, Receiver, client_at, eventually, receiving

QUEUE = f"{LOCATION}/queues/q"


@dataclass
class World:
    server: cloud_tasks.Server
    client: tasks_v2.CloudTasksClient
    clock: Clock
    receiver: Receiver
    counted: int = 0

    def add(self, name: str = "", request: Any = None, **fields: Any) -> str:
        task = {"http_request": {"url": f"{self.receiver.url}/work", **(request or {})}, **fields}
        return self.client.create_task(parent=QUEUE, task={**task, "name": name and f"{QUEUE}/tasks/{name}"}).name

    def moments(self, until: timedelta) -> list[float]:
        """Moves the clock from one due task to the next, up to `until`.

        Returns for each request since the last call how many seconds after the start it came.
        """
        start, seconds = self.clock(), []
        while True:
            next_due = self.server.run_due()
            after = (self.clock() - start).total_seconds()
            seconds += [after] * (len(self.receiver.received) - self.counted)
            self.counted = len(self.receiver.received)
            if next_due is None or next_due > start + until:
                return seconds
            self.clock.now = next_due

    def is_gone(self, name: str) -> bool:
        try:
            self.client.get_task(name=name)
        except exceptions.NotFound:
            return True
        return False


@contextmanager
def world(
    answers: list[int] | None = None,
    handle: Callable[[Received], Response] | None = None,
    limits: Limits | None = None,
    **settings: Any,
) -> Iterator[World]:
    clock = Clock()
    with (
        receiving(answers, handle) as receiver,
        serve(None, clock=clock, limits=limits, queues=[QueueSettings(QUEUE, **settings)]) as server,
    ):
        client = client_at(server.address)
        yield World(server, client, clock, receiver)
        client.transport.close()


def header(received: Received, name: str) -> str | None:
    return received.headers.get(f"X-Cloudtasks-{name.title()}")


# -- the request -------------------------------------------------------------------------------------------------------


def test_a_task_is_sent_once_and_then_removed():
    with world() as it:
        headers = {
            "Content-Type": "application/json",
            "X-Mine": "kept",
            "User-Agent": "mine",
            "Host": "elsewhere.example",
            "X-CloudTasks-TaskRetryCount": "7",
            "X-Google-Anything": "forged",
            "X-AppEngine-TaskName": "forged",
        }
        name = it.add("one", {"headers": headers, "body": b'{"a":1}', "url": f"{it.receiver.url}/work?x=1"})
        assert it.server.run_due() is None
        (received,) = it.receiver.received
        assert (received.method, received.path, received.body) == ("POST", "/work", b'{"a":1}')
        assert received.headers["Host"] == it.receiver.url.removeprefix("http://")
        assert received.headers["User-Agent"] == "Google-Cloud-Tasks"
        assert received.headers["Content-Type"] == "application/json"
        assert received.headers["X-Mine"] == "kept"
        assert not [name for name in received.headers if name.lower().startswith(("x-google", "x-appengine"))]
        told = {name: value for name, value in received.headers.items() if name.startswith("X-Cloudtasks-")}
        assert told == {
            "X-Cloudtasks-Queuename": "q",
            "X-Cloudtasks-Taskname": "one",
            "X-Cloudtasks-Taskretrycount": "0",
            "X-Cloudtasks-Taskexecutioncount": "0",
            "X-Cloudtasks-Tasketa": f"{it.clock().timestamp():.6f}",
        }
        assert it.is_gone(name)


def test_the_accept_headers_of_a_task_are_sent_unchanged():
    with world() as it:
        it.add()
        it.add(request={"headers": {"accept": "text/plain"}})
        it.server.run_due()
        assert sorted(received.headers["Accept"] for received in it.receiver.received) == ["*/*", "text/plain"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "OPTIONS"])
def test_every_http_method_is_sent_unchanged(method):
    with world() as it:
        body = b"here" if method in ("POST", "PUT", "PATCH") else b""
        it.add(request={"http_method": method, "body": body})
        it.server.run_due()
        (received,) = it.receiver.received
        assert (received.method, received.body) == (method, body)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_task_ends_with_any_2xx(status):
    with world([status]) as it:
        it.add()
        assert it.moments(timedelta(days=1)) == [0]


@pytest.mark.parametrize("status", [301, 302, 400, 404, 422, 429, 500, 503])
def test_every_other_status_is_retried_and_redirects_are_not_followed(status):
    def handle(_: Received) -> Response:
        return Response(status=status, headers={"Location": "/elsewhere"})

    with world(handle=handle, max_attempts=2, min_backoff=1) as it:
        it.add()
        assert it.moments(timedelta(days=1)) == [0, 1]
        assert {received.path for received in it.receiver.received} == {"/work"}


def test_a_task_is_not_sent_before_its_time():
    with world() as it:
        at = it.clock() + timedelta(hours=71, microseconds=5)
        it.add(schedule_time=at)
        assert it.server.run_due() == at
        it.clock.forward(hours=71)
        assert it.server.run_due() == at
        assert it.receiver.received == []
        it.clock.forward(seconds=0.000005)
        assert it.server.run_due() is None
        assert header(it.receiver.received[0], "TaskETA") == f"{at.timestamp():.6f}"


def test_tasks_are_sent_in_the_order_of_their_times():
    with world(max_concurrent_dispatches=1) as it:
        for name, minutes in (("a", 3), ("c", 1), ("b", 2)):
            it.add(name, schedule_time=it.clock() + timedelta(minutes=minutes))
        it.clock.forward(hours=1)
        it.server.run_due()
        assert it.receiver.tasks() == ["c", "b", "a"]


def test_a_wake_after_moving_the_clock_sends_what_is_due():
    with world() as it:
        it.add(schedule_time=it.clock() + timedelta(hours=72))
        it.server.run_due()
        it.clock.forward(hours=72)
        it.server.wake()
        it.receiver.wait_for(1)


def test_the_name_of_a_task_that_ran_is_refused_for_24_hours():
    with world() as it:
        it.add("one")
        it.server.run_due()
        it.clock.forward(hours=23.99)
        with pytest.raises(exceptions.AlreadyExists):
            it.add("one")
        it.clock.forward(hours=0.01)
        it.add("one")
        it.server.run_due()
        assert it.receiver.tasks() == ["one", "one"]


# -- again -------------------------------------------------------------------------------------------------------------


def test_retries_come_after_1_2_4_and_so_on_up_to_the_maximum_and_end_with_the_attempts():
    with world([500], max_attempts=9, min_backoff=1, max_backoff=60) as it:
        name = it.add("one")
        moments = it.moments(timedelta(days=1))
        pauses = [after - before for before, after in pairwise(moments)]
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
        assert it.is_gone(name)
        with pytest.raises(exceptions.AlreadyExists):
            it.add("one")


def test_with_unlimited_attempts_the_duration_ends_it():
    with world([500], max_attempts=-1, max_retry_duration=100, min_backoff=30, max_backoff=30) as it:
        name = it.add()
        assert it.moments(timedelta(days=1)) == [0, 30, 60, 90, 120]
        assert it.is_gone(name)


def test_with_both_limits_the_later_one_ends_it():
    with world([500], max_attempts=3, max_retry_duration=100, min_backoff=30, max_backoff=30) as it:
        it.add()
        assert it.moments(timedelta(days=1)) == [0, 30, 60, 90, 120]


def test_the_retry_settings_of_a_task_override_those_of_its_queue():
    with world([500], max_attempts=100) as it:
        pause = duration_pb2.Duration(seconds=5)
        it.add(retry_config={"max_attempts": 3, "min_backoff": pause, "max_backoff": pause})
        assert it.moments(timedelta(days=1)) == [0, 5, 10]


def test_a_retry_has_the_previous_status_and_a_5xx_does_not_count_as_execution():
    with world([503, 404, 500, 400, 200], min_backoff=1) as it:
        it.add()
        it.moments(timedelta(hours=1))
        told = [
            tuple(header(received, f"Task{name}") for name in ("RetryCount", "ExecutionCount", "PreviousResponse"))
            for received in it.receiver.received
        ]
        assert told == [("0", "0", None), ("1", "0", "503"), ("2", "1", "404"), ("3", "1", "500"), ("4", "2", "400")]
        assert [header(received, "TaskRetryReason") for received in it.receiver.received] == [None, "", "", "", ""]


def test_a_task_shows_its_attempts():
    with world([404], min_backoff=10) as it:
        name, start = it.add(), it.clock()
        it.server.run_due()
        it.clock.forward(seconds=10)
        it.server.run_due()
        task = it.client.get_task(name=name)
        assert (task.dispatch_count, task.response_count) == (2, 2)
        assert task.schedule_time == start + timedelta(seconds=30)
        assert task.first_attempt.dispatch_time == start
        assert task.last_attempt.dispatch_time == task.last_attempt.response_time == start + timedelta(seconds=10)
        assert task.last_attempt.schedule_time == start + timedelta(seconds=10)
        assert task.last_attempt.response_status.code == 5
        assert task.last_attempt.response_status.message == "HTTP status code 404"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://127.0.0.1:99999/", "http://a:b/", "http://"])
def test_without_an_answer_it_keeps_retrying(url):
    with world(min_backoff=1, max_backoff=1, max_attempts=3) as it:
        name = it.add(request={"url": url})
        it.server.run_due()
        it.clock.forward(seconds=1)
        it.server.run_due()
        task = it.client.get_task(name=name)
        assert (task.dispatch_count, task.response_count) == (2, 0)
        assert task.last_attempt.response_status.code == 14
        it.clock.forward(seconds=1)
        it.server.run_due()
        assert it.is_gone(name)


def test_an_invalid_header_fails_the_attempt_and_the_server_goes_on():
    with world(max_attempts=1) as it:
        bad = it.add(request={"headers": {"X-Mine": "a\r\nX-Other: b"}})
        it.add("good")
        it.server.run_due()
        assert it.receiver.tasks() == ["good"]
        assert it.is_gone(bad)


def test_a_dropped_connection_does_not_count_as_execution():
    calls = iter([True, False])

    def handle(_: Received) -> Response:
        if next(calls):
            raise ConnectionAbortedError  # werkzeug then closes the connection without an answer
        return Response(status=200)

    with world(handle=handle, min_backoff=1) as it:
        it.add()
        assert it.moments(timedelta(hours=1)) == [0, 1]
        told = [header(it.receiver.received[1], name) for name in ("TaskExecutionCount", "TaskPreviousResponse")]
        assert told == ["0", "503"]


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, lambda now: "120", 120),
        (503, lambda now: format_datetime(now + timedelta(seconds=90), usegmt=True), 90),
        (503, lambda now: format_datetime(now - timedelta(days=9), usegmt=True), 1),
        (503, lambda now: "0", 1),
        (500, lambda now: "120", 1),
        (503, lambda now: "soon", 1),
        (503, lambda now: "9" * 5000, 1),
    ],
)
def test_retry_after_is_followed_on_429_and_503(status, retry_after, seconds):
    def handle(_: Received) -> Response:
        return Response(status=status, headers={"Retry-After": retry_after(it.clock())})

    with world(handle=handle, max_attempts=2, min_backoff=1) as it:
        it.add()
        assert it.moments(timedelta(days=1)) == [0, seconds]


def test_an_attempt_ends_at_its_deadline_even_when_the_answer_has_begun():
    def handle(received: Received) -> Response:
        def slowly() -> Iterator[bytes]:
            yield b"a"
            ended.wait(5)
            yield b"b"

        if header(received, "TaskRetryCount") == "0":
            ended.wait(5)
        return Response(slowly())

    ended = threading.Event()
    limits = Limits(shortest_deadline=timedelta(milliseconds=50))
    with world(handle=handle, limits=limits, max_attempts=3, min_backoff=1, max_backoff=1) as it:
        it.add(dispatch_deadline=duration_pb2.Duration(nanos=60_000_000))
        assert it.moments(timedelta(hours=1)) == [0, 1, 2]
        ended.set()
        second, third = it.receiver.received[1:]
        assert header(second, "TaskPreviousResponse") == header(third, "TaskPreviousResponse") == "504"
        assert header(third, "TaskExecutionCount") == "0"


def test_after_an_outage_of_72_hours_everything_arrives_once():
    with world(max_attempts=-1, min_backoff=1, max_backoff=3600, max_dispatches_per_second=500) as it:
        back: datetime = it.clock() + timedelta(hours=72)
        it.receiver.handle = lambda _: Response(status=200 if it.clock() >= back else 503)
        names = {it.add(f"task-{number}") for number in range(10)}
        moments = it.moments(timedelta(hours=80))
        assert 72 * 3600 <= max(moments) <= 73 * 3600
        assert len(moments) == 10 * (12 + 72), "twelve while it doubles, and one an hour"
        assert all(map(it.is_gone, names))


# -- how fast ----------------------------------------------------------------------------------------------------------


def test_a_queue_sends_a_burst_and_then_at_its_rate():
    with world(max_dispatches_per_second=5) as it:
        for number in range(13):
            it.add(f"task-{number}")
        # Their order within the burst is free, because the clock stood still while they were made.
        assert it.moments(timedelta(hours=1)) == pytest.approx([0] * 10 + [0.2, 0.4, 0.6], abs=1e-5)


def test_a_queue_that_was_idle_saves_up_one_burst_and_no_more():
    with world(max_dispatches_per_second=5) as it:
        it.clock.forward(days=1)
        for number in range(12):
            it.add(f"task-{number}")
        assert it.moments(timedelta(hours=1)) == pytest.approx([0] * 10 + [0.2, 0.4], abs=1e-5)


def test_a_queue_limits_its_own_concurrent_attempts_and_not_those_of_another_queue():
    under_way: list[int] = [0, 0]  # now, at most
    lock, ended = threading.Lock(), threading.Event()

    def handle(received: Received) -> Response:
        if header(received, "QueueName") == "other":
            return Response(status=200)
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
        ended.wait(5)
        with lock:
            under_way[0] -= 1
        return Response(status=200)

    with world(handle=handle, max_concurrent_dispatches=3) as it:
        other = it.client.create_queue(parent=LOCATION, queue={"name": f"{LOCATION}/queues/other"}).name
        for _ in range(9):
            it.add()
        it.receiver.wait_for(3)
        it.client.create_task(parent=other, task={"http_request": {"url": it.receiver.url}, "name": f"{other}/tasks/x"})
        eventually(lambda: "x" in it.receiver.tasks())
        ended.set()
        it.server.run_due()
        assert len(it.receiver.received) == 10
        assert under_way == [0, 3]


def test_hundreds_of_tasks_made_at_once_are_each_sent_once():
    with world() as it:
        with ThreadPoolExecutor(8) as threads:
            names = list(threads.map(lambda number: it.add(f"task-{number}").rpartition("/")[2], range(300)))
        it.moments(timedelta(minutes=1))
        assert sorted(it.receiver.tasks()) == sorted(names)


def test_an_idle_server_uses_almost_no_cpu():
    with world() as it:
        it.add(schedule_time=it.clock() + timedelta(hours=1))
        it.client.pause_queue(name=QUEUE)
        it.add()
        it.client.resume_queue(name=QUEUE)
        it.server.run_due()
        before, started = time.process_time(), time.monotonic()
        time.sleep(0.3)
        assert time.process_time() - before < (time.monotonic() - started) / 3


# -- what a person does ------------------------------------------------------------------------------------------------


def test_a_paused_queue_takes_tasks_and_sends_none_until_it_is_resumed():
    with world() as it:
        it.client.pause_queue(name=QUEUE)
        it.add("one")
        it.clock.forward(hours=1)
        assert it.server.run_due() is None
        assert it.receiver.received == []
        it.client.resume_queue(name=QUEUE)
        it.receiver.wait_for(1)


def test_a_purged_task_is_not_sent():
    with world() as it:
        for _ in range(5):
            it.add(schedule_time=it.clock() + timedelta(minutes=1))
        it.client.purge_queue(name=QUEUE)
        it.add("after", schedule_time=it.clock() + timedelta(minutes=1))
        it.moments(timedelta(hours=1))
        assert it.receiver.tasks() == ["after"]


@pytest.mark.parametrize("gone", ["delete_task", "purge_queue"])
def test_a_task_that_is_removed_during_an_attempt_is_not_retried(gone):
    ended = threading.Event()

    def handle(_: Received) -> Response:
        ended.wait(5)
        return Response(status=500)

    with world(handle=handle, min_backoff=1) as it:
        name = it.add("one")
        it.receiver.wait_for(1)
        getattr(it.client, gone)(name=name if gone == "delete_task" else QUEUE)
        ended.set()
        it.moments(timedelta(days=1))
        assert it.receiver.tasks() == ["one"]
        assert it.is_gone(name)


def test_new_settings_of_a_queue_apply_to_its_existing_tasks(tmp_path):
    clock, state = Clock(), tmp_path / "state"
    with receiving([500]) as receiver:
        with serve(state, clock=clock, queues=[QueueSettings(QUEUE, max_attempts=100)]) as server:
            task = {"http_request": {"url": receiver.url}}
            client_at(server.address).create_task(parent=QUEUE, task=task)
            server.run_due()
        with serve(state, clock=clock, queues=[QueueSettings(QUEUE, max_attempts=2)]) as server:
            clock.forward(days=1)
            assert server.run_due() is None
        assert len(receiver.received) == 2
