"""Replays every recorded call of the web form and of the form of a kansactie: the answer, the calls to Hoomdossier byte
for byte, and the database."""

from __future__ import annotations

import pytest

from infra.standins.econobis.reference import reference_tables
from tests.fixtures import files, read
from tests.standins.econobis_webform.recording import (
    cases,
    changes,
    check_answer,
    econobis,
    hoomdossier,
    load,
    play_all,
    recorded_changes,
    recorded_requests,
    tables,
    without_host,
)

CASES = cases()
REFERENCE_IDS = "reference_ids"  # The only file that is not a call.


@pytest.mark.parametrize("name", CASES)
def test_answers_and_stores_as_econobis_did(name: str) -> None:
    case, client = CASES[name], econobis()
    with hoomdossier(case) as recorder:
        load(client, case, recorder.host)
        before = tables(client)
        for exchange, answer in play_all(client, case):
            check_answer(exchange, answer)
    expected = recorded_changes(case)
    assert changes(before, tables(client), like=expected) == expected
    assert [without_host(request) for request in recorder.requests] == recorded_requests(case)


def test_no_recording_is_left_out() -> None:
    assert {path.stem for path in files("vectors/webform/*")} == CASES.keys() | {REFERENCE_IDS}


def test_the_lists_have_the_ids_of_the_real_ones() -> None:
    ours = reference_tables()
    for name, recorded in read(f"vectors/webform/{REFERENCE_IDS}.json").items():
        known = {row["id"]: row for row in ours[name.removesuffix(" (only those used)")]}
        assert [row for row in recorded if not row.items() <= known[row["id"]].items()] == []
