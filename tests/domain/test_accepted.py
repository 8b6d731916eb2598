"""Our copy of Hoomdossier's rules gives the recorded answer for every row of the truth tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.domain.accepted import (
    accepts_addition,
    accepts_phone,
    accepts_postal_code,
    as_stored,
)
from tests.fixtures import rows

RULES = {
    "postal_code": accepts_postal_code,
    "house_number_extension": accepts_addition,
    "phone_number": accepts_phone,
}


@pytest.mark.parametrize("table", RULES)
def test_rule_answers_as_recorded(table: str):
    rule: Callable[[str, str], bool] = RULES[table]
    wrong = [row for row in rows(table) if rule(row["input"], row["country"]) != (row["accepted"] == "true")]
    assert wrong == []


def test_addition_is_stored_as_recorded():
    table = rows("register_house_number_extension_normalisation")
    assert [as_stored(row["input"]) for row in table] == [row["output"] for row in table]
    accepted = [accepts_addition(as_stored(row["input"]), "NL") for row in table]
    assert accepted == [row["rule_accepts_output_nl"] == "true" for row in table]
