"""One campaign: target and reached, the funnel, the weeks, forms, coaches, waits and planned measures."""

from __future__ import annotations

from flask import Response

from functions._http import UnknownAddress
from functions.staff.visit import Visit
from shared.staff.campaign import Campaign, read_campaign
from shared.staff.counted import Choice

PERIODS = (4, 13, 26, 52)
"""The weeks that can be chosen. None of them: all."""


def show(visit: Visit, campaign_id: int) -> Response:
    """The page; the filters stand in its query. Raises UnknownAddress."""
    choice = choice_of(visit)
    campaign = read_campaign(visit.services, visit.cooperation, campaign_id, choice)
    if campaign is None:
        raise UnknownAddress
    coaches = _coaches(visit, campaign)
    return visit.page("campaign.html", campaign=campaign, figures=campaign.figures, coaches=coaches, periods=PERIODS)


def choice_of(visit: Visit) -> Choice:
    """`?coach=11&form=aanmelden&weeks=13`. What cannot be read is as if it were not there. `form=-`: no form."""
    given = visit.request.args
    coach, weeks = given.get("coach", type=int), given.get("weeks", type=int)
    form = given.get("form") or None
    return Choice(
        coach if coach is not None and coach >= 0 else None,
        "" if form == "-" else form,
        weeks if weeks in PERIODS else None,
    )


def _coaches(visit: Visit, campaign: Campaign) -> dict[int, str]:
    """The coaches that can be chosen, with their names; `""` for one who is not in the settings (any more)."""
    names = {int(coach.contact_id): coach.name for coach in visit.settings.coaches}
    chosen = {coach for coach in (*campaign.figures.all_coaches, campaign.choice.coach) if coach is not None}
    return {coach: names.get(coach, "") for coach in sorted(chosen)}
