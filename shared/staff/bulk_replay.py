"""To send many dead letters again at once: what it would do, how it begins, and which are under way.

`flows/replay_letters.py` does it. A person confirms what `preview` showed, with a key that the preview was given, so
that confirming twice begins one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from shared.dead_letters.causes import Cause, what_stands
from shared.domain.replay import MOST, Chosen, Replay
from shared.staff.peers import how_long
from shared.work.audit import write_down
from shared.work.services import Services

_LATEST = 3


@dataclass(frozen=True)
class Preview:
    """`again` would be sent again, `cannot` are those that it cannot help, `decisions` are to be asked for by cause.

    `takes` is how long the calls take, at least. `key` is new. `is_whole` as in `Standing`.
    """

    key: str
    at: datetime
    again: list[Cause]
    cannot: list[Cause]
    decisions: list[Cause]
    takes: timedelta
    is_whole: bool

    @property
    def count(self) -> int:
        """How many would be sent again."""
        return sum(cause.count for cause in self.again)

    @property
    def is_more_than_fits(self) -> bool:
        """Whether one replay cannot send them all, so that another has to follow."""
        return self.count > MOST

    @property
    def unsure(self) -> int:
        """Of how many of them nobody knows whether they arrived."""
        return sum(cause.count for cause in self.again if cause.oldest[0].is_unsure)


def preview(services: Services, cooperation: str, chosen: Chosen) -> Preview:
    """What sending the chosen ones again would do. Changes nothing. Raises StoreUnavailable."""
    at = services.clock()  # What stops after this moment is not sent again.
    standing = what_stands(services, cooperation, chosen)
    causes = sorted(standing.causes, key=lambda cause: (-cause.count, cause.code))
    can = [cause for cause in causes if not cause.is_final]
    again = [cause for cause in can if chosen.takes(cause.code)]
    return Preview(
        uuid4().hex,
        at,
        again,
        [cause for cause in causes if cause.is_final],
        [cause for cause in can if not chosen.takes(cause.code)],
        how_long(services, cooperation, again),
        standing.is_whole,
    )


def begin(services: Services, cooperation: str, key: str, chosen: Chosen, by: str, *, at: datetime, count: int) -> None:  # noqa: PLR0913  (what a person confirmed)
    """Begins it: of what is chosen, all that were dead letters at the moment of the preview, `at` (UTC).

    `key` is that of the preview; a second time with the same key does nothing. Raises StoreUnavailable.
    """
    now, place = services.clock(), of_replay(cooperation, key)
    replay = Replay.of(chosen, cooperation, by, before=min(at, now), expected=count, at=now)
    write_down(services, "replay_many", place, cooperation=cooperation, by=by, once=place)
    if services.records(Replay).create(place, replay.begin(services.expiry(Replay))):
        services.enqueue_if_possible(place, replay)


def of_replay(cooperation: str, key: str) -> str:
    """The key of the document of a `Replay`."""
    return f"{cooperation}:{key}"


def latest(services: Services, cooperation: str) -> list[tuple[str, Replay]]:
    """The newest ones, each with its key. Raises StoreUnavailable."""
    newest = services.records(Replay).find(
        where={"cooperation": cooperation}, order_by="accepted_at", descending=True, limit=_LATEST
    )
    return [(key.partition(":")[2], replay) for key, replay in newest]
