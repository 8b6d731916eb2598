"""Stores queues, tasks and the names that may not be used again, in one SQLite file.

Every method is one transaction and may be called from any thread. Times are microseconds since 1970 (UTC). A task whose
attempt is under way when the process dies is due again at the next start.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.standins.cloud_tasks.messages import (
    SECOND,
    Attempt,
    AttemptMessage,
    Queue,
    QueueMessage,
    QueueState,
    Task,
    TaskMessage,
)
from shared.private_files import private_parent, private_sqlite

_VERSION = 1
_SCHEMA = """
CREATE TABLE queues (name TEXT PRIMARY KEY, message BLOB NOT NULL);
CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    message BLOB NOT NULL,                    -- the task as it was created
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    running INTEGER NOT NULL DEFAULT 0,       -- 1 while an attempt is under way
    dispatches INTEGER NOT NULL DEFAULT 0,
    responses INTEGER NOT NULL DEFAULT 0,
    executions INTEGER NOT NULL DEFAULT 0,    -- responses that were not 5xx
    previous_response INTEGER,
    first_dispatch INTEGER,
    last_attempt BLOB
);
CREATE INDEX due ON tasks (queue, running, due);
CREATE INDEX created ON tasks (created);
CREATE TABLE used_names (name TEXT PRIMARY KEY, until INTEGER NOT NULL);
CREATE INDEX until ON used_names (until);
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
_HOUR = 3600 * SECOND
_TASK = "message, due, dispatches, responses, executions, previous_response, first_dispatch, last_attempt"


class NameUsed(Exception):
    """A task has this name, or had it less than a day ago (`Limits.task_name_kept`)."""


@dataclass(frozen=True)
class Work:
    """A task with an attempt under way; `task.dispatch_count` and `task.last_attempt` already count that attempt.

    `executions` counts the earlier responses other than 5xx. `previous_response` is the status of the last one.
    """

    task: TaskMessage
    queue: str
    executions: int
    previous_response: int | None


@dataclass(frozen=True)
class Waiting:
    """A task that waits or whose attempt is `running`. `attempts` counts those that began; the times are microseconds.

    `answer` is the status of the last answer; None before the first. 503 and 504 also stand for no answer.
    """

    name: str
    url: str
    due: int
    attempts: int
    running: bool
    answer: int | None


@dataclass(frozen=True)
class Overview:
    """`waiting` holds the tasks that are due first, of `count`. `ended` is name and moment, the newest first.

    A task has ended when it was carried out, given up or deleted. `ended_count` is of the last hour.
    """

    count: int
    waiting: list[Waiting]
    ended_count: int
    ended: list[tuple[str, int]]


class State:
    """`path` None keeps the state in memory. The file is locked: a second process gets sqlite3.OperationalError."""

    def __init__(self, path: Path | None) -> None:
        if path:
            private_parent(path)
            private_sqlite(path)
        self._lock = threading.RLock()
        self._file = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._create_tables()
        self._file.execute("UPDATE tasks SET running = 0 WHERE running > 0")
        self._queues = {
            name: Queue.FromString(message)
            for name, message in self._file.execute("SELECT name, message FROM queues ORDER BY name")
        }

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def _create_tables(self) -> None:
        (version,) = self._file.execute("PRAGMA user_version").fetchone()
        if not version:
            self._file.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise ValueError(f"the state file is of version {version}; this program reads version {_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def _read(self, query: str, *parameters: Any) -> list[Any]:
        with self._lock:
            return self._file.execute(query, parameters).fetchall()

    # -- queues --------------------------------------------------------------------------------------------------------

    def queue(self, name: str) -> QueueMessage | None:
        """Returns a copy, which the caller may change and save."""
        with self._lock:
            found = self._queues.get(name)
            return Queue.FromString(found.SerializeToString()) if found else None

    def running_queues(self) -> list[QueueMessage]:
        """The queues that are not paused."""
        with self._lock:
            return [queue for queue in self._queues.values() if queue.state == QueueState.RUNNING]

    def save_queue(self, queue: QueueMessage) -> None:
        """Creates or replaces the queue."""
        with self._transaction() as file:
            file.execute("INSERT OR REPLACE INTO queues VALUES (?, ?)", (queue.name, queue.SerializeToString()))
            self._queues[queue.name] = queue

    def is_used(self, name: str, now: int) -> bool:
        """Whether a task of this name is gone, but so recently that the name may not be used again."""
        return bool(self._read("SELECT 1 FROM used_names WHERE name = ? AND until > ?", name, now))

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def add_task(self, task: TaskMessage, queue: str, now: int) -> None:
        """Raises NameUsed, and KeyError when there is no such queue."""
        with self._transaction() as file:
            if queue not in self._queues:
                raise KeyError(queue)
            if self.is_used(task.name, now):
                raise NameUsed(task.name)
            due = task.schedule_time.ToMicroseconds()
            row = (task.name, queue, task.SerializeToString(), now, due)
            try:
                file.execute("INSERT INTO tasks (name, queue, message, created, due) VALUES (?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError as error:
                raise NameUsed(task.name) from error

    def task(self, name: str) -> TaskMessage | None:
        found = self._read(f"SELECT {_TASK} FROM tasks WHERE name = ?", name)
        return _task(found[0]) if found else None

    def tasks(self, queue: str, after: str, limit: int) -> list[TaskMessage]:
        """At most `limit` tasks of the queue, ordered by name, starting after the name `after`."""
        query = f"SELECT {_TASK} FROM tasks WHERE queue = ? AND name > ? ORDER BY name LIMIT ?"
        return [_task(row) for row in self._read(query, queue, after, limit)]

    def overview(self, limit: int, now: int, name_kept: int) -> Overview:
        """What waits, and what ended in the hour before `now`. `name_kept` is for how long an ended task's name is."""
        query = (
            "SELECT name, message, due, dispatches, running, previous_response FROM tasks "
            "ORDER BY running DESC, due LIMIT ?"
        )
        hour_ago = now + name_kept - _HOUR
        with self._lock:
            ((count,),) = self._read("SELECT count(*) FROM tasks")
            ((ended_count,),) = self._read("SELECT count(*) FROM used_names WHERE until > ?", hour_ago)
            ended = self._read(
                "SELECT name, until FROM used_names WHERE until > ? ORDER BY until DESC LIMIT ?", hour_ago, limit
            )
            rows = self._read(query, limit)
        waiting = [
            Waiting(name, Task.FromString(message).http_request.url, due, attempts, bool(running), answer)
            for name, message, due, attempts, running, answer in rows
        ]
        return Overview(count, waiting, ended_count, [(name, until - name_kept) for name, until in ended])

    def remove_task(self, name: str, until: int) -> bool:
        """Nobody may use the name again before `until`. Returns False when the task was gone already."""
        with self._transaction() as file:
            return _remove_tasks(file, until, "name = ?", name) > 0

    def purge(self, queue: str, until: int) -> None:
        """Removes every task of the queue, as `remove_task` does."""
        with self._transaction() as file:
            _remove_tasks(file, until, "queue = ?", queue)

    def forget(self, *, now: int, created_before: int, task_names_until: int) -> None:
        """Removes the tasks created before `created_before`, and the used names whose time is over."""
        with self._transaction() as file:
            _remove_tasks(file, task_names_until, "created < ?", created_before)
            file.execute("DELETE FROM used_names WHERE until <= ?", (now,))

    # -- attempts ------------------------------------------------------------------------------------------------------

    def begin_due(self, queue: str, now: int, limit: int) -> list[Work]:
        """Begins an attempt of at most `limit` tasks, those that have been due longest first."""
        with self._transaction() as file:
            query = "SELECT name FROM tasks WHERE queue = ? AND running = 0 AND due <= ? ORDER BY due LIMIT ?"
            names = [name for (name,) in file.execute(query, (queue, now, limit)).fetchall()]
            return [_begin(file, name, now) for name in names]

    def next_due(self, queue: str) -> int | None:
        """When the next task without an attempt under way is due; None when there is no such task."""
        (due,) = self._read("SELECT min(due) FROM tasks WHERE queue = ? AND running = 0", queue)[0]
        return due if due is None else int(due)

    def put_back(self, name: str, *, due: int, attempt: AttemptMessage, response: int, answered: bool) -> None:
        """Makes the task due again at `due`, after a failed attempt. Does nothing when the task has been deleted.

        `response` is the HTTP status of the failed attempt: the next attempt sends it as
        X-CloudTasks-TaskPreviousResponse. Without an answer it is 503 or 504, and `answered` is False.
        """
        executed = response < 500  # An attempt without an answer has 503 or 504 here.
        with self._transaction() as file:
            file.execute(
                "UPDATE tasks SET running = 0, due = ?, responses = responses + ?, "
                "executions = executions + ?, previous_response = ?, last_attempt = ? WHERE name = ?",
                (due, answered, executed, response, attempt.SerializeToString(), name),
            )

    # -- facts ---------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> bytes | None:
        """A single value that is kept with the state: the signing key."""
        found = self._read("SELECT value FROM facts WHERE name = ?", name)
        return bytes(found[0][0]) if found else None

    def save_fact(self, name: str, value: bytes) -> None:
        with self._transaction() as file:
            file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _remove_tasks(file: sqlite3.Connection, until: int, condition: str, value: str | int) -> int:
    file.execute(f"INSERT OR REPLACE INTO used_names SELECT name, ? FROM tasks WHERE {condition}", (until, value))
    return file.execute(f"DELETE FROM tasks WHERE {condition}", (value,)).rowcount


def _begin(file: sqlite3.Connection, name: str, now: int) -> Work:
    query = f"SELECT {_TASK}, queue FROM tasks WHERE name = ?"
    *row, queue = file.execute(query, (name,)).fetchone()
    task = _task(row)
    attempt = Attempt(schedule_time=task.schedule_time)
    attempt.dispatch_time.FromMicroseconds(now)
    task.dispatch_count += 1
    task.last_attempt.CopyFrom(attempt)
    if not task.HasField("first_attempt"):
        task.first_attempt.dispatch_time.FromMicroseconds(now)
    file.execute(
        "UPDATE tasks SET running = 1, dispatches = dispatches + 1, last_attempt = ?, "
        "first_dispatch = coalesce(first_dispatch, ?) WHERE name = ?",
        (attempt.SerializeToString(), now, name),
    )
    return Work(task, queue, executions=row[4], previous_response=row[5])


def _task(row: Any) -> TaskMessage:
    message, due, dispatches, responses, _, _, first_dispatch, last_attempt = row
    task = Task.FromString(message)
    task.schedule_time.FromMicroseconds(due)
    task.dispatch_count = dispatches
    task.response_count = responses
    if first_dispatch is not None:
        task.first_attempt.dispatch_time.FromMicroseconds(first_dispatch)
    if last_attempt is not None:
        task.last_attempt.ParseFromString(last_attempt)
    return task
