"""The table of functions (`infra/functions.yaml`), as far as a deployment needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from infra.deploy.project import ROOT

Row = Mapping[str, Any]


def rows() -> dict[str, Row]:
    """By deployed name (`create-dossier`)."""
    table: dict[str, Row] = yaml.safe_load((ROOT / "infra/functions.yaml").read_text(encoding="utf-8"))
    return table


def is_internal(row: Row) -> bool:
    """Only our own queue and schedules call it."""
    return row["called_by"] in {"cloud_tasks", "cloud_scheduler"}
