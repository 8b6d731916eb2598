"""Every recorded call of the real webform, replayed: status, log lines in order, and what it left in the database."""

from __future__ import annotations

import pytest

from tests.local.econobis_webform.recording import (
    Case,
    cases,
    changes,
    exchanges,
    loaded,
    matching,
    play,
    recorded,
    snapshot,
)

# Calls that are not replayed, with the reason.
LEFT_OUT: dict[str, str] = {}

CASES = {name: case for name, case in cases().items() if name not in LEFT_OUT}


def silent(name: str) -> bool:
    return not CASES[name].get("outgoing_http")


@pytest.mark.parametrize("name", list(filter(silent, CASES)))
def test_answers_and_stores_as_econobis_did(name: str) -> None:
    case: Case = CASES[name]
    database = loaded(case)
    before = snapshot(database)
    for exchange in exchanges(case):
        answer = play(database, exchange)
        assert answer.body == exchange["response"]
        assert answer.status == exchange["status"]
    expected = recorded(case)
    assert matching(changes(before, snapshot(database)), expected) == expected
