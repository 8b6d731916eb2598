"""Runs `python -m infra.operate` as a process."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.tree import ROOT
from tests.world.world import World


def run(world: World, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command on the store of `world`. Its queue does not answer; `sweep` finds the work later."""
    store = {"LINK_STORE": f"sqlite:///{world.folder / 'link.sqlite'}"}
    variables = {**os.environ, **world.environment(), **store, **environment}
    command = [sys.executable, "-m", "infra.operate", *arguments]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
