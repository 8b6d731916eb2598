"""Links a coach to a resident's dossier in Hoomdossier, as soon as both have an account there."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from shared.domain.effect import ALWAYS
from shared.domain.ids import ContactId
from shared.domain.keys import hashed, of_contact, of_link
from shared.domain.link import Link
from shared.domain.rate import Turn
from shared.domain.resident import Resident
from shared.errors import LinkError
from shared.hoomdossier.answers import NotRegistered
from shared.work.once import Attempted
from shared.work.records import Stored
from shared.work.requests import keep_link, want_email
from shared.work.services import Services
from shared.work.step import Step, log_attempt

CALL_SECONDS = 15.0
SAME_CLICK = timedelta(minutes=10)
"""When Econobis asks for the same link again within this time, that is the same request; later it is a new one."""
LOOK_AGAIN = timedelta(days=1)
"""A link that waits for an account is tried once a day, because accounts are also made without dossierlink."""


def link_coach(services: Services, cooperation: str, coach: ContactId, resident: ContactId, until: datetime) -> Link:
    """Makes the link while an employee waits in Econobis, until `until` (UTC). Returns it, done or kept for later.

    From now on `coach` has the visit of `resident`. Raises a PeerError with Hoomdossier's message when only a person
    can go on, Busy while another process makes the same link, and StoreUnavailable.
    """
    # Who asks again after a while may have unlinked the coach in Hoomdossier, so the link is made again.
    again_before = services.clock() - SAME_CLICK
    keep_link(services, cooperation, coach=coach, resident=resident, again_before=again_before)
    visited = partial(_visited, services, cooperation, coach, resident)
    services.records(Resident).update(of_contact(cooperation, resident), visited)
    key = of_link(cooperation, coach, resident)
    patience = (until - services.clock()).total_seconds() / 2  # Half for waiting, half for the call.
    attempted = LinkCoach(services, key, cooperation, resident, patience).run(patience=patience)
    link = _follow_up(services, key, attempted)
    if attempted.error and link.state == "parked":
        raise attempted.error
    return link


def run_link(services: Services, key: str, stored: Stored[Link]) -> None:
    """Makes the link in a task, for which nobody waits."""
    link = stored.record
    step = LinkCoach(services, key, link.cooperation, link.resident_contact_id)
    _follow_up(services, key, step.run(stored))


def _visited(
    services: Services, cooperation: str, coach: ContactId, contact_id: ContactId, record: Resident | None
) -> Resident:
    now = services.clock()
    resident = record or Resident.first_seen(cooperation, contact_id, now)
    resident.visit_coach = coach
    resident.expires_at = services.expiry(Resident)
    resident.keep_personal_data_from(now)
    return resident


class LinkCoach(Step[Link, None]):
    """The call to Hoomdossier, which may know the resident by a contact id that was merged since.

    So there is a call for each such id first, and then one for the present id.
    """

    repeats = ALWAYS
    turn: Turn = "urgent"

    def __init__(
        self, services: Services, key: str, cooperation: str, resident: ContactId, patience: float = 0
    ) -> None:
        self._limits = services.limits.hoomdossier(cooperation)
        super().__init__(services, services.records(Link), key, self._limits)
        *self._merged, self._current = reversed(services.cooperations[cooperation].contacts_of(resident))
        self._cooperation = cooperation
        self.calls = 1 + len(self._merged)
        self.room = max(patience, 2.0)
        self.seconds = CALL_SECONDS + self.room * len(self._merged)

    def send(self, record: Link) -> None:
        client = self.services.hoomdossier(self._cooperation)
        seconds = CALL_SECONDS / self.calls
        for contact in self._merged:
            with suppress(NotRegistered):
                client.link_coach(record.coach_contact_id, contact, seconds)
                return
            self.services.limiter.admit_next(self._limits, self._limits, patience=self.room)
        client.link_coach(record.coach_contact_id, self._current, seconds)

    def worked(self, record: Link, _answer: None) -> None:
        record.mark_linked(self.services.clock())

    def failed(self, record: Link, error: LinkError) -> None:
        """As in Step. A link whose coach or resident has no account yet waits for that."""
        if isinstance(error, NotRegistered):
            missing = record.resident_contact_id if error.resident else record.coach_contact_id
            record.wait_for(missing, self.services.clock() + LOOK_AGAIN)
        else:
            super().failed(record, error)


def _follow_up(services: Services, key: str, attempted: Attempted[Link]) -> Link:
    """After the link was made: asks for the letter to the coach, and finishes it. May run again after a crash."""
    link = attempted.record
    log_attempt("link_coach", link, attempted.error, parked=link.parked, work=hashed(key))
    if attempted.error is None and link.due_at:
        want_email(
            services,
            f"coach_linked-{key}",
            link.cooperation,
            "coach_linked",
            contact_id=link.resident_contact_id,
            coach_contact_id=link.coach_contact_id,
        )
        resident_key = of_contact(link.cooperation, link.resident_contact_id)
        services.records(Resident).edit(resident_key, lambda it: it.reach("coach_linked", services.clock()))
        link = services.records(Link).edit(key, Link.finish, attempted.stored) or link
    services.enqueue_if_possible(key, link)
    return link
