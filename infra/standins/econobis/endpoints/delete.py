"""`delete`: the resident left Hoomdossier; the contact keeps its account id (`docs/peers/econobis.md` 5.2)."""

from __future__ import annotations

from typing import Any

from infra.standins.econobis.endpoints import removal
from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.webform.faults import RefusedError

NAME = "EndPointDeleteHoomDossier"


def work(call: Call, _payload: Any) -> None:
    specifications = removal.specifications_of(call.database, call.housing_file)
    if any(removal.under_way(call.database, specification) for specification in specifications):
        text = "Woningdossier heeft kansen die in behandeling zijn. Woningdossier niet verwijderd in Econobis"
        raise RefusedError(text, 404)
    reasons = removal.remove_housing_file(call.database, call.housing_file)
    if reasons:
        raise RefusedError(";".join(dict.fromkeys(reasons)), 412)
    building = call.housing_file["hoom_building_id"]
    call.log(f"Woningdossier met building id {building} in Econobis verwijderd.")
