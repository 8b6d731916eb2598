"""When a stand-in is reset, also deletes what dossierlink stored for that cooperation.

A stand-in gives out the same ids again after a reset, and dossierlink would take them for those of earlier residents.
"""

from __future__ import annotations

from infra.standins.stand_in import Controls
from shared import wiring
from shared.store.port import Query
from shared.work.kinds import KINDS
from shared.work.services import Services

_ABOUT_PEERS = ("cursors", "peers")  # how far the feed was read; rates and outages of a peer


def reset_together(app: Controls, cooperation: str) -> Controls:
    """Returns the same stand-in; from now on its `_reset` also calls `forget_cooperation`."""
    reset = app.reset

    def reset_both() -> None:
        reset()
        forget_cooperation(wiring.services(), cooperation)

    app.reset = reset_both
    return app


def forget_cooperation(services: Services, cooperation: str) -> None:
    """Deletes all work, erasures, cursors and learned rates. A task that is still queued then finds nothing to do."""
    for records in (*(services.records(kind.model) for kind in KINDS), services.erasures.records):
        for key, _ in records.all(where={"cooperation": cooperation}):
            records.delete(key)
    for collection in _ABOUT_PEERS:
        for document in services.store.find(Query(collection)):
            if cooperation in document.key or document.key.startswith("hoomdossier-"):
                services.store.delete(collection, document.key)
