"""Cloud Scheduler of a local run: calls a function every so many seconds, one at a time each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx

LONGEST_RUN = 120.0  # seconds


@contextmanager
def scheduled(base: str, jobs: Mapping[str, float]) -> Iterator[None]:
    """`jobs`: the seconds between two calls of each function. The first comes at once: the last run may have died."""
    ended = threading.Event()
    for name, seconds in jobs.items():
        job = (ended, f"{base}/functions/{name}", seconds)
        threading.Thread(target=_repeat, args=job, name=f"schedule-{name}", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _repeat(ended: threading.Event, url: str, seconds: float) -> None:
    with httpx.Client(timeout=LONGEST_RUN) as http:
        while not ended.is_set():
            with suppress(httpx.HTTPError):  # The function logs what was wrong, and the next run is near.
                http.post(url, json={})
            ended.wait(seconds)
