"""A browser and a local run for the tests of this folder, each started once and ended after the last of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from infra.local.demo.client import Client
from infra.local.demo.local_run import LocalRun
from tests.browser import chromium
from tests.browser.sign_up import link, residents, running_link
from tests.browser.visits import Visits, watched

__all__ = ["link", "residents", "running_link"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none its tests are skipped, except in CI, where they fail."""
    try:
        chromium.found()
    except chromium.NoChromium as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the tests in a browser: {reason}")
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="package")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a local run (`make run`). Tests share it, so each makes residents of its own."""
    with LocalRun(tmp_path_factory.mktemp("local-run")) as local_run:
        yield local_run.base


@pytest.fixture(scope="package")
def campaign_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a local run that is full of a campaign of 300 residents. It takes seconds more to start."""
    with LocalRun(tmp_path_factory.mktemp("campaign"), campaign=True) as local_run:
        yield local_run.base


@pytest.fixture
def campaign_visits(browser: Browser, campaign_base: str) -> Iterator[Visits]:
    """As `visits`, in the local run with the campaign."""
    yield from watched(Visits(browser, campaign_base))


@pytest.fixture
def visits(browser: Browser, base: str) -> Iterator[Visits]:
    """Opens pages of the local run. Afterwards no page may have asked another host, or written an error to the console."""
    yield from watched(Visits(browser, base))


@pytest.fixture
def client(base: str) -> Iterator[Client]:
    """Asks the stand-ins of the local run what they hold."""
    client = Client(base)
    yield client
    client.http.close()
