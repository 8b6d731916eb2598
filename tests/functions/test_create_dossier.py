"""What Econobis gets when it asks for a dossier: ids, or a reason that its dialog can show, in time."""

from __future__ import annotations

from tests.functions.examples import registration
from tests.functions.machine import Machine


def test_a_dossier(link: Machine) -> None:
    answer = link.econobis("create-dossier", registration())
    assert answer.status_code == 201
    accounts = {account["id"] for account in link.hoomdossier_state()["accounts"]}
    assert answer.json()["account_id"] in accounts
    assert link.documents("residents")
