"""Debian's Chromium, driven by Playwright. It can reach this machine only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

HOW_TO_GET_IT = "apt install chromium, or set CHROMIUM to the path of another one (CONTRIBUTING.md)"
# Every other name is unknown to it, so a page that asks another host for something gets nothing.
NOTHING_FROM_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class NoChromium(Exception):
    """There is no Chromium on this machine. The message says how to get it."""


def found() -> str:
    """The path of the program. Raises NoChromium."""
    wanted = os.environ.get("CHROMIUM") or "chromium"
    path = shutil.which(wanted)
    if path is None:
        raise NoChromium(f"no {wanted}: {HOW_TO_GET_IT}")
    return path


@contextmanager
def running() -> Iterator[Browser]:
    """Runs it while the block runs. Meanwhile this thread has a running event loop, so `asyncio.run` does not work in it.

    Raises NoChromium.
    """
    path = found()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[NOTHING_FROM_OUTSIDE])
        try:
            yield browser
        finally:
            browser.close()
