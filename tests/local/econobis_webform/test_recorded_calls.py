"""Every recorded call of the real webform, replayed over HTTP: the answer, the calls to Hoomdossier, and the database."""

from __future__ import annotations

import pytest

from tests.local.econobis_webform.recording import (
    cases,
    changes,
    econobis,
    exchanges,
    hoomdossier,
    load,
    play,
    recorded_changes,
    recorded_requests,
    shortened,
    tables,
)

# Calls that are not replayed, with the reason.
LEFT_OUT: dict[str, str] = {}

CASES = cases()


@pytest.mark.parametrize("name", [name for name in CASES if name not in LEFT_OUT])
def test_answers_and_stores_as_econobis_did(name: str) -> None:
    case, client = CASES[name], econobis()
    with hoomdossier(case) as (url, received):
        load(client, case, url)
        before = tables(client)
        for exchange in exchanges(case):
            answer = play(client, exchange)
            assert shortened(answer.get_json()) == exchange["response"]
            assert answer.status_code == exchange["status"]
    expected = recorded_changes(case)
    assert changes(before, tables(client), like=expected) == expected
    assert received == recorded_requests(case)


def test_nothing_is_left_out_that_is_not_recorded() -> None:
    assert LEFT_OUT.keys() <= CASES.keys()
