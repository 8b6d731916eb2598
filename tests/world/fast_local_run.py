"""python -m tests.world.fast_local_run: the local run with short leases and pauses, so that a crash is soon over."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from infra.local import __main__, run
from shared.domain import rate, retry
from shared.flows import (
    create_dossier,
    deliver_event,
    link_coach,
    request_dossier,
    send_email,
    submit_intake,
    sweep,
)
from shared.letters import hold_letter
from shared.work import once

SECONDS = 3.0  # for a call to a peer


def main() -> None:
    for flow in (deliver_event, request_dossier, send_email, submit_intake):
        flow.SECONDS = SECONDS
    create_dossier.CALL_SECONDS = link_coach.CALL_SECONDS = SECONDS
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
