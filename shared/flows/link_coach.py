"""Links a coach to a resident's dossier: at once when both have an account, else as soon as they do."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from shared.domain.effect import ALWAYS
from shared.domain.keys import of_contact, of_link
from shared.domain.link import Link
from shared.domain.rate import Turn
from shared.domain.resident import Resident
from shared.errors import LinkError
from shared.hoomdossier.answers import NotRegistered
from shared.work.limiter import PeerLimits
from shared.work.once import Attempted
from shared.work.records import Stored
from shared.work.requests import keep_link, want_email
from shared.work.services import Services
from shared.work.step import Step, log_attempt

CALL_SECONDS = 15.0
SAME_CLICK = timedelta(minutes=10)  # Econobis asking again within it is the same request; later it is a new one.
LOOK_AGAIN = timedelta(days=1)  # for an account that was made without the link


def link_coach(services: Services, cooperation: str, coach: int, resident: int, until: datetime) -> Link:
    """For Econobis, whose employee waits until `until` (UTC): the link, done or kept for later.

    `coach` and `resident` are contact ids. The coach whom Econobis named last has the visit. Raises Refused, with
    Hoomdossier's own words, and Busy while another process makes the same link.
    """
    # An employee who asks again after a while may have unlinked the coach in Hoomdossier.
    again_before = services.clock() - SAME_CLICK
    keep_link(services, cooperation, coach=coach, resident=resident, again_before=again_before)
    _note_visit(services, cooperation, coach, resident)
    key = of_link(cooperation, coach, resident)
    patience = (until - services.clock()).total_seconds() / 2
    attempted = LinkCoach(services, key, cooperation, resident, patience).run(patience=patience)
    link = _follow_up(services, key, attempted)
    if attempted.error and link.state == "parked":
        raise attempted.error
    return link


def run_link(services: Services, key: str, stored: Stored[Link]) -> None:
    """The same as a task, for which nobody waits."""
    link = stored.record
    step = LinkCoach(services, key, link.cooperation, link.resident_contact_id)
    _follow_up(services, key, step.run(stored))


def _note_visit(services: Services, cooperation: str, coach: int, contact_id: int) -> None:
    def note(stored: Resident | None) -> Resident:
        resident = stored or Resident.first_seen(cooperation, contact_id, services.clock())
        resident.visit_coach = coach
        resident.expires_at = services.expiry(Resident)
        resident.is_needed(services.clock())
        return resident

    services.records(Resident).update(of_contact(cooperation, contact_id), note)


class LinkCoach(Step[Link, None]):
    """Tells Hoomdossier. It may know the resident by a contact id that was merged since: those are tried first."""

    repeats = ALWAYS
    turn: Turn = "urgent"

    def __init__(self, services: Services, key: str, cooperation: str, resident: int, patience: float = 0) -> None:
        super().__init__(services, services.records(Link), key)
        *self._merged, self._current = reversed(services.cooperations[cooperation].contacts_of(resident))
        self._cooperation = cooperation
        self.calls = 1 + len(self._merged)
        self.room = max(patience, 2.0)
        self.seconds = CALL_SECONDS + self.room * len(self._merged)

    def limits(self) -> PeerLimits:
        return self.services.limits.hoomdossier(self._cooperation)

    def send(self, record: Link) -> None:
        client, limits = self.services.hoomdossier(self._cooperation), self.limits()
        seconds = CALL_SECONDS / self.calls
        for contact in self._merged:
            with suppress(NotRegistered):
                client.link_coach(record.coach_contact_id, contact, seconds)
                return
            self.services.limiter.admit_next(limits, limits, patience=self.room)
        client.link_coach(record.coach_contact_id, self._current, seconds)

    def worked(self, record: Link, _answer: None) -> None:
        record.was_made(self.services.clock())

    def failed(self, record: Link, error: LinkError) -> None:
        if isinstance(error, NotRegistered):
            missing = record.resident_contact_id if error.resident else record.coach_contact_id
            record.waits_for(missing, self.services.clock() + LOOK_AGAIN)
        else:
            super().failed(record, error)


def _follow_up(services: Services, key: str, attempted: Attempted[Link]) -> Link:
    """After a link was made: the letter to the coach and the resident's milestone. May run again after a crash."""
    link = attempted.record
    log_attempt("link_coach", link, attempted.error, parked=link.parked)
    if attempted.error is None and link.due_at:
        now = services.clock()
        want_email(
            services,
            f"coach_linked-{key}",
            link.cooperation,
            kind="coach_linked",
            contact_id=link.resident_contact_id,
            coach_contact_id=link.coach_contact_id,
        )
        resident_key = of_contact(link.cooperation, link.resident_contact_id)
        services.records(Resident).update(resident_key, partial(_reached, now))
        link = services.records(Link).update(key, _finished, attempted.stored) or link
    services.enqueue_if_possible(key, link)
    return link


def _reached(at: datetime, stored: Resident | None) -> Resident | None:
    if stored:
        stored.reach("coach_linked", at)
    return stored


def _finished(stored: Link | None) -> Link | None:
    if stored:
        stored.finish()
    return stored
