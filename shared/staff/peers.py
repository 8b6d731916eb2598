"""How Econobis and Hoomdossier are, as the limiter knows it: does one not answer, and how long does what waits take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from shared.dead_letters.causes import Cause
from shared.domain.dossier_request import DossierRequest
from shared.domain.link import Link
from shared.domain.rate import FAILURES_TO_OPEN, HOST, Breaker, RateState
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.work.limiter import PeerLimits
from shared.work.services import Services

WORTH_TELLING = timedelta(minutes=2)
"""A queue that is done sooner is not shown."""

Use = Literal["all", "webform", "event", "token"]
"""What does not work: the whole peer, or the calls with one key."""


@dataclass(frozen=True)
class Outage:
    """`down`: the peer fails; else it asked to go slower. `since` (UTC): None when not known. `next_try` (UTC): None
    when a call is being tried, or will be with the next work.
    """

    peer: str
    use: Use
    down: bool
    since: datetime | None
    next_try: datetime | None


@dataclass(frozen=True)
class Backlog:
    """`waiting` pieces of work wait for their turn at the peer; the last is told to come back at `until` (UTC)."""

    peer: str
    waiting: int
    until: datetime


@dataclass(frozen=True)
class PeerStates:
    """What is worth telling about the peers."""

    outages: list[Outage]
    backlogs: list[Backlog]


def peer_states(services: Services, cooperation: str) -> PeerStates:
    """Reads two documents, and counts what waits at a peer with a queue. Raises StoreUnavailable."""
    outages: list[Outage] = []
    backlogs: list[Backlog] = []
    for peer, limits in _limits(services, cooperation):
        state = services.limiter.state_of(limits[0].peer)
        outages += _outages(peer, limits, state, services.clock())
        until = max(state.queue_ends.values(), default=0.0)
        ends = datetime.fromtimestamp(until, UTC)
        if ends > services.clock() + WORTH_TELLING and (waiting := _waiting(services, cooperation, peer)):
            backlogs.append(Backlog(peer, waiting, ends))
    return PeerStates(outages, backlogs)


def _limits(services: Services, cooperation: str) -> Iterator[tuple[str, list[PeerLimits]]]:
    limits = services.limits
    yield "Econobis", [limits.econobis(cooperation), limits.econobis(cooperation, event=True)]
    yield "Hoomdossier", [limits.hoomdossier(cooperation)]


def _outages(peer: str, limits: list[PeerLimits], state: RateState, now: datetime) -> Iterator[Outage]:
    """When the whole peer fails, nothing is known of its keys."""
    if host := _outage(peer, "all", state.breaker(HOST), now):
        yield host
        return
    for name in dict.fromkeys(name for it in limits for name in it.breakers if name != HOST):
        use: Use = "event" if name == "event" else "webform" if name == "webform" else "token"
        if outage := _outage(peer, use, state.breaker(name), now):
            yield outage


def _outage(peer: str, use: Use, breaker: Breaker, now: datetime) -> Outage | None:
    down = breaker.failures >= FAILURES_TO_OPEN
    open_until = datetime.fromtimestamp(breaker.open_until, UTC)
    if not down and open_until <= now:
        return None
    since = datetime.fromtimestamp(breaker.failing_since, UTC) if breaker.failing_since else None
    return Outage(peer, use, down, since, open_until if open_until > now else None)


def _waiting(services: Services, cooperation: str, peer: str) -> int:
    """Work that is not done and calls this peer. A coach link that waits for an account does not count."""
    waits: dict[str, Any] = {"cooperation": cooperation, "state": "waiting"}
    if peer == "Hoomdossier":
        return services.records(Link).count(where={**waits, "waiting_for": None})
    return sum(services.records(model).count(where=waits) for model in (Submission, DossierRequest, Relay))


# -- how long a bulk replay takes --------------------------------------------------------------------------------------


def how_long(services: Services, cooperation: str, causes: Iterable[Cause]) -> timedelta:
    """How long the calls of these take at the limiter's pace, at least: nothing else is counted."""
    calls: dict[tuple[str, str], int] = {}
    per_minute: dict[tuple[str, str], int] = {}
    for cause in causes:
        for limits in _calls_of(services, cooperation, cause):
            for window, limit in limits.per_minute.items():
                place = (limits.peer, window)
                calls[place], per_minute[place] = calls.get(place, 0) + cause.count, limit
    return timedelta(minutes=max((count / per_minute[place] for place, count in calls.items()), default=0.0))


def _calls_of(services: Services, cooperation: str, cause: Cause) -> list[PeerLimits]:
    """A dossier is asked of Econobis, which asks Hoomdossier through us. E-mail has no limit."""
    limits, model = services.limits, cause.source.kind.model
    if model in {Resident, DossierRequest}:
        return [limits.econobis(cooperation), limits.hoomdossier(cooperation)]
    if model is Submission:
        return [limits.econobis(cooperation)]
    if model is Relay:
        return [limits.econobis(cooperation, event=True)]
    return [limits.hoomdossier(cooperation)] if model is Link else []
