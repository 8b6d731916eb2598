"""Cloud Tasks on the clock of a world: the rules of `infra/standins/cloud_tasks` that faults depend on, and faults."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.errors import LinkError, StoreUnavailable
from shared.flows.run_task import Task
from shared.work.kinds import kind_in
from tests.world.clock import TestClock
from tests.world.own_secrets import running_as

MAX_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds


@dataclass(frozen=True)
class Waiting:
    """A task in the queue, due at `at` (UTC), with its header. `attempts` counts those that failed."""

    name: str
    body: dict[str, Any]
    at: datetime
    traceparent: str = ""
    attempts: int = 0


class Dispatcher:
    """Takes the place of `shared/tasks/queue.py` and runs a task when the test asks for it.

    `run` runs a task; a task for which it raises LinkError is tried again later. A name can be used once in a world.
    Faults: `is_down` refuses new tasks; `shuffled` takes any due task instead of the first; `doubled` is the chance
    that a task stays in the queue when it is dispatched. `broken` collects unexpected errors when it is a list, and
    without it they are raised. `gone` has the names of tasks that the queue gave up, `made` all tasks so far.
    """

    def __init__(self, clock: TestClock, run: Callable[[Task], None], seed: int = 0) -> None:
        self.clock, self.run, self.random = clock, run, random.Random(seed)
        self.base: Callable[[], str] = str  # gives the URL under which the functions are served
        self.names: set[str] = set()
        self.made: list[Waiting] = []
        self.waiting: dict[str, Waiting] = {}
        # A heap of the waiting tasks, and of older ones that `_first` skips, so that 10,000 tasks stay fast.
        self._in_order: list[tuple[datetime, int, Waiting]] = []
        self._entries = itertools.count()
        self.gone: list[str] = []
        self.is_down = False
        self.shuffled = False
        self.doubled = 0.0
        self.broken: list[Exception] | None = None  # To Cloud Tasks an unexpected error is a 500: it tries again.
        self._lock = threading.Lock()

    def enqueue(
        self,
        function: str,
        body: dict[str, Any],
        *,
        name: str,
        at: datetime | None = None,
        queue: str = "default",
        traceparent: str = "",
    ) -> None:
        if self.is_down:
            raise StoreUnavailable("the queue is down")
        with self._lock:
            if name not in self.names:
                self.names.add(name)
                self.made.append(Waiting(name, body, at or self.clock(), traceparent))
                self._wait(self.made[-1])

    def target_url(self, function: str) -> str:
        return f"{self.base()}/functions/{function}"

    def _wait(self, task: Waiting) -> None:
        self.waiting[task.name] = task
        heapq.heappush(self._in_order, (task.at, next(self._entries), task))

    def _first(self) -> Waiting | None:
        while self._in_order:
            task = self._in_order[0][-1]
            if self.waiting.get(task.name) is task:
                return task
            heapq.heappop(self._in_order)
        return None

    def next_time(self) -> datetime | None:
        """When the next task is due (UTC); None when none waits."""
        with self._lock:
            task = self._first()
            return task.at if task else None

    def run_due(self) -> bool:
        """Runs one task that is due. Returns False when none is."""
        with self._lock:
            task, now = self._first(), self.clock()
            if task is None or task.at > now:
                return False
            if self.shuffled:
                task = self.random.choice([task for task in self.waiting.values() if task.at <= now])
            if self.random.random() >= self.doubled:
                del self.waiting[task.name]
        try:
            with running_as(kind_in(task.body["collection"]).function):
                self.run(Task.model_validate(task.body))
        except LinkError:
            self._again(task)
        except BaseException as error:
            if self.broken is not None and isinstance(error, Exception):
                self.broken.append(error)
                self._again(task)
                return True
            with self._lock:
                if task.name not in self.waiting:
                    self._wait(task)  # The instance was killed, so Cloud Tasks gets no answer and dispatches it again.
            raise
        return True

    def _again(self, task: Waiting) -> None:
        with self._lock:
            if task.attempts + 1 >= MAX_ATTEMPTS:
                self.waiting.pop(task.name, None)
                self.gone.append(task.name)
                return
            pause = min(FIRST_PAUSE * 2**task.attempts, LONGEST_PAUSE)
            at = self.clock() + timedelta(seconds=pause)
            self._wait(replace(task, at=at, attempts=task.attempts + 1))

    def lose_all(self) -> None:
        """Drops all tasks, as when the queue gave up on them."""
        with self._lock:
            self.gone += self.waiting
            self.waiting.clear()
