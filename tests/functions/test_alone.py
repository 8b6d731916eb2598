"""Each function starts alone, as Cloud Functions starts it, and ends what it began."""

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

from main import FUNCTIONS
from shared import wiring
from shared.clock import utc_now
from shared.work.limiter import Limiter
from tests.functions.examples import registration
from tests.functions.routes import ROUTES
from tests.standins.receiver import eventually
from tests.world.functions_over_http import ECONOBIS, Machine
from tests.world.ports import free_port

ROOT = Path(__file__).parents[2]
START = 20.0  # seconds, eight at once on two processors


@contextmanager
def alone(function: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, once it listens, and its process."""
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
    """To a request without a key, and for the public one without a form."""
    deployed = function.replace("_", "-")
    paths = {route.path.removeprefix(f"/{deployed}") for route in ROUTES if route.function == deployed}
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
        expected = 404 if function == "receive_webform" else 401
        assert set(each) == {(expected, "application/problem+json")}, function


def test_sigterm_lets_a_request_finish(link: Machine) -> None:
    """F2: Cloud Run sends it when it takes an instance away, and waits ten seconds."""
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
    """Its outcome is written down as unknown, and who waits for it gets an answer, before Cloud Run kills us."""
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
    assert resident["registration"]["state"] == "unknown"


def test_sigterm_gives_back_what_was_not_sent_yet(link: Machine) -> None:
    """It waited for room; another instance can have it at once."""
    services = wiring.services()
    peering = services.limits.hoomdossier("zonnig-dorp")
    earlier = Limiter(services.store, lambda: utc_now() - timedelta(seconds=55))
    for _ in range(min(peering.limits.values())):
        earlier.admit(peering)  # The next one fits in about six seconds.
    with alone("create_dossier") as (base, process), ThreadPoolExecutor(1) as pool:
        answer = ask_for_dossier(pool, base)
        eventually(lambda: [one for one in link.documents("residents").values() if one["registration"]])
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert answer.result().status_code == 422
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3
    (resident,) = link.documents("residents").values()
    assert resident["registration"]["state"] == "failed"
    assert not link.hoomdossier_received("/register")
