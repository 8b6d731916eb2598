"""A person tells which dossier in Hoomdossier is this resident's; the link goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from shared.dead_letters import decide
from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.resident import Resident
from shared.domain.work import Parked, Work
from shared.errors import Busy, Gone, StoreUnavailable
from shared.work.audit import SECONDS, AuditLine
from shared.work.once import LEASE_MARGIN
from shared.work.requests import want_dossier
from shared.work.settle_dossier import AccountTaken, settle_dossier
from tests.world.faults import fails, refused_dossier
from tests.world.residents import COOPERATION, WELCOME, dead_letters
from tests.world.residents import Resident as Person
from tests.world.world import World


def known(world: World, person: Person) -> Resident:
    record = world.observer.records(Resident).get(of_contact(COOPERATION, ContactId(person.contact_id)))
    assert record
    return record


def settle(world: World, person: Person, account_id: int) -> bool:
    return settle_dossier(world.observer, COOPERATION, ContactId(person.contact_id), account_id, "anna@example.org")


def lines(world: World) -> list[AuditLine]:
    return [line for _, line in world.observer.audit.records.all()]


def test_econobis_gets_the_account_id_and_the_resident_the_welcome(world: World) -> None:
    person = refused_dossier(world)
    assert dead_letters(world)
    assert settle(world, person, 4711)
    world.settle()
    assert person.contact["hoom_account_id"] == 4711
    assert known(world, person).account_id == 4711
    assert known(world, person).refused == ""
    assert world.letters_to(person.email).count(WELCOME) == 1
    assert not [letter for letter in dead_letters(world) if letter.collection in {"residents", "dossier_requests"}]
    (line,) = lines(world)
    assert (line.action, line.by, line.contact_id) == ("settle", "anna@example.org", person.contact_id)


@pytest.mark.parametrize("number", range(1, 12))
def test_to_settle_again_after_an_outage_halfway_loses_nothing(world: World, number: int) -> None:
    person = refused_dossier(world)
    fails(world, lambda _point, passed: passed == number)
    contact_id = ContactId(person.contact_id)
    with suppress(StoreUnavailable):
        settle_dossier(world.services, COOPERATION, contact_id, 4711, "anna@example.org")
    world.clock.advance(SECONDS + LEASE_MARGIN)  # The lock may have stayed.
    settle_dossier(world.services, COOPERATION, contact_id, 4711, "anna@example.org")
    world.settle()
    assert person.contact["hoom_account_id"] == 4711
    assert [line.action for line in lines(world)] == ["settle"]


def test_the_same_account_once_more_changes_nothing(world: World) -> None:
    person = refused_dossier(world)
    assert settle(world, person, 4711)
    world.settle()
    before, tasks = known(world, person), dict(world.dispatcher.waiting)
    assert not settle(world, person, 4711)
    assert known(world, person) == before
    assert len(lines(world)) == 1
    assert world.dispatcher.waiting == tasks


def test_another_account_than_the_known_one_is_refused(world: World, resident: Person) -> None:
    account_id = known(world, resident).account_id
    with pytest.raises(AccountTaken) as refusal:
        settle(world, resident, 4711)
    assert (refusal.value.account_id, refusal.value.contact_id) == (account_id, resident.contact_id)
    assert known(world, resident).account_id == account_id
    assert not lines(world)


def test_the_account_of_another_resident_is_refused(world: World, resident: Person) -> None:
    person, account_id = refused_dossier(world, 3), known(world, resident).account_id
    assert account_id
    with pytest.raises(AccountTaken) as refusal:
        settle(world, person, account_id)
    assert refusal.value.contact_id == resident.contact_id
    assert known(world, person).account_id is None


def meanwhile(world: World, point: str, decide: Callable[[], object]) -> list[str]:
    """Decides when the crash point is passed for the first time; that is refused, because somebody else is deciding.

    Returns a list to which that crash point is added.
    """
    passed: list[str] = []

    def fault(at: str) -> None:
        if at == point and not passed:
            passed.append(at)
            with pytest.raises(Busy):
                decide()

    world.boundaries.fault = fault
    return passed


def test_of_two_who_get_the_same_account_at_the_same_moment_one_is_refused(world: World) -> None:
    one, other = refused_dossier(world, 1), refused_dossier(world, 2)
    # It was seen that nobody has the account, and it is not stored yet.
    tried = meanwhile(world, "before store.create(audit)", lambda: settle(world, other, 4711))
    assert settle_dossier(world.services, COOPERATION, ContactId(one.contact_id), 4711, "anna@example.org")
    assert tried
    assert known(world, other).account_id is None
    with pytest.raises(AccountTaken):
        settle(world, other, 4711)


def test_who_settles_another_account_for_the_same_resident_leaves_no_line(world: World) -> None:
    person = refused_dossier(world)
    tried = meanwhile(world, "after store.create(audit)", lambda: settle(world, person, 4712))
    assert settle_dossier(world.services, COOPERATION, ContactId(person.contact_id), 4711, "anna@example.org")
    assert tried
    assert known(world, person).account_id == 4711
    assert [line.action for line in lines(world)] == ["settle"]


@pytest.mark.parametrize("collection", ["residents", "dossier_requests"])
def test_each_dead_letter_about_the_dossier_is_settled_with_the_account(world: World, collection: str) -> None:
    """The dossier of somebody whom Hoomdossier refused, and one that was parked because it exists already."""
    person = refused_dossier(world)
    key = of_contact(COOPERATION, ContactId(person.contact_id))
    if collection == "residents":
        world.observer.records(Resident).edit(key, park)
    (letter,) = [it for it in dead_letters(world) if it.collection == collection]
    assert decide.settle(world.observer, letter, 4711, "anna@example.org")
    assert known(world, person).account_id == 4711
    assert not decide.settle(world.observer, letter, 4711, "anna@example.org")
    world.settle()
    assert person.contact["hoom_account_id"] == 4711
    assert not [letter for letter in dead_letters(world) if letter.collection in {"residents", "dossier_requests"}]


def test_a_request_that_stands_while_the_account_is_known_is_made_again(world: World, resident: Person) -> None:
    key, account_id = of_contact(COOPERATION, ContactId(resident.contact_id)), known(world, resident).account_id
    assert account_id
    want_dossier(world.observer, COOPERATION, ContactId(resident.contact_id))
    world.observer.records(DossierRequest).edit(key, park)
    (letter,) = dead_letters(world)
    assert decide.would_settle(world.observer, letter, account_id)
    assert decide.settle(world.observer, letter, account_id, "anna@example.org")
    assert not decide.would_settle(world.observer, letter, account_id)
    world.settle()
    assert not dead_letters(world)


def test_a_dead_letter_of_a_resident_with_another_account_keeps_it(world: World, resident: Person) -> None:
    account_id = known(world, resident).account_id
    world.observer.records(Resident).edit(of_contact(COOPERATION, ContactId(resident.contact_id)), park)
    (letter,) = dead_letters(world)
    with pytest.raises(AccountTaken):
        decide.settle(world.observer, letter, 4711, "anna@example.org")
    assert known(world, resident).account_id == account_id


def park(record: Work) -> None:
    record.park(Parked(code="dossier_exists", at=datetime(2026, 11, 20, tzinfo=UTC)))


def test_a_resident_who_is_gone_is_not_made(world: World) -> None:
    with pytest.raises(Gone):
        settle_dossier(world.observer, COOPERATION, ContactId(4040), 4711, "anna")
    assert not world.observer.records(Resident).find()
