"""The gRPC methods of google.cloud.tasks.v2.CloudTasks. gRPC answers every other method with UNIMPLEMENTED."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import grpc
from google.cloud import tasks_v2
from google.protobuf.empty_pb2 import Empty

from infra.standins.cloud_tasks.dispatch import Dispatcher
from infra.standins.cloud_tasks.messages import (
    ListTasksResponse,
    QueueMessage,
    QueueState,
    Request,
    TaskMessage,
    View,
    micros,
)
from infra.standins.cloud_tasks.rules import (
    Limits,
    Refused,
    check_location,
    check_queue_name,
    check_task_name,
    complete_queue,
    invalid,
    new_task,
)
from infra.standins.cloud_tasks.state import NameUsed, State

_METHODS = (
    "CreateQueue",
    "GetQueue",
    "PauseQueue",
    "ResumeQueue",
    "PurgeQueue",
    "CreateTask",
    "GetTask",
    "ListTasks",
    "DeleteTask",
)
_NO_QUEUE = Refused(
    grpc.StatusCode.NOT_FOUND,
    "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.",
)
_NO_ENTITY = Refused(grpc.StatusCode.NOT_FOUND, "Requested entity was not found.")
_NO_TASK_ANY_MORE = Refused(
    grpc.StatusCode.NOT_FOUND,
    "The task no longer exists, though a task with this name existed recently. The task either successfully "
    "completed or was deleted.",
)


class Service:
    """Each method is named after a gRPC method, takes and returns protobuf messages, and raises Refused."""

    def __init__(self, state: State, dispatcher: Dispatcher, clock: Callable[[], datetime], limits: Limits) -> None:
        self._state = state
        self._dispatcher = dispatcher
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()

    def handler(self) -> Any:
        """For `grpc.Server.add_generic_rpc_handlers`."""
        methods = {name: self._method(name) for name in _METHODS}
        return grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", methods)

    def _method(self, name: str) -> Any:
        method = getattr(self, _snake(name))

        def answer(request: Request, context: grpc.ServicerContext) -> Any:
            # One call at a time, so that nothing changes between what a method reads and what it writes.
            with self._lock:
                try:
                    return method(request)
                except Refused as refused:
                    context.abort(refused.code, refused.text)

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=getattr(tasks_v2, f"{name}Request").pb().FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )

    def _now(self) -> int:
        return micros(self._clock())

    def _task_name_until(self) -> int:
        return self._now() + micros(self._limits.task_name_kept)

    # -- queues --------------------------------------------------------------------------------------------------------

    def create_queue(self, request: Request) -> QueueMessage:
        """Raises Refused: ALREADY_EXISTS, or INVALID_ARGUMENT for a wrong name or setting."""
        check_location(request.parent)
        queue = request.queue
        check_queue_name(queue.name)
        if not queue.name.startswith(f"{request.parent}/queues/"):
            raise invalid(f"{queue.name} must begin with {request.parent}.")
        if self._state.queue(queue.name):
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, "Queue already exists")
        return self.declare(queue)

    def declare(self, queue: QueueMessage) -> QueueMessage:
        """Creates or updates the queue. A queue that exists stays paused, and keeps the time of its last purge.

        Raises Refused for settings out of range.
        """
        before = self._state.queue(queue.name)
        queue.ClearField("state")
        queue.ClearField("purge_time")
        if before:
            queue.state = before.state
            if before.HasField("purge_time"):
                queue.purge_time.CopyFrom(before.purge_time)
        complete_queue(queue)
        return self._save(queue)

    def get_queue(self, request: Request) -> QueueMessage:
        """Raises Refused (NOT_FOUND)."""
        return self._queue(request.name)

    def pause_queue(self, request: Request) -> QueueMessage:
        """Tasks can still be added; none is sent until `resume_queue`."""
        return self._set_state(request.name, QueueState.PAUSED)

    def resume_queue(self, request: Request) -> QueueMessage:
        """Tasks that have become due meanwhile are sent at once."""
        return self._set_state(request.name, QueueState.RUNNING)

    def purge_queue(self, request: Request) -> QueueMessage:
        """Removes all tasks of the queue. Their names stay refused for 24 hours."""
        queue = self._queue(request.name)
        queue.purge_time.FromMicroseconds(self._now())
        self._state.purge(queue.name, self._task_name_until())
        return self._save(queue)

    def _queue(self, name: str) -> QueueMessage:
        check_queue_name(name)
        queue = self._state.queue(name)
        if queue is None:
            raise _NO_QUEUE
        return queue

    def _set_state(self, name: str, state: int) -> QueueMessage:
        queue = self._queue(name)
        queue.state = state
        return self._save(queue)

    def _save(self, queue: QueueMessage) -> QueueMessage:
        self._state.save_queue(queue)
        self._dispatcher.wake()
        return queue

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def create_task(self, request: Request) -> TaskMessage:
        """Raises Refused: ALREADY_EXISTS while the name is refused, NOT_FOUND without the queue."""
        now = self._now()
        # The real service also generates ids of digits only.
        task = new_task(request, now, self._limits, random_id=str(uuid.uuid4().int)[:20])
        try:
            self._state.add_task(task, request.parent, now)
        except NameUsed as error:
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, "Requested entity already exists") from error
        except KeyError as error:
            raise _NO_QUEUE from error
        self._dispatcher.wake()
        return _viewed(task, request.response_view)

    def get_task(self, request: Request) -> TaskMessage:
        """Raises Refused (NOT_FOUND), with another text when a task had this name recently."""
        check_task_name(request.name)
        task = self._state.task(request.name)
        if task is None:
            raise _NO_TASK_ANY_MORE if self._state.is_used(request.name, self._now()) else _NO_ENTITY
        return _viewed(task, request.response_view)

    def list_tasks(self, request: Request) -> Any:
        """A page of tasks, ordered by name, at most 1000."""
        queue = self._queue(request.parent)
        size = _page_size(request, 1000)
        found = self._state.tasks(queue.name, request.page_token, size + 1)
        viewed = [_viewed(task, request.response_view) for task in found[:size]]
        return ListTasksResponse(tasks=viewed, next_page_token=_next_page(found, size))

    def delete_task(self, request: Request) -> Empty:
        """Raises Refused (NOT_FOUND). An attempt that is under way is not stopped, but not repeated either."""
        check_task_name(request.name)
        if not self._state.remove_task(request.name, self._task_name_until()):
            raise _NO_ENTITY
        return Empty()


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _viewed(task: TaskMessage, view: int) -> TaskMessage:
    task.view = View.FULL if view == View.FULL else View.BASIC
    if task.view == View.BASIC:
        task.http_request.ClearField("body")
    return task


def _page_size(request: Request, most: int) -> int:
    if request.page_size < 0:
        raise invalid("The page size cannot be negative.")  # our text
    return min(request.page_size or most, most)


def _next_page(found: list[Any], size: int) -> str:
    """Pages are ordered by name, so the last name on a page is the token of the next page; empty on the last page."""
    return str(found[size - 1].name) if len(found) > size else ""
