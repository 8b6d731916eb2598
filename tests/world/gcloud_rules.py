"""What gcloud itself says about commands: does it know them, with their options?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest


def unknown(commands: Iterable[str], folder: Path) -> dict[str, str]:
    """The commands that gcloud does not take, and why. It always ends with 0, so its answer counts."""
    if not shutil.which("gcloud"):
        if os.environ.get("CI"):
            pytest.fail("the check of gcloud commands needs google-cloud-cli (CONTRIBUTING.md)")
        pytest.skip("the check of gcloud commands needs google-cloud-cli (CONTRIBUTING.md)")
    asked = sorted(set(commands))
    file = folder / "commands.json"
    file.write_text(json.dumps([{"command_string": it} for it in asked]), encoding="utf-8")
    ran = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"],
        capture_output=True, text=True, check=True, env=os.environ | {"CLOUDSDK_CONFIG": str(folder / "gcloud")},
    )  # fmt: skip
    answers = json.loads(ran.stdout)
    assert len(answers) == len(asked)
    return {it["command_string"]: it["error_message"] for it in answers if not it["success"]}
