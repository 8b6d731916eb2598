"""Measures the time from the start of a new instance to its first answer, per function and per step.

Run `python -m benchmarks.cold_start [--python X] [--runs N] [--firestore] [function ...]`. For figures of a deployment
give `--python` of an environment with requirements.txt only: other installed packages may be imported too.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from benchmarks.surroundings import (
    COOPERATIONS,
    MAIN,
    Deployed,
    Sent,
    Surroundings,
    event,
    link,
    load,
    machine,
    register,
    sign_up,
    surrounded,
)
from main import FUNCTIONS
from shared import wiring
from shared.domain.resident import Address, Person, Resident
from shared.domain.submission import SignUp
from shared.domain.visitor import Visitor
from shared.flows.receive_webform import receive_webform
from shared.work.kinds import kind_in
from shared.work.requests import want_email
from shared.work.services import Services
from tests.world.firestore_emulator import FirestoreEmulator

# Starts a function as `functions-framework` does, and prints the time after each step.
SERVE = """
import os, time
moments = [time.monotonic()]
import functions_framework
moments.append(time.monotonic())
app = functions_framework.create_app(os.environ["FUNCTION_TARGET"], os.environ["FUNCTION_SOURCE"])
moments.append(time.monotonic())
print(*moments, flush=True)
from functions_framework._http import create_server
create_server(app, False).run(os.environ["HOST"], os.environ["PORT"])
"""
STEPS = ("python", "framework", "our code", "gunicorn", "1st answer", "in all", "of it CPU", "2nd answer")

IMPORT = """
import sys, time
import functions_framework, shared.work.services, shared.wiring
before = time.process_time()
for name in sys.argv[1:]:
    __import__(name)
print(time.process_time() - before)
"""
# Modules that a first request may load later. Each is measured alone, after the modules that every function loads.
LATER = {
    "Firestore": ["shared.store.firestore_calls"],
    "Cloud Tasks": ["shared.tasks.client"],
    "both": ["shared.store.firestore_calls", "shared.tasks.client"],
    "Cloud Storage": ["shared.blobs.cloud_storage_calls"],
    "SQLite": ["shared.store.sqlite"],
    "peers (httpx)": ["shared.econobis.client", "shared.hoomdossier.client"],
    "token check": ["shared.tasks.google_token"],
    "mail": ["shared.mail.render", "shared.mail.message", "shared.mail.smtp", "shared.mail.calendar"],
}


def main(python: str, runs: int, functions: list[str], *, firestore: bool) -> None:
    """Prints a line per function. `python` is the interpreter to start; without `functions` it measures all."""
    print(f"{machine()}; load {load()}; median of {runs}, milliseconds")
    print(f"{'':<19}" + "".join(f"{step:>11}" for step in STEPS) + "    MiB   load")
    with ExitStack() as stack:
        around = stack.enter_context(_around(stack, firestore=firestore))
        requests = _requests(stack, around)
        for function in functions or sorted(FUNCTIONS):
            if function not in requests:
                print(f"{function:<19} has no first request here")
                continue
            measured = [_start(function, around, python, requests[function]) for _ in range(runs)]
            *steps, memory = (median(column) for column in zip(*measured, strict=True))
            print(f"{function:<19}" + "".join(f"{1000 * step:>11.0f}" for step in steps), end="")
            print(f"{memory:>7.0f}{load():>7}", flush=True)
    print("\nimported with the first request that needs it, milliseconds of CPU")
    for what, modules in LATER.items():
        times = [float(_output([python, "-c", IMPORT, *modules])) for _ in range(runs)]
        print(f"{what:<19}{1000 * median(times):>11.0f}{load():>7}", flush=True)


def _output(command: list[str]) -> str:
    done = subprocess.run(command, cwd=MAIN.parent, check=True, capture_output=True, text=True)  # noqa: S603 (our code)
    return done.stdout


def _around(stack: ExitStack, *, firestore: bool) -> Any:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    if not firestore:
        return surrounded(folder, peer_seconds=0)
    emulator = FirestoreEmulator(folder)
    emulator.start()
    stack.callback(emulator.stop)
    return surrounded(folder, peer_seconds=0, store=f"firestore://measured?emulator={emulator.host}")


def _start(function: str, around: Surroundings, python: str, make: Callable[[], Sent]) -> list[float]:
    first, second = make(), make()
    with Deployed(function, around, python, code=SERVE) as deployed:
        listening = deployed.wait()
        _answered(first, deployed)
        answered = time.monotonic()
        cpu, memory = deployed.cpu(), deployed.memory()
        begun, framework, ours = map(float, deployed.line().split())
        moments = (deployed.started, begun, framework, ours, listening, answered)
        steps = [after - before for before, after in pairwise(moments)]
        again = time.monotonic()
        _answered(second, deployed)
        return [*steps, answered - deployed.started, cpu, time.monotonic() - again, memory]


def _answered(request: Sent, deployed: Deployed) -> None:
    status, body = request.to(deployed.port)
    if status >= 300:
        raise RuntimeError(f"{request.path}: {status} {body.decode()}")


def _requests(stack: ExitStack, around: Surroundings) -> dict[str, Callable[[], Sent]]:
    """Function → maker of a request that makes it do all its work; each request is a new one."""
    services = stack.enter_context(_services(around))
    numbers = iter(range(1, 10_000))

    def from_google(function: str, body: Any = None) -> Sent:
        return Sent.json("/", body or {}, around.token(function))

    return {
        "receive_webform": lambda: sign_up(next(numbers)),
        "create_dossier": lambda: register(next(numbers), _any(numbers)),
        "link_coach": lambda: link(next(numbers), _any(numbers)),
        "receive_event": lambda: event("afspraak", next(numbers)),
        "pull_appointments": lambda: from_google("pull_appointments"),
        "run_task": lambda: from_google("run_task", _submission(services, next(numbers))),
        "send_email": lambda: from_google("send_email", _mail(services, next(numbers))),
        "sweep": lambda: from_google("sweep"),
    }


def _any(numbers: Iterator[int]) -> str:
    return COOPERATIONS[next(numbers) % len(COOPERATIONS)]


@contextmanager
def _services(around: Surroundings) -> Iterator[Services]:
    with patch.dict("os.environ", around.environment):
        yield wiring.services()


def _submission(services: Services, number: int) -> dict[str, Any]:
    person = Person(first_name="Anna", last_name="Berg", email=f"task{number}@voorbeeld.nl")
    address = Address(postal_code="3811 AB", number=number, street="Langestraat", city="Amersfoort")
    agreed = SignUp(person=person, address=address, consent_at=services.clock())
    cooperation = COOPERATIONS[number % len(COOPERATIONS)]
    return _task(services, "submissions", receive_webform(services, cooperation, "aanmelden", agreed, Visitor()))


def _mail(services: Services, number: int) -> dict[str, Any]:
    cooperation = COOPERATIONS[0]
    resident = Resident.first_seen(cooperation, number, services.clock())
    resident.person = Person(first_name="Anna", last_name="Berg", email=f"mail{number}@voorbeeld.nl")
    services.records(Resident).create(f"{cooperation}:{number}", resident)
    key = f"welcome-{cooperation}:{number}"
    want_email(services, key, cooperation, kind="welcome", contact_id=number)
    return _task(services, "mails", key)


def _task(services: Services, collection: str, key: str) -> dict[str, Any]:
    work = services.records(kind_in(collection).model).get(key)
    assert work is not None
    return {"collection": collection, "key": key, "generation": work.generation}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.cold_start")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--firestore", action="store_true", help="the store is Google's emulator")
    parser.add_argument("functions", nargs="*")
    asked = parser.parse_args()
    main(asked.python, asked.runs, asked.functions, firestore=asked.firestore)
