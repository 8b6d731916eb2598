"""What a plan has to fulfil. A rule takes a plan and yields a sentence for each thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.terraform.plan import Plan
from tests.terraform.rules import alerts, data, event_hosts, functions, permissions, values

Rule = Callable[[Plan], Iterable[str]]

RULES: tuple[Rule, ...] = (
    *functions.RULES,
    *permissions.RULES,
    *data.RULES,
    *event_hosts.RULES,
    *alerts.RULES,
    *values.RULES,
)


def findings(plan: Plan) -> list[str]:
    """What all rules find."""
    return [f"{rule.__name__}: {text}" for rule in RULES for text in rule(plan)]
