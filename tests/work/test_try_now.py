"""A person makes work that waits due now: only what may go, once, and with a task."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.dossier_request import DossierRequest
from shared.domain.effect import Effect
from shared.domain.ids import ContactId
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Item, Relay
from shared.domain.resident import Resident
from shared.domain.submission import LONGEST_CALL, LOOKS, Submission
from shared.domain.work import Attempts, Work
from shared.work.try_now import can_hurry, try_now
from tests.world.clock import START
from tests.world.residents import COOPERATION
from tests.world.residents import Resident as Person
from tests.world.world import World

LATER = START + timedelta(hours=3)
FAILED = Attempts(failed=3, first_failed_at=START - timedelta(hours=1), why="Unavailable")
CONTACT = ContactId(7)


def request(**fields: Any) -> DossierRequest:
    given = {"due_at": LATER, "attempts": FAILED, **fields}
    return DossierRequest(cooperation=COOPERATION, contact_id=CONTACT, accepted_at=START, **given)


def sign_up(**fields: Any) -> Submission:
    given = {"due_at": LATER, "email_key": "e", "digest": "d", "sign_up": None, **fields}
    return Submission(cooperation=COOPERATION, form="aanmelden", campaign_id=1, accepted_at=START, **given)


def mail(kind: str, **fields: Any) -> OutgoingMail:
    return OutgoingMail(cooperation=COOPERATION, kind=kind, accepted_at=START, due_at=LATER, **fields)  # type: ignore[arg-type]


def resident(**fields: Any) -> Resident:
    return Resident(cooperation=COOPERATION, contact_id=CONTACT, accepted_at=START, due_at=LATER, **fields)


def relay(**items: dict[str, Any]) -> Relay:
    made = {
        kind: Item(digest="d", version=1, accepted_at=START, known_since=START, **{"next_at": LATER, **fields})
        for kind, fields in items.items()
    }
    home = Relay(
        cooperation=COOPERATION, building_id=3, contact_id=CONTACT, account_id=4, items=made, accepted_at=START
    )  # type: ignore[arg-type]
    home.reschedule()
    return home


def effect(state: str, lease_until: datetime) -> Effect:
    return Effect(state=state, owner="o", lease_until=lease_until)  # type: ignore[arg-type]


RUNNING = effect("sent", START + timedelta(seconds=30))
UNKNOWN = effect("unknown", START - timedelta(hours=1))
MAY_GO: dict[str, Work] = {
    "a request": request(),
    "a request whose call failed": request(effect=effect("failed", START)),
    "a request whose answer was lost": request(effect=UNKNOWN),
    "a sign-up": sign_up(),
    "a sign-up whose call cannot run any more": sign_up(unsure=True, sent_at=START - LONGEST_CALL * LOOKS[0]),
    "a letter": mail("welcome"),
    "an event": relay(plan={}),
    "a follow-up": resident(effect=effect("done", START)),
}
HAS_TO_WAIT: dict[str, Work] = {
    "what is due": request(due_at=START),
    "what is done": request(due_at=None, state="done"),
    "a call under way": request(effect=RUNNING),
    "a sign-up that may still arrive": sign_up(unsure=True, sent_at=START - LONGEST_CALL),
    "a letter with other news": mail("coach_digest"),
    "an event under way": relay(plan={"effect": RUNNING}),
    "an event that may not be sent twice": relay(status={"effect": UNKNOWN}),
    "an event that is a dead letter": relay(plan={"state": "parked"}),
    "a registration that may still run": resident(effect=effect("sent", START - timedelta(seconds=5))),
}


@pytest.mark.parametrize("case", MAY_GO)
def test_what_may_go_is_due_now_and_keeps_the_count_of_its_attempts(world: World, case: str) -> None:
    services, work = world.observer, MAY_GO[case].model_copy(deep=True)
    assert services.records(type(work)).create("one", work)
    assert can_hurry(work, START)
    assert try_now(services, [("one", work)]) == 1
    stored = services.records(type(work)).get("one")
    assert stored is not None
    assert stored.due_at == START
    assert stored.generation > work.generation
    assert stored.attempts == work.attempts
    assert [task.body["generation"] for task in world.dispatcher.waiting.values()] == [stored.generation]
    assert try_now(services, [("one", stored)]) == 0, "the second time nothing is left to hurry"


@pytest.mark.parametrize("case", HAS_TO_WAIT)
def test_what_has_to_wait_stays_as_it_is(world: World, case: str) -> None:
    services, work = world.observer, HAS_TO_WAIT[case].model_copy(deep=True)
    assert services.records(type(work)).create("one", work)
    before = services.records(type(work)).read("one")
    assert not can_hurry(work, START)
    assert try_now(services, [("one", work)]) == 0
    assert services.records(type(work)).read("one") == before
    assert not world.dispatcher.waiting


def test_of_the_events_of_a_home_only_those_go_that_may(world: World) -> None:
    home = relay(plan={}, usage={"effect": RUNNING}, report={"state": "done"})
    services = world.observer
    services.records(Relay).create("one", home)
    assert try_now(services, [("one", home)]) == 1
    stored = services.records(Relay).get("one")
    assert stored is not None
    assert (stored.items["plan"].next_at, stored.items["usage"].next_at) == (START, LATER)


def test_what_was_done_meanwhile_is_left_alone(world: World) -> None:
    services, known = world.observer, request()
    services.records(DossierRequest).create("one", request(due_at=None, state="done"))
    assert try_now(services, [("one", known), ("gone", known)]) == 0


def test_of_two_people_at_once_one_does_it(world: World) -> None:
    """The second makes it due between the moment that the first looks at the clock and the write of the first."""
    first, second, done = world.observer, world.instance(), list[int]()

    def clock() -> datetime:
        now = world.clock()
        if not done:
            world.clock.advance(1)
            done.append(0)
            done[0] = try_now(second, [("one", request())])
        return now

    first.records(DossierRequest).create("one", request())
    assert [try_now(world.instance(clock), [("one", request())]), *done] == [0, 1]


def test_the_limiter_still_decides(world: World) -> None:
    """Econobis is down, so its breaker is open: the work is asked for now and goes when the breaker lets it."""
    person = Person(world, 1)
    world.fault("econobis", COOPERATION, kind="status", status=503, match="webform", body="down", times=4)
    person.sign_up()
    while not world.received("econobis", COOPERATION, "webform")[3:]:
        world.dispatcher.run_due() or world.clock.advance(1)
    ((key, submission),) = world.observer.records(Submission).all()
    called = len(world.received("econobis", COOPERATION, "webform"))
    assert try_now(world.observer, [(key, submission)]) == 1
    world.dispatcher.run_due()
    assert len(world.received("econobis", COOPERATION, "webform")) == called
    world.settle()
    person.check()
