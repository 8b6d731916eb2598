"""Errors that may come a thousand times an hour, and of which one line is enough to warn a person."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from shared.clock import Clock, to_text, utc_now
from shared.errors import AlreadyExists, StoreUnavailable
from shared.logs import log
from shared.store.port import Store

PAUSE = timedelta(hours=1)


@dataclass
class Alarms:
    """At most one line an hour per alarm, over all instances; with the store away, per instance."""

    store: Store
    clock: Clock = utc_now
    _silent_until: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wrong_key(self, function: str, cooperation: str | None = None) -> None:
        """`function` was called for `cooperation`, one of ours, with a key that is not its own.

        Without a cooperation: by who says to be our own queue or schedule.
        """
        if self._is_first(f"wrong-key-{function}-{cooperation or 'google'}"):
            log.error("called with a wrong key", function=function, cooperation=cooperation)

    def refused_event(self, cooperation: str) -> None:
        """Hoomdossier, with a good key, told what we cannot read at all, and it never tells it twice.

        Per instance: it may come by the thousand, and nothing is written for what is refused.
        """
        if self._is_first_here(f"refused-event-{cooperation}"):
            log.error("refused an event", function="receive_event", cooperation=cooperation)

    def flooded(self, cooperation: str, form: str) -> None:
        """A form gets more than it takes: what it refuses may be people."""
        if self._is_first(f"flooded-{cooperation}-{form}"):
            log.error("a form is flooded", function="receive_webform", cooperation=cooperation, form=form)

    def one_sends_much(self, kind: Literal["address", "email"], cooperation: str, form: str) -> None:
        """One caller, or with one mailbox, sends a form more than it takes of one. No alarm: it is refused."""
        if self._is_first_here(f"much-{kind}-{cooperation}-{form}"):
            log.warning("too much of one", function="receive_webform", cooperation=cooperation, form=form, kind=kind)

    def _is_first_here(self, name: str) -> bool:
        now = self.clock()
        with self._lock:
            if now < self._silent_until.get(name, now):
                return False
            self._silent_until[name] = now + PAUSE
        return True

    def _is_first(self, name: str) -> bool:
        """A stranger may ask as often as he likes: that costs one write in the store an hour."""
        if not self._is_first_here(name):
            return False
        now = self.clock()
        try:
            self.store.create("locks", f"alarm-{name}", {"expires_at": to_text(now + PAUSE)})
        except AlreadyExists:
            return False
        except StoreUnavailable:
            return True
        return True
