"""What the link will do next for a resident by itself: what, when, and why not at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from shared.domain.dossier_request import DossierRequest
from shared.domain.link import Link
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.rate import HOST, RateState
from shared.domain.relay import EventKind, Relay
from shared.domain.submission import Submission
from shared.domain.work import Work
from shared.staff.kept import Kept
from shared.work.limiter import PeerLimits
from shared.work.services import Services

Call = Literal["sign_up", "dossier", "link", "event", "email", "follow_up"]
"""What is to be done: a call to a peer, a letter, or a step of our own."""
Peer = Literal["Econobis", "Hoomdossier", "mail", ""]


@dataclass(frozen=True)
class Waiting:
    """`call` to `peer` is due at `due_at` (UTC). `event`: the kind of event that is to be delivered.

    `why` is a code: that of the last error (`Attempts.why`), or `Unsure`: an answer was lost, and the link looks first
    what arrived; `NoAccount`: one of the two has no dossier yet; `Digest`: it goes with other news; `""`: it is its
    turn. `failed` counts the attempts since `since` (UTC). `paused_until` (UTC): no call goes to the peer before then.
    """

    call: Call
    peer: Peer
    due_at: datetime
    why: str = ""
    failed: int = 0
    since: datetime | None = None
    event: EventKind | None = None
    paused_until: datetime | None = None


def waiting_of(services: Services, kept: Kept) -> list[Waiting]:
    """The next thing to be done first. Reads the state of both peers. Raises StoreUnavailable."""
    found = [waiting for _, work in kept.work() for waiting in _in(work)]
    pauses = _Pauses(services, kept.cooperation) if found else None
    if pauses:
        found = [pauses.added_to(waiting) for waiting in found]
    return sorted(found, key=lambda waiting: waiting.due_at)


def _in(work: Work) -> Iterator[Waiting]:
    if isinstance(work, Relay):
        yield from _events(work)
        return
    if work.due_at is None:
        return
    call, peer = _call(work)
    tried = work.attempts
    yield Waiting(call, peer, work.due_at, _why(work), tried.failed, tried.first_failed_at)


def _events(relay: Relay) -> Iterator[Waiting]:
    for kind, item in relay.items.items():
        if item.state == "waiting":
            tried = item.attempts
            since = tried.first_failed_at
            yield Waiting("event", "Econobis", item.next_at, tried.why, tried.failed, since, event=kind)


def _call(work: Work) -> tuple[Call, Peer]:
    match work:
        case Submission():
            return ("follow_up", "") if work.submitted_version == work.version else ("sign_up", "Econobis")
        case DossierRequest():
            return "dossier", "Econobis"
        case Link():
            return "link", "Hoomdossier"
        case OutgoingMail():
            return "email", "mail"
    return "follow_up", ""


def _why(work: Work) -> str:
    if isinstance(work, Submission) and work.unsure:
        return "Unsure"
    if isinstance(work, Link) and work.waiting_for:
        return "NoAccount"
    if isinstance(work, OutgoingMail) and work.kind == "coach_digest":
        return "Digest"
    return work.attempts.why


class _Pauses:
    """Until when each peer is left alone (UTC), because it failed or asked for it. Each state is read when needed."""

    def __init__(self, services: Services, cooperation: str) -> None:
        self._services, self._cooperation = services, cooperation
        self._states: dict[str, RateState] = {}

    def added_to(self, waiting: Waiting) -> Waiting:
        """The same, with `paused_until`."""
        limits = self._limits(waiting)
        if limits is None:
            return waiting
        state = self._state(limits.peer)
        ends = max(state.breaker(name).open_until for name in {*limits.breakers, HOST})
        until = datetime.fromtimestamp(ends, UTC) if ends else None
        if until is None or until <= self._services.clock():
            return waiting
        return replace(waiting, paused_until=until)

    def _limits(self, waiting: Waiting) -> PeerLimits | None:
        match waiting.peer:
            case "Econobis":
                return self._services.limits.econobis(self._cooperation, event=waiting.call == "event")
            case "Hoomdossier":
                return self._services.limits.hoomdossier(self._cooperation)
        return None

    def _state(self, peer: str) -> RateState:
        if peer not in self._states:
            self._states[peer] = self._services.limiter.state_of(peer)
        return self._states[peer]
