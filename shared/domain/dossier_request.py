"""A dossier that a campaign wants and Econobis could not make at once: Econobis is to be asked again."""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.rate import Share
from shared.domain.work import Work


class DossierRequest(Work):
    """Keyed as the resident. `share` is that of the sign-up which needs the dossier."""

    contact_id: int
    share: Share = "all"

    @property
    def contacts(self) -> Collection[int]:
        return (self.contact_id,)
