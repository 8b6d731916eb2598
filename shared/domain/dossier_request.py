"""A dossier that a campaign wants: Econobis is called until it has asked our `create_dossier` for it."""

from __future__ import annotations

from collections.abc import Collection

from shared.domain.ids import ContactId
from shared.domain.rate import Share
from shared.domain.work import Work


class DossierRequest(Work):
    """Stored under the key of its resident. `share` is that of the sign-up which needs the dossier."""

    contact_id: ContactId
    share: Share = "all"

    @property
    def contacts(self) -> Collection[ContactId]:
        """The resident."""
        return (self.contact_id,)
