"""Google's client for Cloud Tasks. Its import takes a third of a second, so `queue.py` does it at the first task."""

from __future__ import annotations

from typing import Any

import grpc
from google.api_core import exceptions, retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.tasks_v2 import CloudTasksClient, Task
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from shared.errors import StoreUnavailable
from shared.tasks.queue import NewTask

_DEADLINE = 1.6
"""Seconds for a call and its retries together, because a caller waits for us.

The library shortens the timeout of a retry only while more than a second is left, hence the short time for retries.
"""

# An idle instance loses its connection and notices that at its next call. A retry is safe: the task has a name.
_RETRY = retry.Retry(
    predicate=retry.if_exception_type(exceptions.ServiceUnavailable), initial=0.05, maximum=0.2, timeout=0.5
)
# By default gRPC waits up to two minutes before it connects again to a server that was down.
_RECONNECT = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]


class Client:
    """Connects to Google with the application's own credentials, or to the local server at `endpoint` without any."""

    def __init__(self, endpoint: str | None) -> None:
        """`endpoint` is host and port; None means Google. Raises StoreUnavailable when there are no credentials."""
        try:
            transport = _local_transport(endpoint) if endpoint else CloudTasksGrpcTransport(channel=_google_channel)
        except GoogleAuthError as error:
            raise StoreUnavailable("there are no credentials for Cloud Tasks") from error
        self._client = CloudTasksClient(transport=transport)

    def create(self, task: NewTask) -> None:
        """Does nothing when the name is taken. Raises StoreUnavailable and ValueError like `Queue.enqueue`."""
        parent = task.name.partition("/tasks/")[0]
        try:
            self._client.create_task(parent=parent, task=_message(task), retry=_RETRY, timeout=_DEADLINE)
        except exceptions.AlreadyExists:
            return
        except exceptions.InvalidArgument as error:
            raise ValueError(f"Cloud Tasks refuses the task: {error.message}") from error
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            # Includes "no such queue" and "no permission": after a change Google answers those for a while.
            raise StoreUnavailable("Cloud Tasks did not take the task") from error


def _message(task: NewTask) -> Task:
    request: dict[str, object] = {
        "url": task.url,
        "headers": {"Content-Type": "application/json", **_trace(task)},
        "body": task.body,
    }
    if task.service_account:
        request["oidc_token"] = {"service_account_email": task.service_account, "audience": task.url}
    message: dict[str, object] = {"name": task.name, "http_request": request}
    if task.at is not None:
        message["schedule_time"] = task.at
    return Task(message)


def _trace(task: NewTask) -> dict[str, str]:
    """Cloud Tasks sends a header on as it is, except Host, User-Agent, X-Google-* and X-AppEngine-*."""
    return {"traceparent": task.traceparent} if task.traceparent else {}


def _local_transport(endpoint: str) -> CloudTasksGrpcTransport:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # (google-auth has no types here)
    return CloudTasksGrpcTransport(host=endpoint, credentials=credentials, channel=_insecure_channel)


def _insecure_channel(host: str, **_: Any) -> grpc.Channel:
    return grpc.insecure_channel(host, options=_RECONNECT)


def _google_channel(host: str, *, options: list[tuple[str, Any]], **settings: Any) -> grpc.Channel:
    return CloudTasksGrpcTransport.create_channel(host, options=[*options, *_RECONNECT], **settings)
