"""The functions with settings that a test makes itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.world.functions_over_http import Machine, running

_COOPERATION = {
    "name": "Zonnig Dorp",
    "econobis": {"url": "http://127.0.0.1:1", "webform_key": "env:ZONNIG_WEBFORM"},
    "hoomdossier": {"url": "http://127.0.0.1:1/api/v1", "token": "env:ZONNIG_REGISTER"},
    "callers": {"econobis": ["env:ZONNIG_ECONOBIS_NEW"], "hoomdossier": ["env:ZONNIG_HOOMDOSSIER_NEW"]},
    "campaigns": {1: {"name": "Isolatie 2027"}},
}
_FORM = {"campaign": 1, "measures": [1], "websites": ["127.0.0.1"], "limits": {"per_form": 100000, "per_email": 100000}}


@contextmanager
def running_with(folder: Path, **forms: Mapping[str, Any]) -> Iterator[Machine]:
    """With these forms, each at a Dutch cooperation `zonnig-dorp` and a Belgian one, `meer-energie`."""
    made = {name: {**_FORM, **settings} for name, settings in forms.items()}
    cooperations = {
        "zonnig-dorp": {**_COOPERATION, "forms": made},
        "meer-energie": {**_COOPERATION, "name": "Meer Energie", "country": "BE", "forms": made},
    }
    config = folder / "own.yaml"
    config.write_text(yaml.safe_dump({"cooperations": cooperations}), encoding="utf-8")
    with running(folder, LINK_CONFIG=str(config)) as machine:
        yield machine
