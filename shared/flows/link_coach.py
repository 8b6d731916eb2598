"""A coach is linked to a resident's dossier: at once when both have an account, else right after they do."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from shared.domain.effect import ALWAYS
from shared.domain.keys import of_contact, of_link
from shared.domain.link import Link
from shared.domain.resident import Resident
from shared.errors import LinkError
from shared.flows.want_email import want_email
from shared.hoomdossier.client import NotRegistered
from shared.store.port import Document
from shared.work.attempt import Attempt, Attempted, log_attempt, not_done
from shared.work.records import Stored
from shared.work.services import Services

CALL_SECONDS = 15.0
SAME_CALL = timedelta(minutes=10)  # Econobis' employee clicked twice; later it is a wish of its own.
LOOK_AGAIN = timedelta(days=1)  # for an account that was made without us


def link_coach(services: Services, cooperation: str, coach: int, resident: int, until: datetime) -> Link:
    """For Econobis, whose employee waits: the link as it is now, done or kept for later.

    The newest coach that Econobis names is the one who has the visit. Raises Refused in Hoomdossier's own words.
    """
    want_link(services, cooperation, coach, resident, visit=True)
    key = of_link(cooperation, coach, resident)
    left = (until - services.clock()).total_seconds()
    attempted = _attempt(services, key, cooperation, resident, patience=left / 2)
    link = _follow_up(services, key, attempted)
    if attempted.error and link.state == "parked":
        raise attempted.error
    return link


def run_link(services: Services, key: str, stored: Stored[Link]) -> None:
    """The same, as a task."""
    link = stored.record
    attempted = _attempt(services, key, link.cooperation, link.resident_contact_id, known=stored.document)
    _follow_up(services, key, attempted)


def want_link(services: Services, cooperation: str, coach: int, resident: int, *, visit: bool = False) -> None:
    """Keeps it as work, once per pair; one that was given up is taken up again."""
    key = of_link(cooperation, coach, resident)
    again_before = services.clock() - SAME_CALL
    values = services.new("links", cooperation=cooperation, coach_contact_id=coach, resident_contact_id=resident)

    def want(stored: Link | None) -> Link | None:
        if stored is None:
            return Link.model_validate(values)
        if stored.state == "parked":
            stored.release(services.clock())
            return stored
        if visit and stored.state == "done" and stored.effect and stored.effect.lease_until < again_before:
            stored.release(services.clock())  # Somebody may have unlinked the coach in Hoomdossier.
            return stored
        return None

    link = services.links.update(key, want)
    if visit:
        _has_visit(services, cooperation, coach, resident)
    elif link:
        services.enqueue_if_possible("links", key, link)


def wake_links(services: Services, cooperation: str, contact_id: int) -> None:
    """This contact has an account now: whoever waited for it goes on."""
    for key, _ in services.links.find(where={"cooperation": cooperation, "waiting_for": contact_id}):

        def wake(stored: Link | None) -> Link | None:
            if stored and stored.waiting_for == contact_id:
                stored.waiting_for = None
                stored.schedule(services.clock())
            return stored

        link = services.links.update(key, wake)
        if link:
            services.enqueue("links", key, link)


def _has_visit(services: Services, cooperation: str, coach: int, contact_id: int) -> None:
    def note(stored: Resident | None) -> Resident:
        resident = stored or Resident.first_seen(cooperation, contact_id, services.clock())
        resident.visit_coach = coach
        resident.expires_at = services.expiry("residents")
        resident.is_needed(services.clock())
        return resident

    services.residents.update(of_contact(cooperation, contact_id), note)


def _attempt(  # noqa: PLR0913, PLR0917  (which link, and how long somebody waits for it)
    services: Services,
    key: str,
    cooperation: str,
    resident: int,
    patience: float = 0,
    known: Document | None = None,
) -> Attempted[Link]:
    """Hoomdossier may know the resident by a contact that was merged since: those are tried first."""
    *others, last = reversed(services.cooperations[cooperation].contacts_of(resident))
    seconds = CALL_SECONDS / (1 + len(others))
    room, limits = max(patience, 2.0), services.hoomdossier_limits(cooperation)

    def send(record: Link) -> bool:
        client = services.hoomdossier(cooperation)
        for contact in others:
            with suppress(NotRegistered):
                client.link_coach(record.coach_contact_id, contact, seconds)
                return True
            services.limiter.admit_next(limits, limits, patience=room)
        client.link_coach(record.coach_contact_id, last, seconds)
        return True

    def settle(record: Link, outcome: Any) -> None:
        now = services.clock()
        if isinstance(outcome, NotRegistered):
            record.waiting_for = record.resident_contact_id if outcome.resident else record.coach_contact_id
            record.schedule(now + LOOK_AGAIN)
        elif isinstance(outcome, LinkError):
            not_done(record, "links", outcome, now, repeatable=True)
        else:
            record.waiting_for = None
            record.unpark()
            record.schedule(now)  # The note to the coach is still to be written.

    attempt = Attempt(
        services.links,
        send,
        settle,
        CALL_SECONDS + room * len(others),
        limits=limits,
        repeats=ALWAYS,
        turn="urgent",
        room=room,
        calls=1 + len(others),
    )
    return attempt.make(services, key, patience=patience, known=known)


def _follow_up(services: Services, key: str, attempted: Attempted[Link]) -> Link:
    log_attempt("link_coach", attempted.record, attempted.error, parked=attempted.record.parked)
    link = attempted.record
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

        def reach(stored: Resident | None) -> Resident | None:
            if stored:
                stored.reach("coach_linked", now)
            return stored

        def finish(stored: Link | None) -> Link | None:
            if stored:
                stored.finish()
            return stored

        services.residents.update(of_contact(link.cooperation, link.resident_contact_id), reach)
        link = services.links.update(key, finish, attempted.document) or link
    services.enqueue_if_possible("links", key, link)
    return link
