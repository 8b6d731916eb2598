"""Lays out a folder from which `terraform init -plugin-dir` installs the stand-in."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from tests.terraform.stand_in.schema import load

ROOT = Path(__file__).parents[3]
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def mirror(folder: Path, schema: Path) -> None:
    """`folder` becomes what `terraform init` asks for: `<address>/<version>/<system>/terraform-provider-<name>_…`."""
    address, version, _ = load(schema)
    name = address.rpartition("/")[2]
    place = folder / address / version / f"{sys.platform}_{_MACHINES[platform.machine()]}"
    place.mkdir(parents=True)
    program = place / f"terraform-provider-{name}_v{version}_x5"
    start = f"exec '{sys.executable}' -m tests.terraform.stand_in '{schema.resolve()}'"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' {start}\n", encoding="utf-8")
    program.chmod(0o755)
