"""Which trouble a page is about: the filters as they stand in its address, and in the form of a bulk replay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.dead_letters.sources import SOURCES, source_named
from shared.domain.ids import ContactId
from shared.domain.replay import Chosen

_CODE = re.compile(r"[A-Za-z_]{1,60}")
_CONTACT = re.compile(r"[1-9][0-9]{0,17}")
KIND_NAMES = tuple(source.name for source in SOURCES)
SYSTEMS = tuple(dict.fromkeys(source.advice.peer for source in SOURCES))


def read_chosen(given: Mapping[str, str]) -> Chosen:
    """The filters in a query or a form. What cannot be a filter is none."""
    cause, kind, system = (given.get(name, "") for name in ("cause", "kind", "system"))
    contact = given.get("contact", "").strip()
    return Chosen(
        cause=cause if _CODE.fullmatch(cause) else "",
        kind=kind if source_named(kind) else "",
        system=system if system in SYSTEMS else "",
        unknown=given.get("unknown") == "1",
        contact_id=ContactId(int(contact)) if _CONTACT.fullmatch(contact) else None,
    )


def as_query(chosen: Chosen, **changed: Any) -> dict[str, Any]:
    """The filters as they stand in an address, in which `changed` is replaced."""
    unknown = "1" if chosen.unknown else None
    query = {"cause": chosen.cause, "kind": chosen.kind, "system": chosen.system, "unknown": unknown}
    return {name: value for name, value in {**query, "contact": chosen.contact_id, **changed}.items() if value}
