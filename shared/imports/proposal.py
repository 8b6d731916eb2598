"""What may be delivered of one resident once a person ticks it. It travels in the page's form, and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from pydantic import BaseModel, ConfigDict

from shared.clock import Moment
from shared.domain.ids import ContactId
from shared.domain.local_time import AMSTERDAM, midnight_of
from shared.hoomdossier.made_events import Home


class Proposal(BaseModel):
    """`as_of` (UTC): the file was made then, or the table copied.

    `day` and `at` are those of the appointment, in Amsterdam; no `day`: there is none to deliver. `at` is None while
    nobody told the time. `executed`: the visit took place. `cancels`: the appointment is gone. `settles`: the account
    id was lost, and Econobis is to ask for it. `links`: coaches whose link to the dossier is proved.
    """

    model_config = ConfigDict(frozen=True)

    contact_id: ContactId
    account_id: int
    user_id: int | None = None
    building_id: int
    as_of: Moment
    day: date | None = None
    at: time | None = None
    coaches: tuple[ContactId, ...] = ()
    executed: bool = False
    cancels: bool = False
    settles: bool = False
    links: tuple[ContactId, ...] = ()

    @property
    def needs_time(self) -> bool:
        """Whether a person has to tell the time, or that it is not known."""
        return self.day is not None and self.at is None

    @property
    def home(self) -> Home:
        """Whose home it is."""
        return Home(self.building_id, self.user_id, self.account_id, self.contact_id)

    def visit_at(self, typed: time | None = None) -> datetime | None:
        """The moment (UTC) of the appointment: with the typed time, else its own, else at midnight: not known."""
        if self.day is None:
            return None
        at = typed or self.at
        return datetime.combine(self.day, at, AMSTERDAM).astimezone(UTC) if at else midnight_of(self.day)
