"""The Google client that `queue.py` loads at its first task: this import takes a third of a second."""

from __future__ import annotations

from typing import Any

import grpc
from google.api_core import exceptions, retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.tasks_v2 import CloudTasksClient, Task
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from shared.errors import StoreUnavailable

# A caller waits for us: after this many seconds, repeats included, the answer is that the queue is unavailable.
# The library gives a repeat what is left of it only while that is over a second, hence the short time for repeats.
_DEADLINE = 1.6
# An idle instance loses its connection, and the first call over it shows that. The name makes it safe to call again.
_AGAIN = retry.Retry(
    predicate=retry.if_exception_type(exceptions.ServiceUnavailable), initial=0.05, maximum=0.2, timeout=0.5
)
# Of itself gRPC waits up to two minutes before it looks whether a server that was away is back.
_RECONNECT = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]


class Client:
    """At Google with the application's own credentials, or without any at the local server at `endpoint`."""

    def __init__(self, endpoint: str | None) -> None:
        """Raises StoreUnavailable when there are no credentials to be had."""
        try:
            transport = _local_transport(endpoint) if endpoint else CloudTasksGrpcTransport(channel=_google_channel)
        except GoogleAuthError as error:
            raise StoreUnavailable("there are no credentials for Cloud Tasks") from error
        self._client = CloudTasksClient(transport=transport)

    def create(self, task: dict[str, Any]) -> None:
        """A task whose name is known already is fine. Raises StoreUnavailable and ValueError, as `Queue.enqueue`."""
        parent = task["name"].partition("/tasks/")[0]
        try:
            self._client.create_task(parent=parent, task=Task(task), retry=_AGAIN, timeout=_DEADLINE)
        except exceptions.AlreadyExists:
            return
        except exceptions.InvalidArgument as error:
            raise ValueError(f"Cloud Tasks refuses the task: {error.message}") from error
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            # Also "no such queue" and "no permission": both come and go while Google settles a change.
            raise StoreUnavailable("Cloud Tasks did not take the task") from error


def _local_transport(endpoint: str) -> CloudTasksGrpcTransport:
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return CloudTasksGrpcTransport(host=endpoint, credentials=credentials, channel=_insecure_channel)


def _insecure_channel(host: str, **_: Any) -> grpc.Channel:
    return grpc.insecure_channel(host, options=_RECONNECT)


def _google_channel(host: str, *, options: list[tuple[str, Any]], **settings: Any) -> grpc.Channel:
    return CloudTasksGrpcTransport.create_channel(host, options=[*options, *_RECONNECT], **settings)
