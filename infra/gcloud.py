"""Calls Google's command line `gcloud` with the user's own login. The commands of a deployment and `doctor` use it."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any, Literal

Why = Literal["not_installed", "not_logged_in", "api_off", "no_project", "no_right", "not_there", "other"]

# The first that is found in the text of gcloud counts.
_PATTERNS: tuple[tuple[str, Why], ...] = (
    (r"is not installed", "not_installed"),
    (r"active account|auth login|reauth|refreshing your current auth", "not_logged_in"),
    (r"SERVICE_DISABLED|has not been used in project|API .* not enabled", "api_off"),
    (r"or it may not exist", "no_project"),
    (r"PERMISSION_DENIED|does not have permission|[Pp]ermission .* denied|\b403\b", "no_right"),
    (r"NOT_FOUND|not found|does not exist", "not_there"),
)


class GcloudFailed(Exception):
    """`arguments` is the command without its input. `text` is what gcloud printed about it, without its own prefix."""

    def __init__(self, arguments: tuple[str, ...], text: str) -> None:
        super().__init__(text)
        self.arguments = arguments
        self.text = text

    @property
    def why(self) -> Why:
        """What kind of failure it is, as far as the text tells."""
        return next((why for pattern, why in _PATTERNS if re.search(pattern, self.text)), "other")

    @property
    def first_line(self) -> str:
        """The first line of the text. Without addresses, because gcloud names the account of the user."""
        return re.sub(r"\S+@\S+", "[address]", next(iter(self.text.splitlines()), ""))[:200]


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
