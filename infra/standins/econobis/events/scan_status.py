"""`scan-status`: Econobis writes it to its own log and does nothing with it."""

from __future__ import annotations

from typing import Any

from infra.standins.econobis.events.endpoint import Call

NAME = "EndPointScanStatus"


def work(call: Call, _payload: Any) -> None:
    call.log("Binnenkomende payload (zie laravel log)")
    call.log("Hier check en verwerkingen inzake endpoint scan status.")
