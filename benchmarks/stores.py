"""Measures the stores: writes, reads and queries per second, with one thread and under contention.

Run `python -m benchmarks.stores [sqlite:////tmp/here.db] [firestore://project]`. Without a URL it measures SQLite in a
temporary folder and, when it is installed, the Firestore emulator.

`--lists` measures what pages of staff ask instead, counts and pages of a list, with 100,000 documents. Making them
takes half a minute in SQLite. The emulator gets fewer documents, because it has no indexes.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import uuid4

from shared.clock import utc_now
from shared.errors import AlreadyExists, StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Addition, Data, Query, Store, update
from shared.store.sqlite import SqliteStore
from tests.world.firestore_emulator import FirestoreEmulator, NoEmulator
from tests.world.threads import at_once

SECONDS = 2.0  # per measurement
THREADS = (1, 8, 64)
DOCUMENT: Data = {"cooperation": "voorbeeld", "state": "waiting", "payload": {"text": "x" * 2_000}}

Turn = Callable[[str], object]


MANY = 100_000
MANY_IN_EMULATOR = 10_000
"""It has no indexes: each question reads all documents, and with more of them no answer comes in time."""
MAKERS = 8
STEPS = ("coach", "visit", "plan", "dossier", "intake")
PAGE = 50
TALLY = Addition("tallies", "benchmark", {"cooperation": "voorbeeld"}, {"at|form|12|visited|": 1})


def main(arguments: list[str]) -> None:
    """Prints a line per store and operation."""
    urls = [it for it in arguments if it != "--lists"]
    with ExitStack() as stack:
        stores = map(_opened, urls) if urls else _local(stack)
        if "--lists" in arguments:
            _measure_lists(stores)
        else:
            _measure_rates(stores)


def _measure_rates(stores: Iterable[tuple[str, Store]]) -> None:
    print(f"{'':<35}" + "".join(f"{threads:>5} threads" for threads in THREADS) + "   per second")
    for name, store in stores:
        for what, turn in _turns(store).items():
            rates = [_rate(turn, threads) for threads in THREADS]
            print(f"{name:<10} {what:<24}" + "".join(f"{rate:>13}" for rate in rates), flush=True)


def _measure_lists(stores: Iterable[tuple[str, Store]]) -> None:
    """The answer, the milliseconds (of the first time, and the median of the next nine) and what Firestore bills."""
    print(f"{'':<11}{'':<40}{'answer':>10}{'first ms':>10}{'ms':>8}{'reads':>8}")
    for name, store in stores:
        begun = time.monotonic()
        many = MANY_IN_EMULATOR if name == "emulator" else MANY
        collection = _made(store, many)
        print(f"{name:<11}{many:,} documents made in {time.monotonic() - begun:.0f} s", flush=True)
        for what, (ask, reads) in _questions(store, collection, many).items():
            spans = []
            try:
                for _ in range(10):
                    begun = time.monotonic()
                    answer = ask()
                    spans.append(1000 * (time.monotonic() - begun))
            except StoreUnavailable:
                print(f"{name:<11}{what:<40}{'no answer in time':>28}", flush=True)
                continue
            numbers = f"{answer:>10,}{spans[0]:>10.1f}{median(spans[1:]):>8.1f}{reads(answer):>8}"
            print(f"{name:<11}{what:<40}{numbers}", flush=True)


def _made(store: Store, many: int) -> str:
    """A collection of documents like those of residents: a fifth per step, a twentieth per campaign."""
    collection = f"benchmark_{uuid4().hex}"

    def make(number: int) -> None:
        for n in range(number, many, MAKERS):
            searched = {"waits_for": STEPS[n % 5], "campaign_id": n // 5 % 20, "coach": n // 100 % 50}
            data = {**DOCUMENT, **searched, "since": f"2026-{n * 7919 % many:06}", "expires_at": None}
            _surely_created(store, collection, f"{n:06}", data)

    at_once(MAKERS, make)
    return collection


def _surely_created(store: Store, collection: str, key: str, data: Data) -> None:
    """The emulator pauses now and then while it grows."""
    while True:
        try:
            store.create(collection, key, data)
        except StoreUnavailable:
            time.sleep(1)
        except AlreadyExists:
            return  # By the create before, whose answer was lost.
        else:
            return


def _questions(store: Store, collection: str, many: int) -> dict[str, tuple[Callable[[], int], Callable[[int], int]]]:
    """What is asked → how, and how many documents Firestore bills for an answer."""
    all_of_them = Query(collection, {"cooperation": "voorbeeld"})
    waiting = Query(collection, {"cooperation": "voorbeeld", "waits_for": "coach"}, order_by="since", limit=PAGE)
    narrow = replace(waiting, where={**waiting.where, "campaign_id": 3, "coach": 7})
    newest = replace(waiting, descending=True)
    middle = store.get(collection, f"{many // 2:06}")

    def counted(query: Query, up_to: int | None = None) -> tuple[Callable[[], int], Callable[[int], int]]:
        return lambda: store.count(query, up_to), lambda answer: max(1, ceil(answer / 1000))

    def found(query: Query) -> tuple[Callable[[], int], Callable[[int], int]]:
        return lambda: len(store.find(query)), lambda answer: answer

    return {
        "count all": counted(all_of_them),
        "count who wait for a coach": counted(waiting),
        "count who wait for long": counted(replace(waiting, at_most=f"2026-{many // 2:06}")),
        "count who wait, up to 1,000": counted(waiting, up_to=1_000),
        "count of one campaign and coach": counted(narrow),
        "first page": found(waiting),
        "first page, the newest first": found(newest),
        "page in the middle, newest first": found(replace(newest, after=middle)),
        "page of one campaign and coach": found(narrow),
    }


def _opened(url: str) -> tuple[str, Store]:
    name = url.partition(":")[0]
    store: Store = SqliteStore.from_url(url, utc_now) if name == "sqlite" else FirestoreStore.from_url(url, utc_now)
    return name, store


def _local(stack: ExitStack) -> Iterator[tuple[str, Store]]:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    yield "sqlite", SqliteStore(folder / "store.db", utc_now)
    emulator = FirestoreEmulator(folder)
    try:
        emulator.start()
    except NoEmulator as reason:
        print(f"no Firestore: {reason}")
        return
    stack.callback(emulator.stop)
    yield "emulator", FirestoreStore("benchmark", "(default)", utc_now, emulator.host)


def _turns(store: Store) -> dict[str, Turn]:
    """Name → operation. Its argument is a text that is different for every call."""
    here = uuid4().hex
    store.create("benchmark", here, DOCUMENT)
    page = Query("benchmark", order_by="due_at", limit=20)
    for number in range(20):
        store.create("benchmark", f"{here}-{number}", {**DOCUMENT, "due_at": f"2026-11-23T{number:02}"})
    return {
        "create": lambda new: store.create("benchmark", f"{here}-{new}", DOCUMENT),
        "create, adding to a tally": lambda new: store.create("benchmark", f"{here}-tally-{new}", DOCUMENT, [TALLY]),
        "create, then replace": lambda new: _create_and_replace(store, f"{here}-again-{new}"),
        "get": lambda _: store.get("benchmark", here),
        "find a page of 20": lambda _: store.find(page),
        "update of one document": lambda _: update(store, "benchmark", f"{here}-counter", _add_one),
    }


def _create_and_replace(store: Store, key: str) -> object:
    return store.replace(
        "benchmark", key, {**DOCUMENT, "state": "done"}, store.create("benchmark", key, DOCUMENT).version
    )


def _add_one(data: Data | None) -> Data:
    return {"n": (data or {"n": 0})["n"] + 1}


def _rate(turn: Turn, threads: int) -> str:
    """Operations per second, and after a plus how many raised StoreUnavailable, which contention may cause."""
    end = time.monotonic() + SECONDS
    done: list[int] = []
    unavailable: list[int] = []

    def run() -> None:
        name = uuid4().hex
        for number in count():
            if time.monotonic() > end:
                return
            try:
                turn(f"{name}-{number}")
                done.append(number)
            except StoreUnavailable:
                unavailable.append(number)

    begun = time.monotonic()
    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    rate = f"{len(done) / (time.monotonic() - begun):,.0f}"
    return f"{rate} +{len(unavailable)}" if unavailable else rate


if __name__ == "__main__":
    main(sys.argv[1:])
