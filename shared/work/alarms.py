"""Log lines that warn operators of something that may happen thousands of times an hour: one line an hour each."""

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
"""How long an alarm is silent after its line."""


@dataclass
class Alarms:
    """Each alarm writes at most one line per PAUSE, over all instances.

    When the store is unavailable each instance writes its own line. No method raises an error.
    """

    store: Store
    clock: Clock = utc_now
    _silent_until: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wrong_key(self, function: str, cooperation: str | None = None) -> None:
        """An error: somebody called `function` for `cooperation`, which exists, with a wrong key.

        `cooperation` is None for a function that only our own Cloud Tasks and Cloud Scheduler may call.
        """
        if self._is_first(f"wrong-key-{function}-{cooperation or 'google'}"):
            log.error("called with a wrong key", function=function, cooperation=cooperation)

    def refused_event(self, cooperation: str) -> None:
        """An error: Hoomdossier sent an event with a good key that we cannot parse. It never sends an event again.

        One line per instance instead of over all: a refused request must not cost a write to the store.
        """
        if self._is_first_here(f"refused-event-{cooperation}"):
            log.error("refused an event", function="receive_event", cooperation=cooperation)

    def flooded(self, cooperation: str, form: str) -> None:
        """An error: a form gets more than its limits allow. The sign-ups that it refuses may be real."""
        if self._is_first(f"flooded-{cooperation}-{form}"):
            log.error("a form is flooded", function="receive_webform", cooperation=cooperation, form=form)

    def one_sends_much(self, kind: Literal["address", "email"], cooperation: str, form: str) -> None:
        """A warning: one internet address, or one mailbox, sends a form more than its limits allow of one.

        No error, because refusing these is enough. One line per instance.
        """
        if self._is_first_here(f"much-{kind}-{cooperation}-{form}"):
            log.warning("too much of one", function="receive_webform", cooperation=cooperation, form=form, kind=kind)

    def other_origin(self, cooperation: str, form: str) -> None:
        """A warning: a browser sent a form from a web site that the form's settings do not name. One per instance.

        Either somebody else shows the form, or the site got another address. What was sent is refused.
        """
        if self._is_first_here(f"other-origin-{cooperation}-{form}"):
            log.warning("sent from another site", function="receive_webform", cooperation=cooperation, form=form)

    def _is_first_here(self, name: str) -> bool:
        """In this instance."""
        now = self.clock()
        with self._lock:
            if now < self._silent_until.get(name, now):
                return False
            self._silent_until[name] = now + PAUSE
        return True

    def _is_first(self, name: str) -> bool:
        """Over all instances. However often a stranger calls, the store is written once per PAUSE and instance."""
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
