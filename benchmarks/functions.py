"""Measures one process of a function under load, and checks that it stored everything it accepted exactly once.

Run `python -m benchmarks.functions [--python X] [--rate N] [--count N]`. Requests leave at a fixed rate, and the time
of an answer counts from the planned moment, so that a server that stalls shows in the times of all waiting requests.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import argparse
import base64
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.surroundings import (
    COOPERATIONS,
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
from shared.blobs.folder import FolderBlobs
from shared.domain.link import Link
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.hoomdossier.inbound import KINDS as KINDS_BY_WORD
from shared.work.records import Records

AGAIN = 5  # Every fifth request repeats an earlier one.
WORDS = ("afspraak", "gebruik", "woonplan", "scan-status", "woning-status")  # the kinds of events in a URL
PDF_EVERY = 50
MIB = 1024 * 1024
PDF, LARGEST_PDF = 5 * MIB, 24 * MIB - 1024  # In base64 and JSON the largest is just below the limit of 32 MiB.
PEER_SECONDS = 0.05  # the time that a peer takes for an answer
WARM = 9_999  # the number of the first request, which is not measured


@dataclass(frozen=True)
class Measured:
    """`seconds` and `bodies` of the answers, and how many had each status."""

    seconds: list[float]
    statuses: Counter[int]
    bodies: list[bytes]

    def __str__(self) -> str:
        ordered = sorted(self.seconds)
        parts = {f"p{part}": ordered[min(len(ordered) * part // 100, len(ordered) - 1)] for part in (50, 95, 99)}
        parts["most"] = ordered[-1]
        times = "".join(f"{name:>6} {1000 * seconds:>5.0f}" for name, seconds in parts.items())
        return f"{times} ms   {dict(self.statuses)}"


def main(python: str, rate: float, count: int) -> None:
    """Prints every measurement. `rate` is requests per second; `count` is the number of requests."""
    print(f"{machine()}; functions-framework's gunicorn, one process of 64 threads; SQLite; load {load()}")
    for what, of in (("receive_webform", _webform), ("receive_event", _events)):
        with _deployed(what, python, warm=_WARM_UP[what]) as (deployed, around):
            of(deployed, around, rate, count)
    for what in ("create_dossier", "link_coach"):
        for at_once in (1, 8):
            with _deployed(what, python, warm=_WARM_UP[what]) as (deployed, around):
                _over_the_peer(what, deployed, around, at_once)


_WARM_UP: dict[str, Callable[[], Sent]] = {
    "receive_webform": lambda: sign_up(WARM),
    "receive_event": lambda: event("afspraak", WARM),
    "create_dossier": lambda: register(WARM),
    "link_coach": lambda: link(WARM),
}


@contextmanager
def _deployed(function: str, python: str, warm: Callable[[], Sent]) -> Iterator[tuple[Deployed, Surroundings]]:
    with (
        TemporaryDirectory() as folder,
        surrounded(Path(folder), PEER_SECONDS) as around,
        Deployed(function, around, python) as deployed,
    ):
        deployed.wait()
        warm().to(deployed.port)
        yield deployed, around


def _send(deployed: Deployed, requests: list[Sent], rate: float) -> Measured:
    start = time.monotonic() + 0.1

    def send(numbered: tuple[int, Sent]) -> tuple[float, int, bytes]:
        number, request = numbered
        planned = start + number / rate
        time.sleep(max(planned - time.monotonic(), 0))
        status, body = request.to(deployed.port)
        return time.monotonic() - planned, status, body

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(send, enumerate(requests)))
    seconds, statuses, bodies = zip(*answers, strict=True)
    return Measured(list(seconds), Counter(statuses), list(bodies))


def _show(what: str, measured: Measured, deployed: Deployed, wrong: int, made: str) -> None:
    peak = deployed.memory("VmHWM")
    verdict = "nothing lost or double" if not wrong else f"{wrong} WRONG"
    print(f"{what:<34}{measured}   peak {peak:.0f} MiB   load {load()}   {verdict}: {made}", flush=True)


# -- forms and events --------------------------------------------------------------------------------------------------


def _webform(deployed: Deployed, around: Surroundings, rate: float, count: int) -> None:
    numbers = [number if number % AGAIN else number - 1 for number in range(1, count + 1)]
    measured = _send(deployed, [sign_up(number) for number in numbers], rate)
    stored = dict(Records(around.store(), "submissions", Submission).all())
    people = Counter(record.sign_up.person.email for record in stored.values() if record.sign_up)
    people.pop(f"anna{WARM}@voorbeeld.nl")
    wrong = sum((people - Counter({f"anna{number}@voorbeeld.nl": 1 for number in numbers})).values())
    wrong += len(set(numbers) - {int(email.removeprefix("anna").partition("@")[0]) for email in people})
    wrong += sum(record.version != 1 for record in stored.values()) + abs(around.tasks() - len(stored))
    made = f"{len(people)} people, {around.tasks() - 1} tasks"
    _show(f"receive_webform, {count} at {rate:.0f}/s", measured, deployed, wrong, made)


def _events(deployed: Deployed, around: Surroundings, rate: float, count: int) -> None:
    reports: dict[int, str] = {}
    requests: list[Sent] = []
    expected: dict[int, set[EventKind]] = {}
    while len(requests) < count:
        number, at = divmod(len(requests), len(WORDS))
        building, kind = number + 1, WORDS[at]
        if len(requests) % PDF_EVERY == PDF_EVERY // 2:
            kind = "pdf"
            size = LARGEST_PDF if len(requests) == count // 2 // PDF_EVERY * PDF_EVERY + PDF_EVERY // 2 else PDF
            report = b"%PDF-" + random.Random(building).randbytes(size - 5)  # noqa: S311 (not a secret)
            reports[building] = hashlib.sha256(report).hexdigest()
            requests.append(event(kind, building, {"pdf": {"contents": base64.b64encode(report).decode()}}))
        elif len(requests) % AGAIN == AGAIN - 1:
            requests.append(requests[-1])
            continue
        else:
            requests.append(event(kind, building))
        expected.setdefault(building, set()).add(KINDS_BY_WORD[kind])
    measured = _send(deployed, requests, rate)
    relays = {relay.building_id: relay for _, relay in Records(around.store(), "relays", Relay).all()}
    relays.pop(WARM)
    wrong = sum(relay.version != len(relay.items) for relay in relays.values())
    wrong += sum(
        set(relays[building].items) != kinds if building in relays else 1 for building, kinds in expected.items()
    )
    blobs = FolderBlobs.from_url(around.environment["LINK_BLOBS"])
    for building, digest in reports.items():
        blob = relays[building].items["report"].blob
        wrong += blob is None or hashlib.sha256(blobs.get(blob)).hexdigest() != digest
    files = sum(path.is_file() for path in (around.folder / "blobs").rglob("*"))
    wrong += files != len(reports)
    made = f"{sum(map(len, expected.values()))} events of {len(expected)} buildings, {files} reports"
    _show(f"receive_event, {count} at {rate:.0f}/s", measured, deployed, wrong, made)
    _largest_at_once(deployed)


def _largest_at_once(deployed: Deployed) -> None:
    contents = base64.b64encode(b"%PDF-" + bytes(LARGEST_PDF - 5)).decode()
    for at_once in (1, 4):
        requests = [event("pdf", 1000 * at_once + number, {"pdf": {"contents": contents}}) for number in range(at_once)]
        measured = _send(deployed, requests, rate=1000)
        peak = deployed.memory("VmHWM")
        print(f"{f'  {at_once} of 24 MiB at once':<34}{measured}   peak {peak:.0f} MiB   load {load()}", flush=True)


# -- calls that an employee waits for ----------------------------------------------------------------------------------


def _over_the_peer(what: str, deployed: Deployed, around: Surroundings, at_once: int) -> None:
    """Stays within the 60 calls per minute of each Hoomdossier. Subtracts the time of the peer from each answer."""
    make, count_right = _WAITED_FOR[what]
    requests = [make(number, COOPERATIONS[number % len(COOPERATIONS)]) for number in range(1, 161)]

    def send(request: Sent) -> tuple[float, int, bytes]:
        started = time.monotonic()
        answer = request.to(deployed.port)
        return time.monotonic() - started - PEER_SECONDS, *answer

    with ThreadPoolExecutor(at_once) as pool:
        seconds, statuses, bodies = zip(*pool.map(send, requests), strict=True)
    measured = Measured(list(seconds), Counter(statuses), list(bodies))
    done = count_right(around) - 1
    _show(f"{what}, {at_once} at once, over peer", measured, deployed, abs(done - len(requests)), f"{done} done")


def _has_account(around: Surroundings) -> int:
    residents = Records(around.store(), "residents", Resident).all()
    return len({(resident.cooperation, resident.account_id) for _, resident in residents if resident.account_id})


def _is_linked(around: Surroundings) -> int:
    return sum(record.state == "done" for _, record in Records[Any](around.store(), "links", Link).all())


_WAITED_FOR: dict[str, tuple[Callable[[int, str], Sent], Callable[[Surroundings], int]]] = {
    "create_dossier": (register, _has_account),
    "link_coach": (link, _is_linked),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.functions")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rate", type=float, default=25, help="requests per second")
    parser.add_argument("--count", type=int, default=500)
    asked = parser.parse_args()
    main(asked.python, asked.rate, asked.count)
