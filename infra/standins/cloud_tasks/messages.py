"""The wire messages of google-cloud-tasks as plain protobuf, because its proto-plus wrappers are far slower per field.

Times are whole microseconds since 1970 (UTC), the precision that Cloud Tasks keeps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from google.cloud import tasks_v2

# protobuf makes these classes at run time, so a type checker cannot know their fields.
TaskMessage: TypeAlias = Any
QueueMessage: TypeAlias = Any
AttemptMessage: TypeAlias = Any
RetryConfigMessage: TypeAlias = Any
Request: TypeAlias = Any

Task = tasks_v2.Task.pb()
Queue = tasks_v2.Queue.pb()
Attempt = tasks_v2.Attempt.pb()
ListTasksResponse = tasks_v2.ListTasksResponse.pb()
HttpMethod = tasks_v2.HttpMethod
View = tasks_v2.Task.View
QueueState = tasks_v2.Queue.State

SECOND = 1_000_000


def micros(value: datetime | timedelta) -> int:
    """A moment as microseconds since 1970 (UTC), or a duration in microseconds."""
    if isinstance(value, datetime):
        return round(value.timestamp() * SECOND)
    return round(value.total_seconds() * SECOND)
