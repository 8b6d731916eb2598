"""`delete`: removes the housing file. The contact keeps its account id (docs/peers/econobis.md 5.2, known-limits D12)."""

from __future__ import annotations

from typing import Any

from infra.standins.econobis.events import removal
from infra.standins.econobis.events.endpoint import Call
from infra.standins.econobis.faults import RefusedError

NAME = "EndPointDeleteHoomDossier"


def work(call: Call, _payload: Any) -> None:
    """Raises RefusedError while an opportunity is in use (404) or has a kansactie (412)."""
    specifications = removal.specifications_of(call.database, call.housing_file)
    if any(removal.under_way(call.database, specification) for specification in specifications):
        text = "Woningdossier heeft kansen die in behandeling zijn. Woningdossier niet verwijderd in Econobis"
        raise RefusedError(text, 404)
    reasons = removal.remove_housing_file(call.database, call.housing_file)
    if reasons:
        raise RefusedError(";".join(dict.fromkeys(reasons)), 412)
    building = call.housing_file["hoom_building_id"]
    call.log(f"Woningdossier met building id {building} in Econobis verwijderd.")
