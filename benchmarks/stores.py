"""Measures the stores: writes, reads and queries per second, with one thread and under contention.

Run `python -m benchmarks.stores [sqlite:////tmp/here.db] [firestore://project]`. Without a URL it measures SQLite in a
temporary folder and, when it is installed, the Firestore emulator.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from shared.clock import utc_now
from shared.errors import StoreUnavailable
from shared.store.firestore import FirestoreStore
from shared.store.port import Data, Query, Store, update
from shared.store.sqlite import SqliteStore
from tests.world.firestore_emulator import FirestoreEmulator, NoEmulator

SECONDS = 2.0  # per measurement
THREADS = (1, 8, 64)
DOCUMENT: Data = {"cooperation": "voorbeeld", "state": "waiting", "payload": {"text": "x" * 2_000}}

Turn = Callable[[str], object]


def main(urls: list[str]) -> None:
    """Prints a line per store and operation."""
    print(f"{'':<32}" + "".join(f"{threads:>5} threads" for threads in THREADS) + "   per second")
    with ExitStack() as stack:
        for name, store in map(_opened, urls) if urls else _local(stack):
            for what, turn in _turns(store).items():
                rates = [_rate(turn, threads) for threads in THREADS]
                print(f"{name:<10} {what:<21}" + "".join(f"{rate:>13}" for rate in rates), flush=True)


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
