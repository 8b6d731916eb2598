"""Our side of Cloud Tasks against the local server: names, sizes, times, and what a caller sees when it is away."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud import tasks_v2

from infra.standins import cloud_tasks
from infra.standins.cloud_tasks import QueueSettings, serve
from shared.errors import StoreUnavailable, TooBig
from shared.tasks.client import Client
from shared.tasks.google_token import verify
from shared.tasks.queue import MAX_BODY, Queue, QueueAddress
from tests.standins.receiver import client_at, receiving
from tests.world.proxy import proxy_to

PARENT = "projects/demo/locations/europe-west4"
DEFAULT = f"{PARENT}/queues/default"
ACCOUNT = "link@demo.iam.gserviceaccount.com"
names = map("task-{}".format, count())


@dataclass
class World:
    server: cloud_tasks.Server
    client: tasks_v2.CloudTasksClient

    def tasks(self) -> list[Any]:
        full = {"parent": DEFAULT, "response_view": tasks_v2.Task.View.FULL}
        return list(self.client.list_tasks(request=full))

    @property
    def port(self) -> int:
        return int(self.server.address.rpartition(":")[2])


@pytest.fixture
def world():
    """The queue is paused: what was enqueued stays to be looked at."""
    with serve(None, queues=[QueueSettings(DEFAULT)]) as server:
        client = client_at(server.address)
        client.pause_queue(name=DEFAULT)
        yield World(server, client)
        client.transport.close()


def queue_at(endpoint: str, url: str = "https://functions.example/{function}", account: str | None = ACCOUNT) -> Queue:
    more = f"&service_account={account}" if account else ""
    return Queue.from_url(f"cloudtasks://demo/europe-west4?url={url}&endpoint={endpoint}{more}")


@contextmanager
def within(seconds: float):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


# -- a task ------------------------------------------------------------------------------------------------------------


def test_a_task_calls_a_function_with_json_and_a_token_for_its_url(world):
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=29)
    queue_at(world.server.address).enqueue("run_task", {"key": "Daniëlle"}, name="a_B-1", at=at)
    (task,) = world.tasks()
    assert task.name == f"{DEFAULT}/tasks/a_B-1"
    assert task.http_request.url == "https://functions.example/run-task"
    assert task.http_request.http_method == tasks_v2.HttpMethod.POST
    assert task.http_request.headers["Content-Type"] == "application/json"
    assert json.loads(task.http_request.body) == {"key": "Daniëlle"}
    assert task.http_request.oidc_token.audience == "https://functions.example/run-task"
    assert task.http_request.oidc_token.service_account_email == ACCOUNT
    assert task.schedule_time == at


def test_without_an_account_there_is_no_token(world):
    queue_at(world.server.address, account=None).enqueue("run_task", {}, name="one")
    assert "oidc_token" not in world.tasks()[0].http_request


def test_what_is_enqueued_is_received_once_and_verifies():
    with receiving() as receiver, serve(None, queues=[QueueSettings(DEFAULT)]) as server:
        queue = queue_at(server.address, f"{receiver.url}/{{function}}")
        for _ in range(2):
            queue.enqueue("run_task", {"key": 1}, name="one")
        assert server.run_due() is None
        queue.enqueue("run_task", {"key": 1}, name="one")
        assert server.run_due() is None
        (received,) = receiver.received
        assert (received.path, received.body) == ("/run-task", b'{"key":1}')
        who = {"service_account": ACCOUNT, "certs_url": server.certs_url}
        verify(received.headers["Authorization"], audience=queue.target_url("run_task"), **who)


@pytest.mark.parametrize("trace", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""])
def test_a_call_carries_the_trace_of_its_task(trace):
    with receiving() as receiver, serve(None, queues=[QueueSettings(DEFAULT)]) as server:
        queue_at(server.address, f"{receiver.url}/{{function}}").enqueue("run_task", {}, name="one", traceparent=trace)
        assert server.run_due() is None
        (received,) = receiver.received
        assert received.headers.get("Traceparent", "") == trace


def test_the_same_name_twice_is_one_task_and_no_error(world):
    queue = queue_at(world.server.address)
    queue.enqueue("run_task", {"key": 1}, name="one")
    queue.enqueue("run_task", {"key": 2}, name="one")
    assert [json.loads(task.http_request.body) for task in world.tasks()] == [{"key": 1}]


def test_of_32_at_once_with_one_name_none_fails_and_one_is_there(world):
    queue = queue_at(world.server.address)
    with futures.ThreadPoolExecutor(32) as threads:
        list(threads.map(lambda number: queue.enqueue("run_task", {"key": number}, name="one"), range(32)))
    assert len(world.tasks()) == 1


def test_a_name_whose_task_is_gone_is_no_error_either(world):
    queue = queue_at(world.server.address)
    queue.enqueue("run_task", {}, name="one")
    world.client.delete_task(name=f"{DEFAULT}/tasks/one")
    queue.enqueue("run_task", {}, name="one")
    assert world.tasks() == []


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a:b", "a/b", "é", "a\n", "a" * 501])
def test_a_name_that_can_never_be_is_refused_before_anything_is_sent(name):
    with pytest.raises(ValueError, match="not a task name"):
        queue_at("127.0.0.1:9").enqueue("run_task", {}, name=name)


def test_a_name_may_be_as_long_as_cloud_tasks_takes(world):
    queue_at(world.server.address).enqueue("run_task", {}, name="aZ0-_" * 100)
    assert len(world.tasks()) == 1


def test_the_largest_body_passes_and_one_byte_more_does_not(world):
    queue = queue_at(world.server.address)
    room = MAX_BODY - len('{"text":""}')
    queue.enqueue("run_task", {"text": "x" * room}, name="x" * 500)
    with pytest.raises(TooBig):
        queue.enqueue("run_task", {"text": "x" * (room + 1)}, name="two")
    # Bytes, not characters.
    with pytest.raises(TooBig):
        queue.enqueue("run_task", {"text": "é" * (room // 2 + 1)}, name="two")
    assert len(world.tasks()) == 1


def test_a_time_without_a_zone_or_too_far_away_is_refused(world):
    queue = queue_at(world.server.address)
    with pytest.raises(ValueError, match="zone"):
        queue.enqueue("run_task", {}, name="one", at=datetime(2030, 1, 1))
    with pytest.raises(ValueError, match="too far in the future"):
        queue.enqueue("run_task", {}, name="one", at=datetime.now(UTC) + timedelta(days=31))
    assert world.tasks() == []


# -- when it is away ---------------------------------------------------------------------------------------------------


@pytest.mark.timed
def test_where_nobody_listens_it_says_so_at_once():
    with within(2), pytest.raises(StoreUnavailable):
        queue_at("127.0.0.1:9").enqueue("run_task", {}, name="one")


@pytest.mark.timed
def test_where_nobody_answers_it_says_so_within_two_seconds():
    with socket.create_server(("127.0.0.1", 0)) as silent, within(2), pytest.raises(StoreUnavailable):
        queue_at(f"127.0.0.1:{silent.getsockname()[1]}").enqueue("run_task", {}, name="one")


def test_a_queue_that_is_not_there_may_come(world):
    queue = queue_at(world.server.address)
    with pytest.raises(StoreUnavailable):
        queue.enqueue("run_task", {}, name="one", queue="mail")
    world.client.create_queue(parent=PARENT, queue={"name": f"{PARENT}/queues/mail"})
    world.client.pause_queue(name=f"{PARENT}/queues/mail")
    queue.enqueue("run_task", {}, name="one", queue="mail")


@pytest.mark.timed
def test_a_lost_answer_is_unavailable_and_the_repeat_is_one_task(world):
    with proxy_to(world.port) as proxy:
        queue = queue_at(proxy.host)
        queue.enqueue("run_task", {}, name="one")
        proxy.swallow = True
        with within(2), pytest.raises(StoreUnavailable):
            queue.enqueue("run_task", {}, name="two")
        assert len(world.tasks()) == 2
        proxy.swallow = False
        proxy.cut()
        queue.enqueue("run_task", {}, name="two")
        assert len(world.tasks()) == 2


def test_a_connection_that_was_lost_while_idle_is_not_noticed(world):
    with proxy_to(world.port) as proxy:
        queue = queue_at(proxy.host)
        for _ in range(3):
            queue.enqueue("run_task", {}, name=next(names))
            proxy.cut()
        assert len(world.tasks()) == 3


@pytest.mark.timed
def test_it_comes_back_by_itself_when_the_server_does(tmp_path):
    with serve(tmp_path / "state", queues=[QueueSettings(DEFAULT)]) as server:
        port = int(server.address.rpartition(":")[2])
        client = client_at(server.address)
        client.pause_queue(name=DEFAULT)
        client.transport.close()
        queue = queue_at(server.address)
        queue.enqueue("run_task", {}, name="one")
    # So long that gRPC of itself would not look again for two seconds.
    away_until = time.monotonic() + 2.8
    while time.monotonic() < away_until:
        with pytest.raises(StoreUnavailable):
            queue.enqueue("run_task", {}, name="two")
    with serve(tmp_path / "state", port) as server:
        time.sleep(0.6)
        queue.enqueue("run_task", {}, name="two")
        assert client_at(server.address).get_task(name=f"{DEFAULT}/tasks/two")


@contextmanager
def refusing(answer):
    """A gRPC server whose CreateTask is `answer(context)`."""
    handler = grpc.unary_unary_rpc_method_handler(lambda _, context: answer(context))
    server = grpc.server(futures.ThreadPoolExecutor(4))
    service = grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", {"CreateTask": handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


@pytest.mark.timed
@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "INTERNAL", "ABORTED"])
def test_any_other_error_may_pass(code):
    refuse = lambda context: context.abort(grpc.StatusCode[code], "no")  # noqa: E731
    with refusing(refuse) as address, within(2), pytest.raises(StoreUnavailable):
        queue_at(address).enqueue("run_task", {}, name="one")


@pytest.mark.timed
def test_unavailable_for_a_while_and_then_silent_is_within_two_seconds_too():
    """The worst there is: the last repeat begins late, and takes all the time that a call may take."""
    started = time.monotonic()

    def answer(context):
        if time.monotonic() - started < 0.4:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no")
        time.sleep(max(0, started + 2.2 - time.monotonic()))

    with refusing(answer) as address, within(2), pytest.raises(StoreUnavailable):
        queue_at(address).enqueue("run_task", {}, name="one")


def test_without_credentials_it_is_unavailable_and_tries_again(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    queue = Queue.from_url("cloudtasks://demo/europe-west4?url=https://functions.example/{function}")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="credentials"):
            queue.enqueue("run_task", {}, name="one")


# -- what is not done --------------------------------------------------------------------------------------------------


def test_a_cold_start_does_not_pay_for_googles_libraries():
    text = (
        "import sys; from shared.tasks.queue import Queue; Queue.from_url('cloudtasks://p/l?url=https://x/{function}');"
        "print([name for name in sys.modules if name.startswith(('google.auth', 'google.cloud.', 'grpc'))])"
    )
    root = Path(__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, cwd=root)
    assert shown.stdout.strip() == "[]"


def test_one_client_is_made_however_many_ask(world):
    made: list[Client] = []

    def connect() -> Client:
        made.append(Client(world.server.address))
        return made[-1]

    queue = Queue(connect, PARENT, "https://functions.example/{}".format, None)
    with futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: queue.enqueue("run_task", {}, name=f"n{number}"), range(8)))
    assert len(made) == 1
    assert len(world.tasks()) == 8


# -- the setting -------------------------------------------------------------------------------------------------------


def test_the_setting_is_read():
    text = (
        "cloudtasks://demo/europe-west4?url=http://127.0.0.1:8080/functions/{function}&service_account=a@b.example"
        "&endpoint=127.0.0.1:8123&certs=http://127.0.0.1:8124/oauth2/v1/certs"
    )
    assert QueueAddress.parse(text) == QueueAddress(
        parent=PARENT,
        url="http://127.0.0.1:8080/functions/{function}",
        service_account="a@b.example",
        endpoint="127.0.0.1:8123",
        certs_url="http://127.0.0.1:8124/oauth2/v1/certs",
    )
    host = QueueAddress.parse("cloudtasks://demo/europe-west4?url=https://{function}-x.a.run.app/")
    assert host.url.replace("{function}", "run-task") == "https://run-task-x.a.run.app/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tasks://demo/here?url=https://x/{function}",
        "cloudtasks://demo?url=https://x/{function}",
        "cloudtasks://demo/here/there?url=https://x/{function}",
        "cloudtasks:///here?url=https://x/{function}",
        "cloudtasks://demo/here",
        "cloudtasks://demo/here?url=https://x/",
        "cloudtasks://demo/here?url=ftp://x/{function}",
        "cloudtasks://demo/here?url=https://x/{function}&colour=red",
        "cloudtasks://demo/here?url=https://x/{function}&url=https://y/{function}",
        "cloudtasks://demo/here?url=https://x/{function}&endpoint",
    ],
)
def test_a_setting_that_is_wrong_is_refused(text):
    with pytest.raises(ValueError):
        QueueAddress.parse(text)


def test_in_google_cloud_tasks_and_tokens_go_over_https_only():
    good = "cloudtasks://demo/europe-west4?url=https://{function}-1.europe-west4.run.app&service_account=a@b.example"
    QueueAddress.parse(good).check_deployed()
    for wrong in (good.replace("https", "http"), f"{good}&endpoint=127.0.0.1:8123", f"{good}&certs=http://127.0.0.1/"):
        with pytest.raises(ValueError, match=r"Google Cloud|local run"):
            QueueAddress.parse(wrong).check_deployed()
