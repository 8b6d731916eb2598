"""A key that a peer refuses does not slow down calls with other keys, or of other cooperations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.rate import FAILURES_TO_OPEN
from shared.errors import NoRoom
from tests.world.hoomdossier_events import built
from tests.world.residents import COOPERATION, OTHER, Resident
from tests.world.world import World

NO_ENDPOINT = '["Fout opgetreden: Endpoint not found","Gehele API aanroep is ongedaan gemaakt!"]'
SOON = timedelta(seconds=5)


def end(world: World, use: str) -> None:
    """Lets the key for this use expire in Econobis."""
    tables = world.econobis_rows[COOPERATION]
    (webform,) = tables.rows("webforms", api_key=f"demo-{COOPERATION}-{use}")
    tables.update("webforms", webform["id"], date_end="2020-01-01")


def keep_telling(world: World, resident: Resident) -> None:
    """Sends so many events that the breaker of their key opens."""
    for year in range(1950, 1956):
        assert resident.tell("gebruik", **built(year)) == 200
        world.dispatcher.run_due()


def failures(world: World, peer: str) -> dict[str, int]:
    """The failures in a row by key. The host has none."""
    document = world.observer.store.get("peers", peer)
    assert document
    assert not document.data["failures"]
    return {name: door["failures"] for name, door in document.data["keys"].items()}


def takes(world: World, done: Callable[[], bool]) -> timedelta:
    began = world.clock()
    while not done():
        if not world.dispatcher.run_due():
            world.clock.advance(1)
        assert world.clock() - began < timedelta(minutes=10)
    return world.clock() - began


def test_an_event_key_that_ended_does_not_slow_down_a_sign_up(world: World, resident: Resident):
    end(world, "events")
    keep_telling(world, resident)
    assert failures(world, f"econobis-{COOPERATION}") == {"event": FAILURES_TO_OPEN}
    other = Resident(world, 3)
    assert other.sign_up()
    assert takes(world, lambda: other.is_in_econobis) <= SOON


def test_a_webform_key_that_ended_does_not_slow_down_an_event(world: World, resident: Resident):
    end(world, "webform")
    for number in range(3, 13, 2):
        assert Resident(world, number).sign_up()
        world.dispatcher.run_due()
    assert failures(world, f"econobis-{COOPERATION}") == {"webform": FAILURES_TO_OPEN}
    assert resident.set_appointment("2027-03-05 10:00:00")
    assert takes(world, lambda: resident.visit.get("date_planned") == "2027-03-05 10:00:00") <= SOON


def test_one_key_for_both_uses_goes_on_for_the_use_that_econobis_accepts(adjusted):
    """A newer Econobis accepts a key for one use only (known-limits G1)."""
    with adjusted(("      event_key: env:MEER_ENERGIE_EVENTS\n", "")) as world:
        resident = Resident(world, 1)
        assert resident.sign_up()
        world.settle()
        world.fault(
            "econobis", COOPERATION, kind="status", status=404, match="hoomdossier/", times=99, body=NO_ENDPOINT
        )
        keep_telling(world, resident)
        assert failures(world, f"econobis-{COOPERATION}") == {"event": FAILURES_TO_OPEN}
        other = Resident(world, 3)
        assert other.sign_up()
        assert takes(world, lambda: other.is_in_econobis) <= SOON


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_for_one_cooperation_does_not_slow_down_another(world: World, status: int):
    """Both cooperations share the limit of one Hoomdossier."""
    (host,) = {settings.hoomdossier.host for settings in world.services.cooperations.values()}
    world.fault("hoomdossier", COOPERATION, kind="status", status=status, times=99, body='{"message": "nee"}')
    for number in range(1, 9, 2):
        assert Resident(world, number).sign_up()
    takes(world, lambda: len(world.received("hoomdossier", COOPERATION)) >= 3)
    assert failures(world, f"hoomdossier-{host}")[f"token-{COOPERATION}"] >= FAILURES_TO_OPEN
    link = world.services
    with pytest.raises(NoRoom):
        link.limiter.admit(link.limits.hoomdossier(COOPERATION), turn="waited_for")
    assert not link.limiter.admit(link.limits.hoomdossier(OTHER), patience=0, turn="waited_for").failing
