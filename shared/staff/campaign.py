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

WEEKS = 104
"""So many weeks of sign-ups are shown. Who signed up in them is still in the store: RESIDENTS is 730 days."""
_MOST = 180
"""So many documents are read for the list of all campaigns."""


@dataclass(frozen=True)
class Campaign:
    """`campaign_id` `NO_CAMPAIGN`: residents of whom no campaign is known. `settings` is None for those, and for a
    campaign that does not stand in the settings (any more).

    `figures` are those of `choice`, of who signed up in the last `weeks`. `today` is that of Amsterdam.
    """

    campaign_id: int
    settings: Settings | None
    weeks: int
    choice: Choice
    figures: Figures
    today: date

    @property
    def target(self) -> int | None:
        """How many residents it means to reach; None when not set."""
        return self.settings.target if self.settings else None

    @property
    def pace(self) -> float:
        """Visits per week in the last four whole weeks."""
        return sum(week.visits for week in self.figures.weeks[-5:-1]) / 4

    @property
    def needed(self) -> float | None:
        """How many per week reach the target in time; None when it is reached, has no day, or the day is over."""
        by = self.settings.target_by if self.settings else None
        if not self.target or not by or by <= self.today or self.figures.reached >= self.target:
            return None
        return (self.target - self.figures.reached) / ((by - self.today).days / 7)


def read_campaign(services: Services, cooperation: str, campaign_id: int, choice: Choice) -> Campaign | None:
    """How a campaign stands; None when nobody is in it and it is not in the settings. Raises StoreUnavailable."""
    weeks = min(choice.weeks or WEEKS, WEEKS)
    tallies = services.tallies.find(
        where={"cooperation": cooperation, "campaign_id": campaign_id},
        order_by="week",
        at_least=_first_week(services, weeks),
        limit=WEEKS,
    )
    settings = services.cooperations[cooperation].campaigns.get(campaign_id)
    if settings is None and not any(tally.counts for _, tally in tallies):
        return None
    today = services.today
    of_it = figures((tally for _, tally in tallies), choice, today)
    return Campaign(campaign_id, settings, weeks, choice, of_it, today)


def read_campaigns(services: Services, cooperation: str) -> list[Campaign]:
    """Those of the settings, and of others those that somebody is in. Raises StoreUnavailable.

    With many campaigns fewer weeks of each are counted.
    """
    settings, today = services.cooperations[cooperation].campaigns, services.today
    weeks = min(WEEKS, _MOST // (len(settings) + 1))
    tallies = services.tallies.find(
        where={"cooperation": cooperation},
        order_by="week",
        at_least=_first_week(services, weeks),
        limit=_MOST,
        descending=True,  # When there are more campaigns than in the settings, the oldest weeks are left out.
    )
    others = {tally.campaign_id for _, tally in tallies} - {*settings, NO_CAMPAIGN}
    campaigns = []
    for id_ in (*settings, *sorted(others), NO_CAMPAIGN):
        of_it = figures((tally for _, tally in tallies if tally.campaign_id == id_), Choice(), today)
        campaigns.append(Campaign(id_, settings.get(id_), weeks, Choice(), of_it, today))
    return [it for it in campaigns if it.settings or it.figures.signed_up]


def _first_week(services: Services, weeks: int) -> str:
    return week_of(services.clock().astimezone(AMSTERDAM) - timedelta(weeks=weeks - 1))
