"""The methods of the Cloud Tasks server, called by Google's own client over gRPC.

Statuses and texts were recorded by others from the real service.
"""

from __future__ import annotations

import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import duration_pb2

from infra.standins.cloud_tasks import Limits, QueueSettings, serve
from infra.standins.cloud_tasks.__main__ import parse_queue
from infra.standins.cloud_tasks.rules import Refused
from tests.standins.receiver import LOCATION, Clock, client_at, eventually, receiving

NO_QUEUE = "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize."
NO_ENTITY = "Requested entity was not found."
NO_TASK_ANY_MORE = (
    "The task no longer exists, though a task with this name existed recently. The task either successfully "
    "completed or was deleted."
)
TASK_ID = "can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must"


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def server(clock):
    with serve(None, clock=clock) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    return client_at(server.address)


@pytest.fixture
def queue(client):
    """A new, paused queue for each test."""
    name = f"{LOCATION}/queues/{uuid.uuid4().hex}"
    client.create_queue(parent=LOCATION, queue={"name": name})
    return client.pause_queue(name=name).name


def a_task(**fields):
    return {"http_request": {"url": "http://127.0.0.1:9/"}, **fields}


def seconds(number):
    return duration_pb2.Duration(seconds=int(number), nanos=round(number % 1 * 1e9))


def refusal(error, call):
    with pytest.raises(error) as caught:
        call()
    return caught.value.message


# -- queues ------------------------------------------------------------------------------------------------------------


def test_a_queue_gets_the_defaults_of_the_real_service(client):
    name = f"{LOCATION}/queues/{uuid.uuid4().hex}"
    created = client.create_queue(parent=LOCATION, queue={"name": name})
    assert created == client.get_queue(name=name)
    assert created.state == tasks_v2.Queue.State.RUNNING
    assert created.rate_limits.max_dispatches_per_second == 500
    assert created.rate_limits.max_burst_size == 100
    assert created.rate_limits.max_concurrent_dispatches == 1000
    assert created.retry_config.max_attempts == 100
    assert created.retry_config.min_backoff == timedelta(seconds=0.1)
    assert created.retry_config.max_backoff == timedelta(seconds=3600)
    assert created.retry_config.max_doublings == 16
    assert not created.retry_config.max_retry_duration


@pytest.mark.parametrize(("rate", "burst"), [(0.25, 10), (1, 10), (10, 10), (45.5, 46), (100, 100), (500, 100)])
def test_the_burst_follows_from_the_rate_whatever_the_caller_says(client, rate, burst):
    name = f"{LOCATION}/queues/{uuid.uuid4().hex}"
    limits = {"max_dispatches_per_second": rate, "max_burst_size": -7}
    created = client.create_queue(parent=LOCATION, queue={"name": name, "rate_limits": limits})
    assert created.rate_limits.max_burst_size == burst


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"rate_limits": {"max_dispatches_per_second": -1}}, "RateLimits.maxDispatchesPerSecond cannot be negative."),
        (
            {"rate_limits": {"max_dispatches_per_second": 500.5}},
            "RateLimits.maxDispatchesPerSecond must be less than or equal to 500.",
        ),
        ({"rate_limits": {"max_concurrent_dispatches": -1}}, "RateLimits.maxConcurrentDispatches cannot be negative."),
        (
            {"rate_limits": {"max_concurrent_dispatches": 5001}},
            "RateLimits.maxConcurrentDispatches must be less than or equal to 5000.",
        ),
        ({"retry_config": {"max_attempts": -2}}, "RetryConfig.maxAttempts must be greater or equal to -1."),
        ({"retry_config": {"max_doublings": -1}}, "RetryConfig.maxDoublings cannot be negative."),
        ({"retry_config": {"min_backoff": seconds(-1)}}, "RetryConfig.minBackoff cannot be negative."),
        (
            {"retry_config": {"min_backoff": seconds(9), "max_backoff": seconds(8)}},
            "RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.",
        ),
    ],
)
def test_settings_out_of_range_are_refused(client, settings, text):
    name = f"{LOCATION}/queues/{uuid.uuid4().hex}"
    call = lambda: client.create_queue(parent=LOCATION, queue={"name": name, **settings})  # noqa: E731 (short)
    assert refusal(exceptions.InvalidArgument, call) == text
    assert refusal(exceptions.NotFound, lambda: client.get_queue(name=name)) == NO_QUEUE


@pytest.mark.parametrize("queue_id", ["", "a_b", "a b", "a" * 101, "a/b", "é"])
def test_a_queue_name_is_letters_digits_and_hyphens(client, queue_id):
    name = f"{LOCATION}/queues/{queue_id}"
    text = refusal(exceptions.InvalidArgument, lambda: client.create_queue(parent=LOCATION, queue={"name": name}))
    assert text == 'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".'


def test_a_queue_is_created_once_and_only_in_the_location_of_the_call(client, queue):
    again = refusal(exceptions.AlreadyExists, lambda: client.create_queue(parent=LOCATION, queue={"name": queue}))
    assert again == "Queue already exists"
    elsewhere = {"name": queue.replace("europe-west4", "elsewhere")}
    text = refusal(exceptions.InvalidArgument, lambda: client.create_queue(parent=LOCATION, queue=elsewhere))
    assert text == f"{elsewhere['name']} must begin with {LOCATION}."


def test_every_method_reports_a_queue_that_does_not_exist(client):
    name = f"{LOCATION}/queues/nowhere"
    for method in (client.get_queue, client.pause_queue, client.resume_queue, client.purge_queue):
        assert refusal(exceptions.NotFound, lambda method=method: method(name=name)) == NO_QUEUE
    assert refusal(exceptions.NotFound, lambda: client.create_task(parent=name, task=a_task())) == NO_QUEUE


def test_a_purge_removes_every_task_and_keeps_their_names_used(client, clock, queue):
    name = client.create_task(parent=queue, task=a_task(name=f"{queue}/tasks/one")).name
    client.create_task(parent=queue, task=a_task())
    assert client.purge_queue(name=queue).purge_time == clock()
    assert list(client.list_tasks(parent=queue)) == []
    refusal(exceptions.AlreadyExists, lambda: client.create_task(parent=queue, task=a_task(name=name)))


# -- tasks -------------------------------------------------------------------------------------------------------------


def test_a_task_is_stored_with_the_defaults_of_the_real_service(client, clock, queue):
    headers = {"X-Mixed-Case": "preserve-me", "content-type": "application/json", "user-agent": "mine"}
    request = {"url": "http://127.0.0.1:9/", "headers": headers, "body": b'{"hello":"world"}'}
    task = client.create_task(parent=queue, task={"http_request": request})
    assert task.name.startswith(f"{queue}/tasks/")
    assert task.name.rpartition("/")[2].isdigit()
    assert task.http_request.http_method == tasks_v2.HttpMethod.POST
    assert dict(task.http_request.headers) == {
        "X-Mixed-Case": "preserve-me",
        "content-type": "application/json",
        "User-Agent": "Google-Cloud-Tasks",
    }
    assert task.schedule_time == clock()
    assert task.create_time == clock().replace(microsecond=0)
    assert task.dispatch_deadline == timedelta(minutes=10)
    assert (task.dispatch_count, task.response_count) == (0, 0)


def test_only_the_full_view_shows_the_body(client, queue):
    task = client.create_task(parent=queue, task={"http_request": {"url": "http://127.0.0.1:9/", "body": b"here"}})
    assert task.http_request.body == b""
    basic, full = tasks_v2.Task.View.BASIC, tasks_v2.Task.View.FULL
    for view, body in ((basic, b""), (full, b"here")):
        (listed,) = client.list_tasks(request={"parent": queue, "response_view": view})
        got = client.get_task(request={"name": task.name, "response_view": view})
        assert (got.http_request.body, got.view) == (body, view)
        assert listed == got


def test_a_name_is_refused_while_its_task_exists_and_for_24_hours_more(client, clock, queue):
    name = f"{queue}/tasks/one"
    create = lambda: client.create_task(parent=queue, task=a_task(name=name))  # noqa: E731 (short)
    create()
    clock.forward(days=10)
    assert refusal(exceptions.AlreadyExists, create) == "Requested entity already exists"
    client.delete_task(name=name)
    clock.forward(hours=23.9)
    assert refusal(exceptions.AlreadyExists, create) == "Requested entity already exists"
    assert refusal(exceptions.NotFound, lambda: client.get_task(name=name)) == NO_TASK_ANY_MORE
    clock.forward(hours=0.2)
    assert refusal(exceptions.NotFound, lambda: client.get_task(name=name)) == NO_ENTITY
    create()


def test_the_time_that_a_name_is_refused_can_be_set():
    clock = Clock()
    limits = Limits(task_name_kept=timedelta(minutes=1))
    queue = f"{LOCATION}/queues/q"
    with serve(None, clock=clock, limits=limits, queues=[QueueSettings(queue)]) as server:
        client = client_at(server.address)
        client.pause_queue(name=queue)
        name = client.create_task(parent=queue, task=a_task(name=f"{queue}/tasks/one")).name
        client.delete_task(name=name)
        refusal(exceptions.AlreadyExists, lambda: client.create_task(parent=queue, task=a_task(name=name)))
        clock.forward(minutes=1)
        client.create_task(parent=queue, task=a_task(name=name))


def test_of_64_creates_of_one_name_at_once_one_succeeds(client, queue):
    def create(_):
        try:
            client.create_task(parent=queue, task=a_task(name=f"{queue}/tasks/one"))
        except exceptions.AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(64) as threads:
        assert sum(threads.map(create, range(64))) == 1
    assert len(list(client.list_tasks(parent=queue))) == 1


@pytest.mark.parametrize("task_id", ["not a valid id", "a.b", "a:b", "é", "a" * 501, "a\n", "a/b"])
def test_a_task_id_is_letters_digits_hyphens_and_underscores(client, queue, task_id):
    task = a_task(name=f"{queue}/tasks/{task_id}")
    text = refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=task))
    assert text.startswith(f'Task ID "{task_id}" {TASK_ID}')


def test_a_task_id_may_have_500_characters(client, queue):
    name = f"{queue}/tasks/{'aZ0-_' * 100}"
    assert client.create_task(parent=queue, task=a_task(name=name)).name == name


def test_a_task_name_must_contain_the_name_of_its_queue(client, queue):
    task = a_task(name=f"{queue}-other/tasks/one")
    text = refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=task))
    assert text == (
        f"The queue name from request ('{queue}') must be the same as the queue name in the named task "
        f"('{queue}-other')."
    )
    text = refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=a_task(name="one")))
    assert text.startswith("Task name must be formatted:")


URL = "http://127.0.0.1:9/"
WRONG_DEADLINE = "Task.dispatchDeadline must be between [15s, 30m]."
WRONG_SCHEME = "HttpTarget.url must start with 'http://' or 'https://'."


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ({}, "Task.httpRequest is required."),
        ({"http_request": {}}, "HttpRequest.url is required."),
        ({"http_request": {"url": "127.0.0.1"}}, WRONG_SCHEME),
        ({"http_request": {"url": "ftp://127.0.0.1"}}, WRONG_SCHEME),
        ({"http_request": {"url": URL + "a" * 2083}}, "HttpRequest.url must be at most 2083 characters."),
        (
            {"http_request": {"url": URL, "http_method": "GET", "body": b"x"}},
            "HttpRequest.body is allowed only with POST, PUT or PATCH.",
        ),
        ({"http_request": {"url": URL, "headers": {"a": "b" * 81920}}}, "HttpRequest.headers must be less than 80KB."),
        (
            {"http_request": {"url": URL, "oidc_token": {"audience": "a"}}},
            "OidcToken.serviceAccountEmail is required.",
        ),
        (a_task(dispatch_deadline=seconds(14.999)), WRONG_DEADLINE),
        (a_task(dispatch_deadline=seconds(1800.001)), WRONG_DEADLINE),
    ],
)
def test_a_task_that_cannot_be_dispatched_is_refused(client, queue, task, text):
    assert refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=task)) == text
    assert list(client.list_tasks(parent=queue)) == []


@pytest.mark.parametrize("deadline", [15, 1800])
def test_a_deadline_is_15_seconds_to_30_minutes(client, queue, deadline):
    task = client.create_task(parent=queue, task=a_task(dispatch_deadline=seconds(deadline)))
    assert task.dispatch_deadline == timedelta(seconds=deadline)


def test_a_stored_task_may_have_1_mib_minus_7_bytes(client, queue):
    def body(length):
        return {"name": f"{queue}/tasks/{length}", "http_request": {"url": URL, "body": b"x" * length}}

    size = 2**20
    stored = client.get_task(
        request={"name": client.create_task(parent=queue, task=body(size - 1000)).name, "response_view": "FULL"}
    )
    stored.view = tasks_v2.Task.View.VIEW_UNSPECIFIED
    # The size of the message depends on the number of digits in the name and in the length of the body.
    fits = size - 1000 + (size - 7 - len(tasks_v2.Task.serialize(stored)))
    assert client.create_task(parent=queue, task=body(fits))
    text = refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=body(fits + 1)))
    assert text == "Task size too large"


def test_a_task_is_scheduled_at_most_30_days_ahead(client, clock, queue):
    latest = clock() + timedelta(hours=720)
    assert client.create_task(parent=queue, task=a_task(schedule_time=latest)).schedule_time == latest
    task = a_task(schedule_time=latest + timedelta(seconds=1))
    text = refusal(exceptions.InvalidArgument, lambda: client.create_task(parent=queue, task=task))
    assert text.startswith("The Task.scheduleTime, ")
    assert text.endswith("is too far in the future. Schedule time must be no more than 720h in the future.")


def test_a_schedule_in_the_past_becomes_now(client, clock, queue):
    task = a_task(schedule_time=clock() - timedelta(days=1))
    assert client.create_task(parent=queue, task=task).schedule_time == clock()


def test_tasks_are_listed_in_pages(client, queue):
    names = {client.create_task(parent=queue, task=a_task()).name for _ in range(7)}
    pages = list(client.list_tasks(request={"parent": queue, "page_size": 3}).pages)
    assert [len(page.tasks) for page in pages] == [3, 3, 1]
    assert {task.name for page in pages for task in page.tasks} == names


def test_a_task_that_is_not_there_is_not_found(client, queue):
    name = f"{queue}/tasks/nowhere"
    for method in (client.get_task, client.delete_task):
        assert refusal(exceptions.NotFound, lambda method=method: method(name=name)) == NO_ENTITY


def test_a_task_is_deleted_once(client, queue):
    name = client.create_task(parent=queue, task=a_task()).name
    client.delete_task(name=name)
    assert refusal(exceptions.NotFound, lambda: client.delete_task(name=name)) == NO_ENTITY


# -- the rest ----------------------------------------------------------------------------------------------------------


def test_a_feature_that_is_missing_is_unimplemented(client, queue):
    app_engine = {"app_engine_http_request": {"relative_uri": "/"}}
    oauth = {"http_request": {"url": URL, "oauth_token": {"service_account_email": "a@b.example"}}}
    for call in (
        lambda: client.create_task(parent=queue, task=app_engine),
        lambda: client.create_task(parent=queue, task=oauth),
        lambda: client.create_queue(
            parent=LOCATION, queue={"name": f"{LOCATION}/queues/q", "http_target": {"http_method": "GET"}}
        ),
        lambda: client.run_task(name=f"{queue}/tasks/one"),
        lambda: client.get_iam_policy(request={"resource": queue}),
        lambda: client.get_cmek_config(name=f"{LOCATION}/cmekConfig"),
    ):
        refusal(exceptions.MethodNotImplemented, call)


def test_queues_can_be_declared_and_stay_paused_when_declared_again(tmp_path):
    settings = parse_queue(f"{LOCATION}/queues/q,max_attempts=5,min_backoff=0.5,max_dispatches_per_second=2.5")
    with serve(tmp_path / "state", queues=[settings]) as server:
        client_at(server.address).pause_queue(name=settings.name)
    again = QueueSettings(settings.name, max_attempts=6, max_doublings=2, max_concurrent_dispatches=3)
    with serve(tmp_path / "state", queues=[again]) as server:
        queue = client_at(server.address).get_queue(name=settings.name)
    assert queue.retry_config.max_attempts == 6
    assert queue.retry_config.max_doublings == 2
    assert queue.rate_limits.max_concurrent_dispatches == 3
    assert queue.rate_limits.max_dispatches_per_second == 500
    assert queue.state == tasks_v2.Queue.State.PAUSED


def test_wrong_settings_stop_the_start_and_free_the_state_file(tmp_path):
    with pytest.raises(Refused, match="cannot be negative"):
        serve(tmp_path / "state", queues=[QueueSettings(f"{LOCATION}/queues/q", max_concurrent_dispatches=-1)])
    serve(tmp_path / "state").close()


def test_two_servers_cannot_share_a_port_or_a_state_file(tmp_path):
    with serve(tmp_path / "state") as server:
        with pytest.raises(RuntimeError):
            serve(None, port=int(server.address.rpartition(":")[2]))
        other = sqlite3.connect(tmp_path / "state", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("SELECT * FROM tasks")
        other.close()


def test_a_task_is_dropped_after_31_days(tmp_path):
    clock = Clock()
    queue = f"{LOCATION}/queues/q"
    with receiving([500]) as receiver, serve(None, clock=clock, queues=[QueueSettings(queue)]) as server:
        client = client_at(server.address)
        task = client.create_task(
            parent=queue, task={"http_request": {"url": receiver.url}, "schedule_time": clock() + timedelta(days=30)}
        )
        client.pause_queue(name=queue)
        clock.forward(days=30.9)
        server.wake()
        client.get_task(name=task.name)
        clock.forward(days=0.2)
        server.wake()
        eventually(lambda: not list(client.list_tasks(parent=queue)))
        assert receiver.received == []
