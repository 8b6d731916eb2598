"""An installation per test. The functions that its smoke test calls run once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.standins.server import serving
from tests.deploy.google import Google
from tests.deploy.installation import Installation
from tests.world.functions_over_http import running


@pytest.fixture(scope="package")
def _functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with running(tmp_path_factory.mktemp("link")):
        yield


@pytest.fixture
def installation(tmp_path: Path, _functions: None) -> Iterator[Installation]:
    """Nothing is deployed yet."""
    google = Google()
    with serving(google) as base:
        yield Installation(tmp_path, google, base)


@pytest.fixture(scope="package")
def _deployed(tmp_path_factory: pytest.TempPathFactory, _functions: None) -> dict[str, Any]:
    google = Google()
    with serving(google) as base:
        installation = Installation(tmp_path_factory.mktemp("deployed"), google, base)
        ran = installation.deploy()
        assert ran.code == 0, ran.output
        return installation.cloud.read()


@pytest.fixture
def installed(installation: Installation, _deployed: dict[str, Any]) -> Installation:
    """Release 1 is deployed and works. This machine has nothing of it but the repository and the settings."""
    address = installation.cloud.read()["address"]
    installation.cloud.write(_deployed | {"address": address})
    return installation
