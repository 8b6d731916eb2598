"""Sends the tasks that are due, as fast as their queues allow, and stores the result of each attempt.

One thread runs one event loop. It sleeps until a task is due, the rate limit allows one more, an answer comes, or
`wake` is called. Times are microseconds since 1970 (UTC).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import ceil, inf

from infra.standins.cloud_tasks.messages import (
    SECOND,
    HttpMethod,
    QueueMessage,
    RetryConfigMessage,
    TaskMessage,
    micros,
)
from infra.standins.cloud_tasks.rules import WITH_BODY, Limits, backoff, is_exhausted
from infra.standins.cloud_tasks.send import Answer, NoAnswer, send
from infra.standins.cloud_tasks.state import State, Work
from infra.standins.cloud_tasks.tokens import Tokens

log = logging.getLogger(__name__)

# A clock that jumped, or a laptop that slept, is noticed within this time.
_LONGEST_SLEEP = 60.0  # seconds
# A test may hold the clock still just before a task is due: without this pause the loop would spin.
_SHORTEST_SLEEP = 0.001  # seconds
_NEVER = 2**63
_BATCH = 100
_NOT_FORWARDED = ("host", "content-length", "connection", "transfer-encoding")
_NOT_FORWARDED_PREFIXES = ("x-google-", "x-appengine-", "x-cloudtasks-")
_DEFAULTS = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate, br"))

# google.rpc.Code of an HTTP status, as google/rpc/code.proto maps them.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4}


@dataclass
class _Lane:
    """The state of one queue's limits: its token bucket, which starts full, and the number of attempts under way."""

    tokens: float = inf
    filled: int = 0
    under_way: int = 0

    def fill(self, queue: QueueMessage, now: int) -> None:
        gained = max(0, now - self.filled) / SECOND * queue.rate_limits.max_dispatches_per_second
        self.tokens = min(queue.rate_limits.max_burst_size, self.tokens + gained)
        self.filled = now


@dataclass(frozen=True)
class _Outcome:
    """The HTTP status of an attempt. `answered` is False when no answer came; `status` is then 503 or 504."""

    status: int
    answered: bool = True
    retry_after: timedelta = timedelta()


class Dispatcher:
    def __init__(self, state: State, tokens: Tokens, clock: Callable[[], datetime], limits: Limits) -> None:
        self._state = state
        self._tokens = tokens
        self._clock = clock
        self._limits = limits
        self._lanes: defaultdict[str, _Lane] = defaultdict(_Lane)
        self._attempts: set[asyncio.Task[None]] = set()
        self._forgotten_at = 0
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Call this after a task was added, a queue changed or an injected clock moved. Any thread may call it."""
        self._call(self._wake.set)

    def run_due(self) -> int | None:
        """Sends what is due and waits for the answers. Returns when the next task is due (microseconds), or None."""
        return asyncio.run_coroutine_threadsafe(self._run_due(), self._loop).result()

    def close(self) -> None:
        """Drops the attempts under way; they are made again when the state is opened again."""
        self._closing = True
        self.wake()
        self._thread.join()
        self._loop.close()

    def _call(self, action: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # The loop is closed, so there is nothing left to wake.
            self._loop.call_soon_threadsafe(action)

    def _now(self) -> int:
        return micros(self._clock())

    # -- when to send --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            pause = (self._look() - self._now()) / SECOND
            if pause > 0:
                pause = min(max(pause, _SHORTEST_SLEEP), _LONGEST_SLEEP)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)

    async def _run_due(self) -> int | None:
        while (moment := self._look()) <= self._now() or self._attempts:
            await asyncio.sleep(0)
            if self._attempts:
                await asyncio.wait(self._attempts, return_when=asyncio.FIRST_COMPLETED)
        return None if moment == _NEVER else moment

    def _look(self) -> int:
        """Begins the attempts that may begin now. Returns when to look again, unless an answer comes earlier."""
        now = self._now()
        if not 0 <= now - self._forgotten_at < _LONGEST_SLEEP * SECOND:
            self._forget(now)
        return min([self._look_at(queue, now) for queue in self._state.running_queues()], default=_NEVER)

    def _look_at(self, queue: QueueMessage, now: int) -> int:
        lane = self._lanes[queue.name]
        lane.fill(queue, now)
        free = queue.rate_limits.max_concurrent_dispatches - lane.under_way
        works = []
        if free > 0 and lane.tokens >= 1:
            works = self._state.begin_due(queue.name, now, min(free, int(lane.tokens), _BATCH))
            lane.tokens -= len(works)
            for work in works:
                self._spawn(work)
        if len(works) == free or free <= 0:
            return _NEVER  # The next answer wakes the loop.
        due = self._state.next_due(queue.name)
        if due is None:
            return _NEVER
        if lane.tokens < 1:
            due = max(due, now + ceil((1 - lane.tokens) / queue.rate_limits.max_dispatches_per_second * SECOND))
        return due

    def _forget(self, now: int) -> None:
        self._forgotten_at = now
        created_before = now - micros(self._limits.task_kept)
        until = now + micros(self._limits.task_name_kept)
        self._state.forget(now=now, created_before=created_before, task_names_until=until)

    # -- an attempt ----------------------------------------------------------------------------------------------------

    def _spawn(self, work: Work) -> None:
        self._lanes[work.queue].under_way += 1
        attempt = self._loop.create_task(self._attempt(work))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)

    async def _attempt(self, work: Work) -> None:
        try:
            outcome = await self._post(work)
            self._settle(work, outcome)
        except Exception:
            log.exception("attempt of %s", work.task.name)
        finally:
            self._lanes[work.queue].under_way -= 1
            self._wake.set()

    async def _post(self, work: Work) -> _Outcome:
        request = work.task.http_request
        deadline = work.task.dispatch_deadline.ToMicroseconds() / SECOND
        body = request.body if request.http_method in WITH_BODY else None
        try:
            async with asyncio.timeout(deadline):
                answer = await send(HttpMethod(request.http_method).name, request.url, self._headers(work), body)
        except TimeoutError:
            # The real service reports 504 to the attempt after one that passed its deadline.
            return _Outcome(HTTPStatus.GATEWAY_TIMEOUT, answered=False)
        except NoAnswer:
            return _Outcome(HTTPStatus.SERVICE_UNAVAILABLE, answered=False)  # Assumed, by analogy with the 504.
        return _Outcome(answer.status, retry_after=self._retry_after(answer))

    def _headers(self, work: Work) -> list[tuple[str, str]]:
        task = work.task
        request = task.http_request
        headers = [(name, value) for name, value in request.headers.items() if _is_forwarded(name)]
        if request.HasField("oidc_token"):
            headers = [(name, value) for name, value in headers if name.lower() != "authorization"]
            audience = request.oidc_token.audience or request.url
            token = self._tokens.token(request.oidc_token.service_account_email, audience)
            headers.append(("Authorization", f"Bearer {token}"))
        present = {name.lower() for name, _ in headers}
        headers += [(name, value) for name, value in _DEFAULTS if name.lower() not in present]
        headers += [
            ("Connection", "close"),
            ("X-CloudTasks-QueueName", work.queue.rpartition("/")[2]),
            ("X-CloudTasks-TaskName", task.name.rpartition("/")[2]),
            ("X-CloudTasks-TaskRetryCount", str(task.dispatch_count - 1)),
            ("X-CloudTasks-TaskExecutionCount", str(work.executions)),
            ("X-CloudTasks-TaskETA", f"{task.schedule_time.ToMicroseconds() / SECOND:.6f}"),
        ]
        if work.previous_response is not None:
            headers.append(("X-CloudTasks-TaskPreviousResponse", str(work.previous_response)))
            # The real service sends this header without a value.
            headers.append(("X-CloudTasks-TaskRetryReason", ""))
        return headers

    def _retry_after(self, answer: Answer) -> timedelta:
        text = answer.headers.get("retry-after", "").strip()
        if answer.status not in (429, 503) or not text:
            return timedelta()
        try:
            if text.isascii() and text.isdigit():
                return timedelta(seconds=min(int(text), self._limits.task_kept.total_seconds()))
            moment = parsedate_to_datetime(text)
        except ValueError:
            return timedelta()
        return min(moment.replace(tzinfo=moment.tzinfo or UTC) - self._clock(), self._limits.task_kept)

    # -- after an attempt ----------------------------------------------------------------------------------------------

    def _settle(self, work: Work, outcome: _Outcome) -> None:
        task = work.task
        now = self._now()
        name_until = now + micros(self._limits.task_name_kept)
        if 200 <= outcome.status < 300:
            self._state.remove_task(task.name, name_until)
            return
        config = self._retry_config(work)
        if is_exhausted(config, task.dispatch_count, task.first_attempt.dispatch_time.ToMicroseconds(), now):
            log.warning("gave up on %s after %d attempts, the last: %d", task.name, task.dispatch_count, outcome.status)
            self._state.remove_task(task.name, name_until)
            return
        _note_response(task, outcome, now)
        self._state.put_back(
            task.name,
            due=now + max(backoff(config, task.dispatch_count), micros(outcome.retry_after)),
            attempt=task.last_attempt,
            response=outcome.status,
            answered=outcome.answered,
        )

    def _retry_config(self, work: Work) -> RetryConfigMessage:
        """The retry settings of the task itself, or else those that its queue has now."""
        queue = self._state.queue(work.queue)
        return work.task.retry_config if work.task.HasField("retry_config") or queue is None else queue.retry_config


def _is_forwarded(name: str) -> bool:
    return name.lower() not in _NOT_FORWARDED and not name.lower().startswith(_NOT_FORWARDED_PREFIXES)


def _note_response(task: TaskMessage, outcome: _Outcome, now: int) -> None:
    if outcome.answered:
        task.last_attempt.response_time.FromMicroseconds(now)
    default = 13 if outcome.status >= 500 else 9 if outcome.status >= 400 else 2
    task.last_attempt.response_status.code = _CODES.get(outcome.status, default)
    task.last_attempt.response_status.message = f"HTTP status code {outcome.status}"
