"""`scan-status`: Econobis only writes it in its own log."""

from __future__ import annotations

from typing import Any

from infra.standins.econobis.endpoints.endpoint import Call

NAME = "EndPointScanStatus"


def work(call: Call, _payload: Any) -> None:
    call.log("Binnenkomende payload (zie laravel log)")
    call.log("Hier check en verwerkingen inzake endpoint scan status.")
