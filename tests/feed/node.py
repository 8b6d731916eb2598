"""Programs of others, from npm, that read what our feeds give: `tests/feed/npm/package.json` names them.

They are installed at their first use, by the lock file, in `build/npm`. Without npm their tests are skipped, except in
CI, where they fail.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.tree import ROOT

PLACE = ROOT / "build/npm"
MODULES = PLACE / "node_modules"
_WANTED = Path(__file__).with_name("npm")


def node_modules() -> Path:
    """The folder of the packages, each as the lock file has it."""
    if not shutil.which("npm"):
        if os.environ.get("CI"):
            raise AssertionError("npm is missing: see .ci/need")
        pytest.skip("npm is not installed")
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "installing").open("w") as installing:  # Several processes run tests.
        fcntl.flock(installing, fcntl.LOCK_EX)
        lock = (_WANTED / "package-lock.json").read_text(encoding="utf-8")
        done = MODULES / "installed"
        if not done.exists() or done.read_text(encoding="utf-8") != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(_WANTED / name, PLACE)
            install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=PLACE, check=True, capture_output=True, timeout=110)
            done.write_text(lock, encoding="utf-8")
    return MODULES


def run(script: str, given: Any = None, **variables: str) -> Any:
    """Runs a CommonJS program with the packages. It reads `given` as JSON from `given`, and ends with `tell(value)`."""
    node_modules()
    frame = (
        "const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const tell = (value) => process.stdout.write(JSON.stringify(value));"
        f"(async () => {{ {script}\n }})().catch((error) => {{ console.error(error); process.exit(1); }});"
    )
    ran = subprocess.run(
        ["node", "-e", frame],
        cwd=PLACE,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **variables},
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
