"""The rows of Campaigns: from the settings and the tallies, as on the page of each campaign. No resident is read."""

from __future__ import annotations

from collections.abc import Iterator

from shared.feed.sets import Row
from shared.staff.campaign import read_campaign, read_campaigns
from shared.staff.counted import Choice
from shared.work.services import Services


def campaign_rows(services: Services, cooperation: str) -> Iterator[Row]:
    """In the order of id. Residents of whom no campaign is known have no row here. Raises StoreUnavailable."""
    ids = sorted(it.campaign_id for it in read_campaigns(services, cooperation) if it.campaign_id)
    for id_ in ids:
        campaign = read_campaign(services, cooperation, id_, Choice())
        if campaign:
            settings, figures = campaign.settings, campaign.figures
            yield {
                "campaign_id": id_,
                "name": settings.name if settings else None,
                "target": settings.target if settings else None,
                "target_by": settings.target_by.isoformat() if settings and settings.target_by else None,
                "signed_up": figures.signed_up,
                "reached": figures.reached,
            }
