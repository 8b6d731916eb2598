"""Makes a new task for work that is overdue, drops what has passed its retention, and begins the e-mail to staff.

A crash between store and queue, a task that the queue gave up on, an expired lease: each leaves work that is overdue.
So no accepted work is forgotten, and all work goes on at the first sweep after a fault.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from shared.clock import to_text
from shared.dead_letters.decide import forget_old
from shared.domain.work import Work
from shared.erasure.erase import erase_again
from shared.erasure.forget_persons import forget_persons
from shared.errors import StoreUnavailable
from shared.events.set_aside import replay_set_aside
from shared.logs import log
from shared.staff.digest import make_digests
from shared.work.kinds import KINDS, Kind
from shared.work.records import Records
from shared.work.services import Services

GRACE = timedelta(seconds=30)
"""Work is overdue only so long after its `due_at`, because its task may be running, or the queue a little late."""
PAGE = 500
SAMPLE = 50
"""Of each kind of work so many are looked at for their age. In an outage nearly all are old, and else fewer wait."""


def sweep(services: Services, grace: timedelta = GRACE) -> dict[str, int]:
    """Returns how many tasks it made per collection, how many events it replayed, how many dead letters it dropped.

    Raises StoreUnavailable. When only the bucket cannot be reached, it does everything else.
    """
    before = services.clock() - grace
    _log_oldest(services)
    replayed = _replay_set_aside(services)
    make_digests(services)
    made = {kind.collection: _sweep(services, kind, before) for kind in KINDS}
    log.info("swept", flow="sweep", count=sum(made.values()))
    forgotten = forget_old(services)
    erase_again(services)
    forget_persons(services)
    services.store.scrub()
    return {**made, "replayed": replayed, "forgotten": forgotten}


def _log_oldest(services: Services) -> None:
    """Logs how many seconds the oldest work waits that should have been done. An alert watches this line."""
    now = services.clock()
    since = [at for kind in KINDS for at in _undelivered_since(services, kind)]
    log.info("oldest undelivered", flow="sweep", seconds=max(0, round((now - min(since, default=now)).total_seconds())))


def _undelivered_since(services: Services, kind: Kind[Work]) -> list[datetime]:
    due_first = services.records(kind.model).all(order_by="due_at", at_least="0", limit=SAMPLE)
    return [work.undelivered_since for _, work in islice(due_first, SAMPLE) if work.undelivered_since]


def _replay_set_aside(services: Services) -> int:
    try:
        return replay_set_aside(services)
    except StoreUnavailable as error:
        log.warning("not taken up", flow="sweep", error=type(error).__name__)
        return 0


def _sweep(services: Services, kind: Kind[Work], before: datetime) -> int:
    overdue = services.records(kind.model).all(order_by="due_at", at_most=to_text(before), limit=PAGE)
    return sum(_revive(services, services.records(kind.model), key, before) for key, _ in overdue)


def _revive(services: Services, records: Records[Work], key: str, before: datetime) -> bool:
    work = records.update(key, partial(_due_again, before, services.clock()))
    if work is None or work.due_at is None:
        return False
    services.enqueue(key, work)
    return True


def _due_again(before: datetime, now: datetime, record: Work | None) -> Work | None:
    if record is None or record.due_at is None or record.due_at > before:
        return None
    record.schedule(now)
    return record
