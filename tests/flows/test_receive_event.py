"""Hoomdossier's push is answered as soon as the event is stored. More in `tests/events/`."""

from __future__ import annotations

import pytest

from shared.hoomdossier.inbound import KINDS
from tests.fixtures import read
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_answered_with_a_list_before_econobis_is_called(world: World, resident: Resident, kind: str):
    """Hoomdossier sends an event only once, and Econobis may be slow (known-limits C1)."""
    body = {**read(f"examples/push-{kind}-request.json"), "account_related": resident.related}
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/{kind}"
    answer = world.post(path, body)
    assert answer is not None
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert isinstance(answer.json(), list)
    assert not world.received("econobis", COOPERATION, "/hoomdossier/")
    world.settle()
    assert len(world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")) == 1
