"""The most that one request of a stranger may cost, for each route. `test_costs.py` checks it.

A stranger has no key, or a wrong one. The later work of an accepted sign-up has other limits: those of the form, and of
letters per address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    cpu: float = 0.05
    """CPU seconds, for any contents."""
    memory: int = 512
    """MiB of the whole process, while 64 requests send the largest body at once."""
    head: float = 5.0
    """Seconds until a connection with slow headers is closed; it takes no thread."""
    body: float = 10.0
    """Seconds until a connection with a slow small body is closed; it takes no thread."""
    threads: int = 16
    """The same, for a body without Content-Length or after a 100 Continue."""
    letters: int = 0
    """E-mails to residents."""
    documents: int = 1
    """Documents in the store, such as an alarm about a wrong key (one an hour per cooperation and function)."""
    per_hour: int | None = None
    """Requests from one internet address that are looked at; None for any number, because each is refused or cheap."""


NOTHING_KEPT = Cost(documents=0)
PAGE = NOTHING_KEPT
"""Of every page for staff: a stranger gets a page that asks him to sign in, and nothing is stored."""
COSTS = {
    "receive-webform POST": Cost(documents=3, per_hour=80),  # The sign-up, and the counts of its week and of now.
    "receive-webform OPTIONS": NOTHING_KEPT,
    "receive-webform page GET": NOTHING_KEPT,
    "receive-webform thanks GET": NOTHING_KEPT,
    "receive-webform GET": NOTHING_KEPT,
    "receive-webform made GET": NOTHING_KEPT,
    "receive-webform address GET": Cost(documents=1, per_hour=80),  # What the register said, under a hash.
    "receive-webform page.js GET": NOTHING_KEPT,
    "receive-webform confirm GET": NOTHING_KEPT,
    "receive-webform confirm POST": Cost(documents=0, per_hour=80),  # With a token that was never sent.
    "create-dossier POST": Cost(),
    "link-coach POST": Cost(),
    "receive-event afspraak": Cost(),
    "receive-event woning-status": Cost(),
    "receive-event woonplan": Cost(),
    "receive-event gebruik": Cost(),
    "receive-event scan-status": Cost(),
    "receive-event pdf": Cost(),
    "receive-event delete": Cost(),
    "pull-appointments POST": Cost(),
    "run-task POST": Cost(),
    "send-email POST": Cost(),
    "sweep POST": Cost(),
}
