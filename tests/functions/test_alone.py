"""Each function starts alone, as on Cloud Functions, and finishes its requests at SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from main import FUNCTIONS
from shared import wiring
from shared.clock import utc_now
from shared.work.limiter import Limiter
from tests.functions.examples import registration
from tests.functions.routes import ROUTES
from tests.standins.receiver import eventually
from tests.world.functions_over_http import ECONOBIS, Machine
from tests.world.ports import free_port

pytestmark = pytest.mark.timed
ROOT = Path(__file__).parents[2]
START = 20.0  # seconds, eight at once on two processors


@contextmanager
def alone(function: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process, once it listens."""
    port = free_port()
    command = [Path(sys.executable).with_name("functions-framework"), f"--target={function}", f"--port={port}"]
    process = subprocess.Popen(
        [*map(str, command), "--host=127.0.0.1"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        eventually(lambda: process.poll() is not None or _listens(port), within=START)
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _answers(function: str) -> tuple[str, list[tuple[int, str]]]:
    """The status for a request without a key, or without a form for the public function."""
    deployed = function.replace("_", "-")
    paths = {route.path.removeprefix(f"/{deployed}") for route in ROUTES if route.function == deployed} or {"/"}
    with alone(function) as (base, _):
        answers = [httpx.post(f"{base}{path or '/'}", json={}, timeout=START) for path in sorted(paths)]
    return function, [(answer.status_code, answer.headers["Content-Type"]) for answer in answers]


def ask_for_dossier(pool: ThreadPoolExecutor, base: str) -> Future[httpx.Response]:
    headers = {"Authorization": f"Bearer {ECONOBIS}"}
    return pool.submit(httpx.post, f"{base}/zonnig-dorp", json=registration(), headers=headers, timeout=20)


def test_every_function_starts_alone_and_answers(link: Machine) -> None:
    with ThreadPoolExecutor(len(FUNCTIONS)) as pool:
        answers = dict(pool.map(_answers, sorted(FUNCTIONS)))
    for function, each in answers.items():
        expected = {"receive_webform": 404, "show_staff": 405, "serve_feed": 404}.get(function, 401)
        kind = "text/html; charset=utf-8" if function == "show_staff" else "application/problem+json"
        assert set(each) == {(expected, kind)}, function


def test_sigterm_lets_a_request_finish(link: Machine) -> None:
    """F2: Cloud Run sends SIGTERM when it stops an instance, and kills it ten seconds later."""
    link.hoomdossier_fault(match="register", kind="delay", seconds=1.5)
    with alone("create_dossier") as (base, process), ThreadPoolExecutor(1) as pool:
        answer = ask_for_dossier(pool, base)
        eventually(lambda: link.hoomdossier_received("/register"))
        os.kill(process.pid, signal.SIGTERM)
        assert answer.result().status_code == 201
        ended = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - ended < 5
    assert link.econobis("create-dossier", registration()).content == answer.result().content
    assert len(link.hoomdossier_received("/register")) == 1


def test_sigterm_breaks_off_a_call_that_takes_too_long(link: Machine) -> None:
    """The outcome is stored as unknown and the caller gets an answer, before Cloud Run kills the process."""
    link.hoomdossier_fault(match="register", kind="delay", seconds=25)
    with alone("create_dossier") as (base, process), ThreadPoolExecutor(1) as pool:
        answer = ask_for_dossier(pool, base)
        eventually(lambda: link.hoomdossier_received("/register"))
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert answer.result().status_code == 422
        assert "niet zeker" in answer.result().text
        assert process.wait(10) == 0
        assert time.monotonic() - began < 10
    (resident,) = link.documents("residents").values()
    assert resident["effect"]["state"] == "unknown"


def test_sigterm_gives_back_what_was_not_sent_yet(link: Machine) -> None:
    """The call waited for the limiter, so another instance may make it at once."""
    services = wiring.services()
    limits = services.limits.hoomdossier("zonnig-dorp")
    earlier = Limiter(services.store, lambda: utc_now() - timedelta(seconds=55))
    for _ in range(min(limits.per_minute.values())):
        earlier.admit(limits)  # The next one fits in about six seconds.
    with alone("create_dossier") as (base, process), ThreadPoolExecutor(1) as pool:
        answer = ask_for_dossier(pool, base)
        eventually(lambda: [one for one in link.documents("residents").values() if one["effect"]])
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert answer.result().status_code == 422
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3
    (resident,) = link.documents("residents").values()
    assert resident["effect"]["state"] == "failed"
    assert not link.hoomdossier_received("/register")
