"""Back to the start of the demo: what the link knows of a cooperation goes with what the stand-in knew.

Without this a stand-in that was reset would give out ids again that the link remembers as somebody else's.
"""

from __future__ import annotations

from infra.standins.stand_in import Controls
from shared.store.port import Query
from shared.wiring import services
from shared.work.kinds import KINDS
from shared.work.services import Services

_OF_A_PEER = ("cursors", "peers")


def forget_with(app: Controls, cooperation: str) -> Controls:
    """The same stand-in, whose `_reset` resets the link too."""
    reset = app.reset

    def reset_both() -> None:
        reset()
        forget(services(), cooperation)

    app.reset = reset_both
    return app


def forget(link: Services, cooperation: str) -> None:
    """Tasks that are still queued find nothing, and do nothing. What was learned of a peer's limit goes too."""
    for kind in KINDS:
        records = link.records(kind.model)
        for key, _ in records.all(where={"cooperation": cooperation}):
            records.delete(key)
    for key, _ in link.erasures.records.all(where={"cooperation": cooperation}):
        link.erasures.records.delete(key)
    for collection in _OF_A_PEER:
        for document in link.store.find(Query(collection)):
            if cooperation in document.key or document.key.startswith("hoomdossier-"):
                link.store.delete(collection, document.key)
