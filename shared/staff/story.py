"""The journey of a resident (*bewonersreis*) as a timeline: what came in, what we did, what each system answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.config import Cooperation
from shared.domain.link import Link
from shared.domain.local_time import from_amsterdam
from shared.domain.relay import Relay
from shared.domain.resident import Journey, Milestone, Resident
from shared.domain.submission import Submission
from shared.staff.kept import Kept
from shared.staff.rows import campaign_name, coach_name
from shared.work.audit import AuditLine


@dataclass(frozen=True)
class Entry:
    """Something that happened at `at` (UTC). `what` is a code; the page has the words, in which it fills in `facts`.

    `said` are a peer's own words.
    """

    at: datetime
    what: str
    facts: dict[str, Any] = field(default_factory=dict)
    said: str = ""


def story_of(settings: Cooperation, kept: Kept, audit: list[AuditLine]) -> list[Entry]:
    """Oldest first. Of two at the same moment the one that is told first here stands first."""
    entries = [
        *(entry for submission in kept.sign_ups.values() for entry in _sign_up(settings, submission)),
        *(_dossier(kept.resident) if kept.resident else ()),
        *(entry for link in kept.links.values() for entry in _link(settings, link)),
        *(_journeys(settings, kept) if kept.resident else ()),
        *(entry for relay in kept.homes.values() for entry in _home(relay)),
        *_letters(kept),
        *(_decision(line) for line in audit),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _sign_up(settings: Cooperation, submission: Submission) -> Iterator[Entry]:
    facts = {"form": submission.form, "campaign": campaign_name(settings, submission.campaign_id)}
    yield Entry(submission.accepted_at, "other_address" if submission.same_as else "signed_up", facts)
    if submission.version > 1 and submission.posted_at:
        yield Entry(submission.posted_at, "signed_up_again")
    if submission.sent_at and submission.contact_id is None:
        yield Entry(submission.sent_at, "sent_to_econobis")
    if submission.sent_at and submission.contact_id is not None:
        made = {
            "contact": submission.contact_id,
            "intake": submission.intake_id,
            "opportunities": len(submission.opportunity_ids),
            "visits": len(submission.visit_ids),
        }
        yield Entry(submission.sent_at, "took_sign_up", made)


def _dossier(resident: Resident) -> Iterator[Entry]:
    """The last time that Econobis asked, and that Hoomdossier refused, whose words go when it does not stand."""
    if resident.asked_at:
        yield Entry(resident.asked_at, "gave_account" if resident.was_known_when_asked else "asked_dossier")
    refused_at = resident.refused_at or (resident.asked_at if resident.refused else None)
    if refused_at:
        yield Entry(refused_at, "refused_dossier", said=resident.refused)


def _link(settings: Cooperation, link: Link) -> Iterator[Entry]:
    yield Entry(link.accepted_at, "asked_link", {"coach": coach_name(settings, link.coach_contact_id)})


_MILESTONES: tuple[Milestone, ...] = (
    "dossier", "welcomed", "coach_linked", "coach_told", "appointment_made", "appointment", "visited", "plan",
    "cancelled", "removed",
)  # fmt: skip
"""Those of which no other document tells more, in the order of the journey."""


def _journeys(settings: Cooperation, kept: Kept) -> Iterator[Entry]:
    """The milestones of which no other document tells more. A sign-up is kept for a year, and its journey for two."""
    resident, told_by_sign_ups = kept.resident, {it.campaign_id for it in kept.sign_ups.values()}
    assert resident
    for journey in resident.earlier:
        if journey.milestones.signed_up and journey.campaign_id not in told_by_sign_ups:
            facts = {"form": journey.form, "campaign": campaign_name(settings, journey.campaign_id)}
            yield Entry(journey.milestones.signed_up, "signed_up", facts)
    told = set[tuple[datetime, str]]()  # A new journey in the same dossier has some milestones of the one before.
    for journey in (*resident.earlier, resident.journey):
        for entry in _milestones(settings, resident, journey):
            if (entry.at, entry.what) not in told:
                told.add((entry.at, entry.what))
                yield entry


def _milestones(settings: Cooperation, resident: Resident, journey: Journey) -> Iterator[Entry]:
    facts = {
        "account": resident.account_id,
        "coach": coach_name(settings, journey.coach),
        "visit_at": journey.visit_at,
        "measures": [measure.name for measure in journey.measures],
    }
    for milestone in _MILESTONES:
        if at := getattr(journey.milestones, milestone):
            yield Entry(at, milestone, facts)


def _home(relay: Relay) -> Iterator[Entry]:
    """What Hoomdossier told last, of each kind of event, and when Econobis got it. Of what a coach entered the audit
    trail tells.
    """
    visit = from_amsterdam(relay.appointment) if relay.appointment else None
    for kind, item in relay.items.items():
        facts = {"event": kind, "visit_at": visit, "again": item.version}
        if not item.entered:
            yield Entry(item.accepted_at, "told", facts)
        if item.delivered_at:
            yield Entry(item.delivered_at, "took_event", facts)


def _letters(kept: Kept) -> Iterator[Entry]:
    """The letters about an appointment that were sent, but for the first one of each journey, which is a milestone."""
    sent = [it.accepted_at for it in kept.mails.values() if it.kind == "appointment" and it.was_sent]
    for journey in (*kept.resident.earlier, kept.resident.journey) if kept.resident else ():
        if told_at := journey.milestones.appointment:
            first = max((at for at in sent if at <= told_at), default=None)
            sent = [at for at in sent if at != first]
    for at in sent:
        yield Entry(at, "letter")


def _decision(line: AuditLine) -> Entry:
    return Entry(line.at, f"did_{line.action}", {"by": line.by, "visit_at": line.visit_at, "reason": line.reason})
