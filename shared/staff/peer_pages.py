"""Where staff find a resident in Econobis and in Hoomdossier: the addresses of the pages for people."""

from __future__ import annotations

from shared.config import Cooperation
from shared.domain.ids import ContactId


def contact_page(settings: Cooperation, contact_id: ContactId) -> str:
    """The page of a contact in Econobis: as the settings say, or as Econobis is made."""
    template = settings.econobis.contact_page or f"{settings.econobis.url.rstrip('/')}/#/contact/{{id}}"
    return template.replace("{id}", str(contact_id))


def dossier_page(settings: Cooperation, building_id: int | None) -> str:
    """The page of a home in Hoomdossier; `""` when the home is not known yet."""
    if building_id is None:
        return ""
    root = settings.hoomdossier.url.removesuffix("/api/v1").rstrip("/")
    template = settings.hoomdossier.dossier_page or f"{root}/admin/buildings/show/{{id}}"
    return template.replace("{id}", str(building_id))
