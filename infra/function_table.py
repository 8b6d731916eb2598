"""The table of functions (`infra/functions.yaml`), and what follows from it: accounts, and which function gets which
secret. The commands of a deployment and `doctor` use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from shared.config import Config
from shared.secret import secret_names

TABLE = Path(__file__).parent / "functions.yaml"
TIME_ZONE = "Europe/Amsterdam"
"""Of the schedules in the table."""
CALLER = "dl-caller"
"""The service account with which Cloud Tasks and Cloud Scheduler call the functions."""
SMTP = "LINK_SMTP"
"""The secret with the mail server. The settings do not name it, nor the next one."""
STAFF = "LINK_STAFF_SECRET"
"""The secret of the staff pages: it signs forms and cookies; with OpenID Connect it is the secret of the client there."""


class Row(BaseModel):
    """One function. The head of the table explains each field; fields that only Terraform needs are left out."""

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
        """Called from outside Google Cloud. The others are called by our own queue and schedules only."""
        return self.called_by not in {"cloud_tasks", "cloud_scheduler"}

    @property
    def has_secret_address(self) -> bool:
        """Its address holds a key, what only one resident or reader may know, or a name that staff look for."""
        return self.credential == "path_key" or self.called_by in {"anybody", "staff", "program"}


@cache
def rows() -> Mapping[str, Row]:
    """By deployed name (`create-dossier`)."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {name: Row.model_validate(row) for name, row in table.items()}


def function_rows() -> Mapping[str, Row]:
    """As `rows`, without the pages for staff: those are services of Cloud Run, and no functions."""
    return {name: row for name, row in rows().items() if row.sign_in == "none"}


def page_rows() -> Mapping[str, Row]:
    """The others of `rows`."""
    return {name: row for name, row in rows().items() if row.sign_in != "none"}


def account_of(function: str, project: str) -> str:
    """The service account of a function."""
    return f"dl-{function}@{project}.iam.gserviceaccount.com"


def caller_account(project: str) -> str:
    """The e-mail address of CALLER."""
    return f"{CALLER}@{project}.iam.gserviceaccount.com"


def uses_of_secrets(config: Config) -> dict[str, set[str]]:
    """For each secret (the NAME of env:NAME, SMTP and STAFF) the settings that it is for, named as in the table."""
    uses = secret_names(config)
    if any(it.mail for it in config.cooperations.values()):
        uses[SMTP] = {"smtp"}
    uses[STAFF] = {"staff"}
    return uses


def readers_of_secrets(config: Config, table: Mapping[str, Row]) -> dict[str, set[str]]:
    """For each secret the functions that need it."""
    return {
        name: {function for function, row in table.items() if uses & set(row.secrets)}
        for name, uses in uses_of_secrets(config).items()
    }
