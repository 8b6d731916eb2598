"""The rows of `infra/functions.yaml`: what should be deployed. And how long things are to be kept."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

TABLE = Path(__file__).parents[1] / "functions.yaml"
TIME_ZONE = "Europe/Amsterdam"
"""Of the schedules in the table."""
CALLER = "dl-caller"
"""The service account with which Cloud Tasks and Cloud Scheduler call the functions."""


class Row(BaseModel):
    """One function. The head of the table explains each field; fields that doctor does not need are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    called_by: str
    credential: str
    sign_in: str = "none"
    timeout_seconds: int
    memory: str
    instances: int
    schedule: str | None = None
    secrets: tuple[str, ...]
    makes_tasks: bool
    blobs: Literal["none", "create", "use"]

    @property
    def is_public(self) -> bool:
        """Called from outside Google Cloud."""
        return self.called_by not in {"cloud_tasks", "cloud_scheduler"}

    @property
    def has_secret_address(self) -> bool:
        """Its address holds a key, or what only one resident may know."""
        return self.credential == "path_key" or self.called_by == "anybody"


@cache
def rows() -> Mapping[str, Row]:
    """By deployed name (`create-dossier`). Without the pages behind Google's sign-in, which are no functions."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    found = {name: Row.model_validate(row) for name, row in table.items()}
    return {name: row for name, row in found.items() if row.sign_in == "none"}


def kept_days(what: str) -> int:
    """How many days something is kept, by its name in the table of retention."""
    return int(json.loads(pkgutil.get_data("shared", "retention.json") or b"")[what]["days"])


def account_of(function: str, project: str) -> str:
    """The service account of a function."""
    return f"dl-{function}@{project}.iam.gserviceaccount.com"


def caller_account(project: str) -> str:
    """The e-mail address of CALLER."""
    return f"{CALLER}@{project}.iam.gserviceaccount.com"
