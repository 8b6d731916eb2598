"""Calls Google's command line `gcloud` with the user's own login. The commands of a deployment and `doctor` use it."""

from __future__ import annotations

import json
import subprocess
from typing import Any


class GcloudFailed(Exception):
    """`arguments` is the command without its input. `text` is what gcloud printed about it, without its own prefix."""

    def __init__(self, arguments: tuple[str, ...], text: str) -> None:
        super().__init__(text)
        self.arguments = arguments
        self.text = text


def gcloud(*arguments: str, secret: str | None = None) -> Any:
    """Runs `gcloud <arguments>` and returns its answer, parsed from JSON; None when it answers nothing.

    `secret` goes to the command's input, never to its arguments, which other users of the machine can read. Raises
    GcloudFailed when the command fails or is not installed.
    """
    command = ["gcloud", *arguments, "--format=json", "--quiet"]
    try:
        ran = subprocess.run(command, input=secret or "", capture_output=True, text=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        raise GcloudFailed(arguments, "gcloud is not installed") from None
    if ran.returncode:
        raise GcloudFailed(arguments, ran.stderr.strip().removeprefix("ERROR: "))
    return json.loads(ran.stdout) if ran.stdout.strip() else None
