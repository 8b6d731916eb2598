"""The chain of time-outs of the code and of the table of functions, in which each link is longer than the one inside."""

from __future__ import annotations

import ast

import pytest

from functions import create_dossier
from infra.doctor.timeouts import CALLS, chains, problems
from infra.function_table import function_rows
from shared.flows.deliver_event import DeliverEvent
from shared.work.once import LEASE_MARGIN
from tests.tree import MODULES, syntax, within


def test_the_chain_of_the_code_and_the_table_holds() -> None:
    assert list(problems(function_rows(), {}, {})) == []


@pytest.mark.parametrize(
    ("function", "seconds", "says"),
    [
        ("run-task", 170, "de time-out van run-task (170 s) is te kort"),
        ("run-task", 600, "de termijn van een taak (600 s) is te kort voor de time-out van run-task"),
        ("create-dossier", 24, "te kort voor het antwoord van create-dossier (24 s)"),
        ("send-email", 50, "te kort voor de lease op “een e-mail naar de mailserver” (50 s)"),
        ("receive-event", 45, "te kort voor het antwoord van receive-event"),
    ],
)
def test_a_time_out_that_is_too_short_is_found(function: str, seconds: float, says: str) -> None:
    assert any(says in it.what for it in problems(function_rows(), {function: seconds}, {}))


def test_a_schedule_has_to_wait_for_its_function() -> None:
    assert not list(problems(function_rows(), {}, {"sweep": 300}))
    assert "de planning sweep (299 s)" in str(list(problems(function_rows(), {}, {"sweep": 299})))


def test_the_longest_event_counts() -> None:
    """An appointment that was cancelled before: the push, two looks, and the new status."""
    longest = max(call.seconds for call in CALLS)
    assert longest == DeliverEvent.seconds + 20 + 20 + 60
    assert longest + LEASE_MARGIN in [link.seconds for chain in chains(function_rows(), {}, {}) for link in chain]


def test_econobis_waits_for_a_registration_within_our_answer() -> None:
    registration = next(call for call in CALLS if call.function == "create-dossier")
    assert registration.seconds < create_dossier.BUDGET.total_seconds()


def test_every_step_is_in_the_chain() -> None:
    """A new step that calls a peer needs a row in CALLS."""
    steps = {
        node.name
        for module in MODULES
        if within(module, "shared.flows")
        for node in syntax(module).body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("Step[") for base in node.bases)
    }
    assert steps == {"DeliverEvent", "LinkCoach", "Register", "RequestDossier", "SendEmail", "SubmitIntake"}
