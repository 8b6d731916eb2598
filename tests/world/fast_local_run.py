"""`python -m tests.world.fast_local_run` is the local run with leases and pauses of seconds, for tests that kill it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra.local import __main__, run
from infra.standins.database import Database
from infra.standins.hoomdossier import app as hoomdossier
from shared.domain import rate, retry, submission
from shared.domain.resident import REPEATS
from shared.flows import deliver_event, link_coach, request_dossier, sweep
from shared.flows.create_dossier import Register
from shared.flows.deliver_event import DeliverEvent
from shared.flows.request_dossier import RequestDossier
from shared.flows.send_email import SendEmail
from shared.flows.submit_intake import SubmitIntake
from shared.letters import hold_letter
from shared.work import once

SECONDS = 3.0  # the longest that a call to a peer may take


def _register_at_once(database: Database, *rest: Any) -> dict[str, int]:
    """As Hoomdossier registers, but a kill leaves no half-made dossier there, which only a person could mend."""
    with database.transaction():
        return _register(database, *rest)


_register = hoomdossier.register


def main() -> None:
    hoomdossier.register = _register_at_once
    for step in (DeliverEvent, Register, RequestDossier, SendEmail, SubmitIntake):
        step.seconds = SECONDS
    deliver_event.SECONDS = link_coach.CALL_SECONDS = SECONDS
    submission.LONGEST_CALL = timedelta(seconds=SECONDS)
    Register.repeats = request_dossier.REGISTRATION_REPEATS = replace(REPEATS, rest=timedelta(seconds=SECONDS))
    once.LEASE_MARGIN = 0.5
    retry.ITEM_DELAYS = (1, 1, 2)
    retry.DOWN_DELAYS = (1, 1, 2)
    rate.OPEN_PAUSES, rate.TRY_SECONDS = (1.0, 2.0), 3.0
    hold_letter.COACH_NOTES = replace(hold_letter.COACH_NOTES, within=timedelta(seconds=10))
    sweep.sweep.__defaults__ = (sweep.GRACE / 30,)
    run.QUEUE = replace(run.QUEUE, min_backoff=0.3, max_backoff=1)
    run.JOBS = {"pull-appointments": 2.0, "sweep": 1.0}
    __main__.main()


if __name__ == "__main__":
    sys.exit(main())
