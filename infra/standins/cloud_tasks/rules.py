"""Checks and completes requests, and computes when a failed task is tried again. No I/O.

The rules come from the docstrings in google.cloud.tasks_v2.types and from https://cloud.google.com/tasks/docs/quotas.
Error texts and the size limit were recorded by others from the real service; a text marked "our text" was not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import grpc

from infra.standins.cloud_tasks.messages import (
    SECOND,
    HttpMethod,
    Queue,
    QueueMessage,
    QueueState,
    Request,
    RetryConfigMessage,
    Task,
    TaskMessage,
    micros,
)

USER_AGENT = "Google-Cloud-Tasks"
WITH_BODY = (HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH)

_LOCATION = r"projects/[A-Za-z0-9.:-]+/locations/[A-Za-z0-9-]+"
_location = re.compile(_LOCATION)
_queue = re.compile(rf"{_LOCATION}/queues/[A-Za-z0-9-]{{1,100}}")
_task_id = re.compile(r"[A-Za-z0-9_-]{1,500}")


class Refused(Exception):
    """The service refuses the request; `code` is the gRPC status that it answers."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Limits:
    """The limits of the real service. A test may make them smaller."""

    task_name_kept: timedelta = timedelta(hours=24)
    task_kept: timedelta = timedelta(days=31)
    furthest_schedule: timedelta = timedelta(hours=720)
    shortest_deadline: timedelta = timedelta(seconds=15)
    longest_deadline: timedelta = timedelta(minutes=30)
    # Size of the stored task in protobuf: the largest that the real service was seen to accept.
    task_bytes: int = 2**20 - 7
    header_bytes: int = 80 * 1024
    url_characters: int = 2083


@dataclass(frozen=True)
class QueueSettings:
    """A queue that exists from the start. `name` is the full name; durations are in seconds.

    None means the default of the real service, as for a field that is left out in CreateQueue.
    """

    name: str
    max_dispatches_per_second: float | None = None
    max_concurrent_dispatches: int | None = None
    max_attempts: int | None = None
    max_retry_duration: float | None = None
    min_backoff: float | None = None
    max_backoff: float | None = None
    max_doublings: int | None = None

    def message(self) -> QueueMessage:
        """The queue as a CreateQueue request would hold it."""
        queue = Queue(name=self.name)
        for field in ("max_dispatches_per_second", "max_concurrent_dispatches"):
            if (value := getattr(self, field)) is not None:
                setattr(queue.rate_limits, field, value)
        for field in ("max_attempts", "max_doublings"):
            if (value := getattr(self, field)) is not None:
                setattr(queue.retry_config, field, value)
        for field in ("max_retry_duration", "min_backoff", "max_backoff"):
            if (value := getattr(self, field)) is not None:
                getattr(queue.retry_config, field).FromMicroseconds(round(value * SECOND))
        return queue


def invalid(text: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, text)


def unimplemented(what: str) -> Refused:
    return Refused(grpc.StatusCode.UNIMPLEMENTED, f"This local server does not do {what}.")


# -- names -------------------------------------------------------------------------------------------------------------


def check_location(name: str) -> None:
    """Raises Refused (INVALID_ARGUMENT)."""
    if not _location.fullmatch(name):
        raise invalid('Location name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>".')


def check_queue_name(name: str) -> None:
    """Raises Refused (INVALID_ARGUMENT)."""
    if not _queue.fullmatch(name):
        raise invalid(
            'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".'
        )


def check_task_name(name: str) -> str:
    """Returns the name of its queue."""
    queue, found, task_id = name.partition("/tasks/")
    if not found or not _queue.fullmatch(queue):
        raise invalid(
            "Task name must be formatted: "
            '"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"'
        )
    if not _task_id.fullmatch(task_id):
        raise invalid(
            f'Task ID "{task_id}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores '
            "(_). Task ID must between 1 and 500 characters."
        )
    return queue


# -- queues ------------------------------------------------------------------------------------------------------------


def complete_queue(queue: QueueMessage) -> None:
    """Fills in the defaults of the real service. Raises Refused for settings out of range."""
    if queue.HasField("http_target") or queue.HasField("app_engine_routing_override"):
        raise unimplemented("targets of a queue")
    limits = queue.rate_limits
    _check_range("RateLimits.maxDispatchesPerSecond", limits.max_dispatches_per_second, 500)
    _check_range("RateLimits.maxConcurrentDispatches", limits.max_concurrent_dispatches, 5000)
    limits.max_dispatches_per_second = limits.max_dispatches_per_second or 500
    limits.max_concurrent_dispatches = limits.max_concurrent_dispatches or 1000
    # Output only. The real service shows 10 for rates up to 10 a second, and 100 for rates of 100 a second or more.
    limits.max_burst_size = min(100, max(10, ceil(limits.max_dispatches_per_second)))
    complete_retry_config(queue.retry_config)
    queue.state = queue.state or QueueState.RUNNING


def complete_retry_config(config: RetryConfigMessage) -> None:
    """As `complete_queue`, for the retry settings of a queue or a task."""
    if config.max_attempts < -1:
        raise invalid("RetryConfig.maxAttempts must be greater or equal to -1.")
    if config.max_doublings < 0:
        raise invalid("RetryConfig.maxDoublings cannot be negative.")
    for field, name in (
        ("max_retry_duration", "maxRetryDuration"),
        ("min_backoff", "minBackoff"),
        ("max_backoff", "maxBackoff"),
    ):
        if getattr(config, field).ToMicroseconds() < 0:
            raise invalid(f"RetryConfig.{name} cannot be negative.")
    config.max_attempts = config.max_attempts or 100
    config.max_doublings = config.max_doublings or 16
    if not config.HasField("min_backoff"):
        config.min_backoff.FromMicroseconds(SECOND // 10)
    if not config.HasField("max_backoff"):
        config.max_backoff.FromSeconds(3600)
    if config.min_backoff.ToMicroseconds() > config.max_backoff.ToMicroseconds():
        raise invalid("RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.")
    # The documentation says that the backoffs are cut to seconds too, but then the default of 0.1 s could not exist.
    config.max_retry_duration.FromSeconds(config.max_retry_duration.seconds)


def _check_range(name: str, value: float, most: int) -> None:
    if value < 0:
        raise invalid(f"{name} cannot be negative.")
    if value > most:
        raise invalid(f"{name} must be less than or equal to {most}.")


# -- tasks -------------------------------------------------------------------------------------------------------------


def new_task(request: Request, now: int, limits: Limits, random_id: str) -> TaskMessage:
    """The task as it is stored: without output-only fields, with defaults. Raises Refused for an invalid request."""
    check_queue_name(request.parent)
    wanted = request.task
    if wanted.name and (queue := check_task_name(wanted.name)) != request.parent:
        raise invalid(
            f"The queue name from request ('{request.parent}') must be the same as the queue name in the named task "
            f"('{queue}')."
        )
    task = Task(name=wanted.name or f"{request.parent}/tasks/{random_id}")
    task.http_request.CopyFrom(_checked_http_request(wanted, limits))
    task.create_time.FromSeconds(now // SECOND)
    task.schedule_time.FromMicroseconds(max(now, _checked_schedule(wanted, now, limits)))
    task.dispatch_deadline.FromMilliseconds(_checked_deadline(wanted, limits) // 1000)
    if wanted.HasField("retry_config"):
        task.retry_config.CopyFrom(wanted.retry_config)
        complete_retry_config(task.retry_config)
    if task.ByteSize() > limits.task_bytes:
        raise invalid("Task size too large")
    return task


def _checked_http_request(task: TaskMessage, limits: Limits) -> Request:
    if task.HasField("app_engine_http_request"):
        raise unimplemented("App Engine tasks")
    if not task.HasField("http_request"):
        raise invalid("Task.httpRequest is required.")  # our text
    request = type(task.http_request)()
    request.CopyFrom(task.http_request)
    if not request.url:
        raise invalid("HttpRequest.url is required.")
    if not request.url.startswith(("http://", "https://")):
        raise invalid("HttpTarget.url must start with 'http://' or 'https://'.")
    if len(request.url) > limits.url_characters:
        raise invalid(f"HttpRequest.url must be at most {limits.url_characters} characters.")  # our text
    if request.HasField("oauth_token"):
        raise unimplemented("OAuth tokens")
    if request.HasField("oidc_token") and not request.oidc_token.service_account_email:
        raise invalid("OidcToken.serviceAccountEmail is required.")  # our text
    request.http_method = request.http_method or HttpMethod.POST
    if request.body and request.http_method not in WITH_BODY:
        raise invalid("HttpRequest.body is allowed only with POST, PUT or PATCH.")  # our text
    if sum(len(name) + len(value) for name, value in request.headers.items()) > limits.header_bytes:
        raise invalid("HttpRequest.headers must be less than 80KB.")  # our text
    for name in [name for name in request.headers if name.lower() == "user-agent"]:
        del request.headers[name]
    request.headers["User-Agent"] = USER_AGENT
    return request


def _checked_schedule(task: TaskMessage, now: int, limits: Limits) -> int:
    if not task.HasField("schedule_time"):
        return now
    at: int = task.schedule_time.ToMicroseconds()
    if at > now + micros(limits.furthest_schedule):
        # The real service writes the moment in its own time zone.
        shown = datetime.fromtimestamp(at // SECOND, UTC).astimezone(ZoneInfo("America/Los_Angeles")).isoformat()
        hours = round(limits.furthest_schedule / timedelta(hours=1))
        raise invalid(
            f"The Task.scheduleTime, {shown}, is too far in the future. Schedule time must be no more than {hours}h "
            "in the future."
        )
    return at


def _checked_deadline(task: TaskMessage, limits: Limits) -> int:
    if not task.HasField("dispatch_deadline"):
        return 600 * SECOND
    deadline: int = task.dispatch_deadline.ToMicroseconds()
    if not micros(limits.shortest_deadline) <= deadline <= micros(limits.longest_deadline):
        raise invalid("Task.dispatchDeadline must be between [15s, 30m].")
    return deadline


# -- after a failed attempt --------------------------------------------------------------------------------------------


def backoff(config: RetryConfigMessage, attempts: int) -> int:
    """Microseconds between the failure of attempt number `attempts` (from 1) and the next attempt.

    With minimum 10 s, maximum 300 s and 3 doublings: 10, 20, 40, 80, 160, 240, 300, 300, … s.
    """
    retry = attempts - 1
    # 62 doublings of one microsecond already exceed every maximum.
    doublings = min(retry, config.max_doublings, 62)
    linear = max(1, retry - config.max_doublings + 1)
    interval: int = config.min_backoff.ToMicroseconds() * 2**doublings * linear
    longest: int = config.max_backoff.ToMicroseconds()
    return min(interval, longest)


def is_exhausted(config: RetryConfigMessage, attempts: int, first_attempt: int, now: int) -> bool:
    """Whether the task is given up: every limit that is set is reached.

    `attempts` -1 and a duration of 0 mean "not set". The duration counts from the first attempt; times in microseconds.
    """
    duration: int = config.max_retry_duration.ToMicroseconds()
    most: int = config.max_attempts
    if most == -1 and not duration:
        return False
    return (most == -1 or attempts >= most) and now - first_attempt >= duration
