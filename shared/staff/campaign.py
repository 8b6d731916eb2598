"""The campaigns of a cooperation: what they mean to reach, and how they stand.

A page reads the tallies, a document per week of sign-ups, and no residents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shared.config import Campaign as Settings
from shared.domain.local_time import AMSTERDAM
from shared.domain.tally import NO_CAMPAIGN, week_of
from shared.staff.counted import Choice
from shared.staff.figures import Figures, figures
from shared.work.services import Services

WEEKS = 110
"""So many weeks of sign-ups are shown: residents are kept for two years."""
_MOST = 180
"""So many documents are read for the list of all campaigns."""


@dataclass(frozen=True)
class Campaign:
    """`campaign_id` `NO_CAMPAIGN`: residents of whom no campaign is known. `name` is `""` for those, and for one that
    does not stand in the settings (any more). `target` is how many residents it means to reach by `target_by`.

    `weeks`: who signed up in so many weeks is counted.
    """

    campaign_id: int
    name: str
    target: int | None
    target_by: date | None
    weeks: int
    figures: Figures


def read_campaign(services: Services, cooperation: str, campaign_id: int, choice: Choice) -> Campaign | None:
    """How a campaign stands; None when nobody is in it and it is not in the settings. Raises StoreUnavailable."""
    weeks = min(choice.weeks or WEEKS, WEEKS)
    found = services.tallies.find(
        where={"cooperation": cooperation, "campaign_id": campaign_id},
        order_by="week",
        at_least=_first_week(services, weeks),
        limit=WEEKS,
    )
    tallies = [tally for _, tally in found]
    settings = services.cooperations[cooperation].campaigns.get(campaign_id)
    if settings is None and not any(tally.counts for tally in tallies):
        return None
    return _campaign(campaign_id, settings, weeks, figures(tallies, choice, _today(services)))


def read_campaigns(services: Services, cooperation: str) -> list[Campaign]:
    """Those of the settings, and of others those that somebody is in. Raises StoreUnavailable.

    With many campaigns fewer weeks of each are counted.
    """
    settings = services.cooperations[cooperation].campaigns
    weeks = min(WEEKS, _MOST // (len(settings) + 1))
    found = services.tallies.find(
        where={"cooperation": cooperation}, order_by="week", at_least=_first_week(services, weeks), limit=_MOST
    )
    tallies = [tally for _, tally in found]
    others = {tally.campaign_id for tally in tallies} - {*settings, NO_CAMPAIGN}
    campaigns = []
    for id_ in (*settings, *sorted(others), NO_CAMPAIGN):
        of_this = figures([it for it in tallies if it.campaign_id == id_], Choice(), _today(services))
        if id_ in settings or of_this.signed_up:
            campaigns.append(_campaign(id_, settings.get(id_), weeks, of_this))
    return campaigns


def _campaign(campaign_id: int, settings: Settings | None, weeks: int, of_this: Figures) -> Campaign:
    name, target, by = (settings.name, settings.target, settings.target_by) if settings else ("", None, None)
    return Campaign(campaign_id, name, target, by, weeks, of_this)


def _first_week(services: Services, weeks: int) -> str:
    return week_of(services.clock() - timedelta(weeks=weeks - 1))


def _today(services: Services) -> date:
    return services.clock().astimezone(AMSTERDAM).date()
