"""The chain of time-outs: a call to a peer ends before its lease, the lease before the function, the function before
its caller gives up. A link in the wrong order lets a second instance make a call that still runs.

The numbers come from the code and from the table of functions, or from the functions as they are deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from functions import create_dossier as create_dossier_function
from functions import link_coach as link_coach_function
from functions import receive_event as receive_event_function
from infra.doctor.finding import Finding, error
from infra.function_table import Row
from shared.events import set_visit_status
from shared.flows import link_coach, pull_appointments
from shared.flows.create_dossier import Register
from shared.flows.deliver_event import DeliverEvent
from shared.flows.request_dossier import RequestDossier
from shared.flows.send_email import SendEmail
from shared.flows.submit_intake import SubmitIntake
from shared.work.limiter import BULK_PATIENCE
from shared.work.once import LEASE_MARGIN

TASK_DEADLINE = 600.0
"""Seconds that Cloud Tasks waits for an answer when a task names no deadline, and ours name none."""
SCHEDULER_DEADLINE = 180.0
"""Seconds that Cloud Scheduler waits for an answer when a job names no deadline."""


@dataclass(frozen=True)
class Call:
    """The longest call of one kind of step in one function. `waits`: seconds in which it asks for room at the peer."""

    function: str
    what: str
    seconds: float
    waits: float = BULK_PATIENCE


CALLS = (
    Call("create-dossier", "de registratie bij Hoomdossier", Register.seconds, waits=0),
    Call("link-coach", "de coach koppelen bij Hoomdossier", link_coach.CALL_SECONDS),
    Call("run-task", "een aanmelding naar Econobis", SubmitIntake.seconds),
    Call("run-task", "het dossier laten aanvragen door Econobis", RequestDossier.seconds),
    Call("run-task", "de coach koppelen bij Hoomdossier", link_coach.CALL_SECONDS),
    Call(
        "run-task",
        "een afspraak naar Econobis die eerder was afgezegd",
        DeliverEvent.seconds + set_visit_status.SECONDS,
        waits=BULK_PATIENCE * (1 + set_visit_status.MOST_CALLS),
    ),
    Call("send-email", "een e-mail naar de mailserver", SendEmail.seconds, waits=0),
)
"""Every step that calls a peer, at its longest."""


@dataclass(frozen=True)
class Link:
    """A limit in a chain. `where` is where it stands. `may_equal`: it need not be longer than the one inside it."""

    what: str
    seconds: float
    where: str
    may_equal: bool = False


def chains(table: Mapping[str, Row], deployed: Mapping[str, float], deadlines: Mapping[str, float]) -> list[list[Link]]:
    """Each chain from the inside out, so its seconds have to rise.

    `deployed` has the time-outs of functions that are deployed; for another the table counts. `deadlines` has how long
    Cloud Scheduler waits for a function.
    """
    return [*_of_calls(table, deployed), *_of_callers(table, deployed, deadlines), *_of_answers(table, deployed)]


def problems(
    table: Mapping[str, Row], deployed: Mapping[str, float], deadlines: Mapping[str, float]
) -> Iterator[Finding]:
    """An error for each two links in the wrong order."""
    for chain in chains(table, deployed, deadlines):
        for inner, outer in pairwise(chain):
            if inner.seconds > outer.seconds or (inner.seconds == outer.seconds and not outer.may_equal):
                yield error(
                    f"{outer.what} ({outer.seconds:g} s) is te kort voor {inner.what} ({inner.seconds:g} s)",
                    "wie opgeeft terwijl de ander nog bezig is, laat hetzelfde werk twee keer doen",
                    outer.where,
                )


def _timeout(function: str, table: Mapping[str, Row], deployed: Mapping[str, float]) -> Link:
    if function in deployed:
        where = f"Google Cloud: Cloud Run functions → {function} → Time-out; of rol opnieuw uit met make deploy"
        return Link(f"de time-out van {function}", deployed[function], where)
    where = f"infra/functions.yaml: {function}, timeout_seconds"
    return Link(f"de time-out van {function}", table[function].timeout_seconds, where)


def _of_calls(table: Mapping[str, Row], deployed: Mapping[str, float]) -> Iterator[list[Link]]:
    for call in CALLS:
        lease = call.seconds + LEASE_MARGIN
        name = f"de lease op “{call.what}”"
        yield [Link(call.what, call.seconds, ""), Link(name, lease, "shared/work/once.py: LEASE_MARGIN")]
        waiting = f"wachten op ruimte en {name}" if call.waits else name
        yield [Link(waiting, call.waits + lease, ""), _timeout(call.function, table, deployed)]


def _of_callers(
    table: Mapping[str, Row], deployed: Mapping[str, float], deadlines: Mapping[str, float]
) -> Iterator[list[Link]]:
    for function, row in table.items():
        if row.called_by == "cloud_tasks":
            yield [
                _timeout(function, table, deployed),
                Link("de termijn van een taak", TASK_DEADLINE, "shared/tasks/client.py"),
            ]
        if row.called_by == "cloud_scheduler" and function in deadlines:
            yield [_timeout(function, table, deployed), _deadline(function, deadlines[function])]


def _deadline(function: str, seconds: float) -> Link:
    where = f"Google Cloud: Cloud Scheduler → {function} → Deadline van een poging"
    return Link(f"de termijn van de planning {function}", seconds, where, may_equal=True)


def _of_answers(table: Mapping[str, Row], deployed: Mapping[str, float]) -> Iterator[list[Link]]:
    budgets = {
        "create-dossier": create_dossier_function.BUDGET.total_seconds(),
        "link-coach": link_coach_function.BUDGET.total_seconds(),
        "receive-event": receive_event_function.WAIT_FOR_MEMORY,
        "pull-appointments": pull_appointments.SECONDS,
    }
    for function, seconds in budgets.items():
        yield [Link(f"het antwoord van {function}", seconds, ""), _timeout(function, table, deployed)]
    yield [
        Link("de registratie bij Hoomdossier", Register.seconds, ""),
        Link("het antwoord van create-dossier", budgets["create-dossier"], "functions/create_dossier.py: BUDGET"),
    ]
