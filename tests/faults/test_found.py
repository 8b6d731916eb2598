"""What the model found, each in as few steps as show it, named after what has to hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.flows.receive_event import receive_event
from shared.hoomdossier.inbound import event_of
from shared.store.sqlite import SqliteStore
from tests.faults.model import COOPERATION, Model, content
from tests.faults.world import living


@pytest.fixture
def world(tmp_path):
    with living(tmp_path, lambda clock: SqliteStore(tmp_path / "link.sqlite", clock)) as world:
        yield world


@pytest.fixture
def building(world):
    """A resident who has a dossier."""
    person = Model(world).people[0]
    world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", person.typed(0))
    world.settle()
    return Model(world).building(person)


def tell(world, building, kind, variant, services=None):
    tables = world.hoomdossier_rows[COOPERATION]
    user = tables.row("users", building["user_id"])
    related = {"building_id": building["id"], "account_id": user["account_id"], "contact_id": 1001}
    services = services or world.services
    event = event_of(kind, {"account_related": related, **content(kind, variant)})
    receive_event(services, COOPERATION, event, as_of=services.clock())


def delivered(world, kind):
    return [row["body"] for row in world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")]


@pytest.mark.xfail(strict=True, reason="Relay.settle makes no task when due_at stays the same, and the last is spent")
def test_the_next_kind_goes_without_a_sweep(world, building):
    tell(world, building, "woonplan", 0)
    world.clock.advance(0.001)
    tell(world, building, "gebruik", 0)
    while world.dispatcher.run_due():
        pass
    assert len(delivered(world, "woonplan")) == 1
    assert len(delivered(world, "gebruik")) == 1


@pytest.mark.xfail(strict=True, reason="as_of compares the clocks of two instances, and a push behind it is dropped")
def test_a_push_is_newer_than_the_one_before_it_whatever_our_clocks_say(world, building):
    """F23: two instances five minutes apart."""
    fast = world.instance(lambda: world.clock() + timedelta(minutes=5))
    tell(world, building, "gebruik", 0, fast)
    world.clock.advance(60)
    tell(world, building, "gebruik", 1)
    world.settle()
    assert "gebruik 1" in delivered(world, "gebruik")[-1]
