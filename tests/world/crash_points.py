"""The crash points: before and after each call of the link to store, queue, blobs, mail server and peers.

At a crash point an instance can be killed, or a fault can be put in.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx

from tests.world.own_secrets import NOBODY, running_as
from tests.world.scripted_peer import TRUSTED


class Killed(BaseException):
    """Stands for SIGKILL. A BaseException, so that no handler of ours catches it."""


class Boundaries:
    """Counts the crash points of the instances that share it, and raises Killed at number `at` (from 1; None: never).

    `passed` has the names of the points so far, such as `before store.get(relays)`. `fault` is called at each point and
    may raise or change something.
    """

    def __init__(self) -> None:
        self.at: int | None = None
        self.passed: list[str] = []
        self.fault: Callable[[str], None] = lambda _point: None
        self._lock = threading.Lock()

    def begin(self, at: int | None = None) -> None:
        """Counts from here."""
        self.at, self.passed = at, []

    def point(self, name: str) -> None:
        with self._lock:
            self.passed.append(sys.intern(name))  # A long test passes the same points a million times.
            dies = len(self.passed) == self.at
        if dies:
            raise Killed(name)
        with running_as(NOBODY):
            self.fault(name)


class Watched:
    """An adapter with a crash point before and after each of the named methods."""

    def __init__(self, target: Any, boundaries: Boundaries, name: str, methods: tuple[str, ...]) -> None:
        self._target, self._boundaries, self._name, self._methods = target, boundaries, name, methods

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._target, attribute)
        if attribute not in self._methods:
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            what = f"{self._name}.{attribute}({args[0] if args and isinstance(args[0], str) else ''})"
            self._boundaries.point(f"before {what}")
            answer = value(*args, **kwargs)
            self._boundaries.point(f"after {what}")
            return answer

        return call


class WatchedTransport(httpx.BaseTransport):
    """An HTTP transport with a crash point before and after each call to a peer."""

    def __init__(self, boundaries: Boundaries) -> None:
        self._boundaries = boundaries
        self._transport = httpx.HTTPTransport(verify=TRUSTED)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        what = f"{request.method} {request.url.path.rpartition('/')[2]}"
        self._boundaries.point(f"before {what}")
        response = self._transport.handle_request(request)
        self._boundaries.point(f"after {what}")
        return response

    def close(self) -> None:
        self._transport.close()
