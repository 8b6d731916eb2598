"""Stored work carries the trace of the request that it came from, and gives it to its tasks and to what follows."""

from __future__ import annotations

import re

import pytest

from shared.flows.sweep import sweep
from shared.logs import about
from shared.store.port import Query
from shared.work.kinds import KINDS
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
FORM = f"/functions/receive-webform/{COOPERATION}/aanmelden"


def stored(world: World) -> dict[str, set[str]]:
    """The traces in the documents of each kind of work."""
    records = world.observer.records
    return {kind.collection: {work.traceparent for _, work in records(kind.model).all()} for kind in KINDS}


def of_tasks(world: World) -> set[str]:
    return {task.traceparent for task in world.dispatcher.waiting.values()}


def sign_up(world: World, traceparent: str) -> None:
    headers = {"traceparent": traceparent}
    assert world.http.post(world.base + FORM, json=Resident(world, 1).typed, headers=headers).status_code == 202


def test_work_and_its_tasks_carry_the_trace_until_nothing_is_left_to_do(world: World) -> None:
    sign_up(world, PARENT)
    assert stored(world)["submissions"] == {PARENT}
    assert of_tasks(world) == {PARENT}
    world.settle()
    assert not any(set().union(*stored(world).values()))


def test_what_one_flow_asks_of_another_has_its_trace(world: World) -> None:
    sign_up(world, PARENT)
    world.dispatcher.run_due()
    assert stored(world)["links"] == {PARENT}


def test_no_call_to_a_peer_carries_the_trace(world: World) -> None:
    """Neither peer expects it, and it would tie their logs to ours."""
    sign_up(world, PARENT)
    world.settle()
    calls = [row for peer in ("econobis", "hoomdossier") for row in world.received(peer, COOPERATION)]
    assert len(calls) >= 3
    assert not any("trace" in str(call["headers"]).lower() for call in calls)


def test_a_task_that_sweep_makes_has_the_trace_of_its_work(world: World) -> None:
    sign_up(world, PARENT)
    world.dispatcher.lose_all()
    world.clock.advance(400)
    with about(NEXT):
        sweep(world.services)
    assert of_tasks(world) == {PARENT}


def test_a_form_that_is_corrected_goes_on_in_the_trace_of_the_correction(world: World) -> None:
    sign_up(world, PARENT)
    changed = {**Resident(world, 1).typed, "telefoonnummer": "0470 12 34 56"}
    assert world.http.post(world.base + FORM, json=changed, headers={"traceparent": NEXT}).status_code == 202
    assert stored(world)["submissions"] == {NEXT}


def test_an_event_has_the_trace_of_its_own_request(world: World, resident: Resident) -> None:
    resident.push("gebruik")  # Hoomdossier sends no trace, so a new one begins.
    (trace,) = stored(world)["relays"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", trace)
    assert of_tasks(world) == {trace}


@pytest.mark.parametrize(
    "header", ["", "jan@example.org", PARENT.upper(), f"{PARENT},{NEXT}", f"{PARENT}-x", "0" * 5000]
)
def test_what_a_stranger_sends_as_a_trace_is_not_stored(world: World, header: str) -> None:
    sign_up(world, header)
    (trace,) = stored(world)["submissions"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", trace)
    assert trace[3:35] not in header
    assert of_tasks(world) == {trace}


def test_work_that_was_stored_without_a_trace_goes_on(world: World) -> None:
    """An older version of the link stored it."""
    sign_up(world, PARENT)
    (document,) = world.observer.store.find(Query("submissions"))
    data = {name: value for name, value in document.data.items() if name != "traceparent"}
    world.observer.store.replace("submissions", document.key, data, document.version)
    world.settle()
    assert Resident(world, 1).is_in_econobis
