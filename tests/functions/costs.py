"""What one request of a stranger may cost, of each route: the one place that says so. `test_costs.py` holds us to it.

A stranger has no key, or a wrong one. What follows later from a sign-up that was accepted is bounded elsewhere: by the
limits of the form, and of letters for each address.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    cpu: float = 0.05
    """Seconds of a processor, whatever is in it."""
    memory: int = 512
    """MiB of the whole process, when 64 send the largest body at once."""
    head: float = 5.0
    """Seconds until who sends his headers slowly is cut off; they cost no thread."""
    body: float = 10.0
    """Seconds until who sends a small body slowly is cut off; it costs no thread."""
    threads: int = 16
    """For bodies that say no length, or come after a 100."""
    letters: int = 0
    """Before it is answered."""
    documents: int = 1
    """In the store: an alarm about a wrong key, once an hour for each cooperation and function."""


NOTHING_KEPT = Cost(documents=0)
COSTS = {
    "receive-webform POST": Cost(documents=1),  # The sign-up.
    "receive-webform GET": NOTHING_KEPT,
    "receive-webform confirm GET": NOTHING_KEPT,
    "receive-webform confirm POST": NOTHING_KEPT,  # Of a token that we never sent.
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
