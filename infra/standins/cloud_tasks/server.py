"""Starts and stops the whole server: the gRPC port, the HTTP port with the public keys, and the dispatcher."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import grpc

from infra.standins import server as http
from infra.standins.cloud_tasks.dispatch import Dispatcher
from infra.standins.cloud_tasks.messages import micros
from infra.standins.cloud_tasks.rules import Limits, QueueSettings
from infra.standins.cloud_tasks.service import Service
from infra.standins.cloud_tasks.state import Overview, State
from infra.standins.cloud_tasks.tokens import Tokens

_THREADS = 16


def _utc_now() -> datetime:
    return datetime.now(UTC)


def serve(
    path: Path | None,
    port: int = 0,
    *,
    certs_port: int = 0,
    queues: Iterable[QueueSettings] = (),
    clock: Callable[[], datetime] = _utc_now,
    limits: Limits | None = None,
) -> Server:
    """Starts a server on 127.0.0.1; port 0 takes a free one. `path` is the state file, None keeps the state in memory.

    `queues` are created, or updated if they exist. `clock` returns an aware datetime; a test may move it and then call
    `wake` or `run_due`. Raises RuntimeError or OSError when a port is taken, sqlite3.OperationalError when another
    server has the file, and Refused for settings that Cloud Tasks refuses.
    """
    return Server(path, port, certs_port, queues, clock, limits or Limits())


class Server:
    """`address` (host:port) is for a Cloud Tasks client, `certs_url` for the receiver that verifies an OIDC token."""

    def __init__(
        self,
        path: Path | None,
        port: int,
        certs_port: int,
        queues: Iterable[QueueSettings],
        clock: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        with ExitStack() as undo:
            state = State(path)
            undo.callback(state.close)
            # Tokens use the real clock, because the receiver that verifies them does.
            tokens = self._tokens = Tokens(state, _utc_now)
            self._state, self._clock, self._name_kept = state, clock, micros(limits.task_name_kept)
            self._dispatcher = Dispatcher(state, tokens, clock, limits)
            undo.callback(self._dispatcher.close)
            service = Service(state, self._dispatcher, clock, limits)
            for queue in queues:
                service.declare(queue.message())
            certs = http.start(tokens.app(), certs_port)
            undo.callback(certs.server_close)
            undo.callback(certs.shutdown)
            self.certs_url = f"http://127.0.0.1:{certs.port}/oauth2/v1/certs"
            # Without this option a second server could share the port and get half of the calls.
            threads = ThreadPoolExecutor(_THREADS, "cloud-tasks")
            undo.callback(threads.shutdown)
            calls = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
            calls.add_generic_rpc_handlers((service.handler(),))
            self.address = f"127.0.0.1:{calls.add_insecure_port(f'127.0.0.1:{port}')}"
            undo.callback(lambda: calls.stop(grace=None).wait())
            calls.start()
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def token(self, service_account: str, audience: str) -> str:
        """An OIDC token as Cloud Scheduler sends it, valid for one hour; `certs_url` verifies it."""
        return self._tokens.token(service_account, audience)

    def now(self) -> datetime:
        """The time of the clock that was given to `serve`."""
        return self._clock()

    def overview(self, limit: int) -> Overview:
        """What waits and what was done in the last hour, at most `limit` tasks of each."""
        return self._state.overview(limit, micros(self._clock()), self._name_kept)

    def wake(self) -> None:
        """Call this after moving the clock that was given to `serve`: what has become due is sent in the background."""
        self._dispatcher.wake()

    def run_due(self) -> datetime | None:
        """For a test that moves the clock: sends every task that is due now, and waits for the answers.

        Returns when the next task is due (UTC), so that the test can move the clock there; None when no task waits in
        a queue that runs.
        """
        moment = self._dispatcher.run_due()
        return None if moment is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=moment)

    def close(self) -> None:
        """Drops the attempts under way; they are made again when the state file is served again."""
        self._undo.close()
