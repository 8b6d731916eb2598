"""Which trouble a page is about: the filters as they stand in its address, and in the form of a bulk replay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.dead_letters.sources import SOURCES, source_named
from shared.domain.ids import ContactId, read_id
from shared.domain.replay import Chosen
from shared.errors import BadInput

_CODE = re.compile(r"[A-Za-z_]{1,60}")
_NO_FILTER = {
    "cause": "Deze oorzaak bestaat niet. Begin opnieuw bij Storingen.",
    "kind": "Dit soort bestaat niet. Begin opnieuw bij Storingen.",
    "system": "Dit systeem bestaat niet. Begin opnieuw bij Storingen.",
    "contact": "Dit is geen contactnummer. Vul het nummer uit Econobis in, of laat het leeg.",
}
KIND_NAMES = tuple(source.name for source in SOURCES)
SYSTEMS = tuple(dict.fromkeys(source.advice.peer for source in SOURCES))


def read_chosen(given: Mapping[str, str]) -> Chosen:
    """The filters in a query or a form. What cannot be a filter is none."""
    cause, kind, system = (given.get(name, "") for name in ("cause", "kind", "system"))
    contact_id = read_id(given.get("contact", "").strip())
    return Chosen(
        cause=cause if _CODE.fullmatch(cause) else "",
        kind=kind if source_named(kind) else "",
        system=system if system in SYSTEMS else "",
        unknown=given.get("unknown") == "1",
        contact_id=ContactId(contact_id) if contact_id else None,
    )


def read_exactly(given: Mapping[str, str]) -> Chosen:
    """As `read_chosen`, for a decision about all that is chosen. Raises BadInput for what cannot be a filter: without
    it the decision would be about more.
    """
    chosen = read_chosen(given)
    kept = as_query(chosen)
    dropped = [name for name in _NO_FILTER if given.get(name, "").strip() and name not in kept]
    if dropped:
        raise BadInput({name: [_NO_FILTER[name]] for name in dropped}, labels=dict.fromkeys(dropped, ""))
    return chosen


def as_query(chosen: Chosen, **changed: Any) -> dict[str, Any]:
    """The filters as they stand in an address, in which `changed` is replaced."""
    unknown = "1" if chosen.unknown else None
    query = {"cause": chosen.cause, "kind": chosen.kind, "system": chosen.system, "unknown": unknown}
    return {name: value for name, value in {**query, "contact": chosen.contact_id, **changed}.items() if value}
