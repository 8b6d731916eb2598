"""Replays every recorded call of the real API over HTTP, and compares the answer, the mails and the database."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fixtures import files, read
from tests.standins.hoomdossier.changes import changes
from tests.standins.hoomdossier.conftest import Hoomdossier

CASES = {
    path.stem: read(path) for path in files("vectors/hoomdossier_controllers/*.json") if path.name != "fixture.json"
}


@pytest.mark.parametrize("name", CASES)
def test_answers_and_stores_as_hoomdossier_did(name: str, hoomdossier: Hoomdossier) -> None:
    case = CASES[name]
    # A change by hand before a call is part of the recorded changes too.
    hoomdossier.load({"database_before": case["database_before"]})
    before = hoomdossier.tables()
    hoomdossier.load(case)
    for exchange in [case, *case.get("further_exchanges", [])]:
        if "request" in exchange:
            answer = play(hoomdossier, exchange["request"])
            assert (answer.status_code, answer.json()) == (exchange["status"], exchange["response"])
        else:
            hoomdossier.load(exchange)
    after, expected = hoomdossier.tables(), case.get("database_after", {})
    assert changes(before, after, expected) == expected
    told = [{key: mail[key] for key in ("mail", "to")} for mail in after.get("mails", {}).values()]
    assert [mail for mail in told if mail["mail"] == "UserCreatedEmail"] == case.get("mails", [])


def play(hoomdossier: Hoomdossier, sent: dict[str, Any]) -> httpx.Response:
    """Sends the recorded host name too, because it names the cooperation."""
    headers = {**sent["headers"], "Host": sent["host"]}
    return hoomdossier.http.request(sent["method"], sent["path"], content=sent["body"] or "", headers=headers)
