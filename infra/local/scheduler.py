"""Plays Cloud Scheduler: calls functions at fixed intervals."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx

LONGEST_RUN = 120.0  # seconds


@contextmanager
def scheduled(base: str, jobs: Mapping[str, float]) -> Iterator[None]:
    """Calls functions while the block runs. `jobs` is deployed name → seconds between the end of a call and the next.

    The first call comes at once, because the last run may have crashed and left work.
    """
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
            with suppress(httpx.HTTPError):  # The function logs the error, and the next call comes soon.
                http.post(url, json={})
            ended.wait(seconds)
