"""How long personal data is kept (README, "Retention")."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from infra.standins.mailbox.box import Fault
from shared.dead_letters.decide import close
from shared.dead_letters.find import find_dead_letters
from shared.domain.keys import of_contact
from shared.domain.resident import Address, Person, Resident
from shared.flows.sweep import sweep
from shared.retention import DEAD_LETTERS, PERSONAL
from shared.store.port import Document, Query
from shared.work.kinds import KINDS
from tests.world import residents
from tests.world.firestore_rules import EXPIRING
from tests.world.personal_data import found
from tests.world.residents import COOPERATION, dead_letters
from tests.world.world import World, open_world

WORDS = "merkwoord: Jan Merk (jan@merk.example, 0470 98 76 54) bestaat al"
PHONE = "0470987654"


def kept(world: World) -> str:
    documents = [it for kind in KINDS for it in world.observer.store.find(Query(kind.collection))]
    return "\n".join(json.dumps(it.data, ensure_ascii=False) for it in documents)


def known(world: World, resident: residents.Resident) -> Resident:
    record = world.observer.records(Resident).get(of_contact(COOPERATION, resident.contact_id))
    assert record
    return record


def sign_up(world: World, **typed: str) -> residents.Resident:
    resident = residents.Resident(world, 1)
    path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
    answer = world.post(path, {**resident.typed, "telefoonnummer": "0470 98 76 54", **typed})
    assert answer is not None
    assert answer.status_code == 202
    world.settle()
    return resident


def sweep_after(world: World, passed: timedelta) -> None:
    world.clock.advance(passed.total_seconds())
    sweep(world.observer)


# -- residents ---------------------------------------------------------------------------------------------------------


def test_after_half_a_year_without_events_only_the_ids_of_a_resident_are_kept(world: World):
    resident = sign_up(world)
    sweep_after(world, PERSONAL - timedelta(days=2))
    assert found(kept(world), resident.email)
    sweep_after(world, timedelta(days=3))
    record = known(world, resident)
    assert (record.person, record.address, record.email_key, record.refused) == (Person(), Address(), "", "")
    assert not found(kept(world), resident.email, "Voorb", "Naamb", "Kerkstraat", "Gent")
    assert record.account_id
    assert record.milestones.welcomed


def test_a_resident_with_a_dead_letter_is_kept_until_a_day_after_it(world: World):
    resident = sign_up(world)

    def unsure(stored: Resident | None) -> Resident | None:
        if stored:
            stored.state = "parked"
        return stored

    key = of_contact(COOPERATION, resident.contact_id)
    world.observer.records(Resident).update(key, unsure)
    sweep_after(world, PERSONAL + timedelta(days=1))
    assert found(kept(world), resident.email)
    world.observer.records(Resident).update(key, lambda stored: (stored and stored.finish()) or stored)
    sweep_after(world, timedelta(days=1, minutes=1))
    assert not found(kept(world), resident.email)


def test_a_resident_is_kept_until_the_visit(world: World):
    resident = sign_up(world)
    visit = (world.clock() + timedelta(days=170)).strftime("%Y-%m-%d 10:00:00")
    assert resident.set_appointment(visit)
    world.settle()
    sweep_after(world, PERSONAL + timedelta(days=20))
    assert found(kept(world), resident.email)
    sweep_after(world, timedelta(days=170))
    assert not found(kept(world), resident.email)


def test_a_sweep_asks_the_store_only_for_residents_that_are_due(world: World):
    sign_up(world)
    asked: list[Query] = []
    find = world.observer.store.find

    def noted(query: Query) -> list[Document]:
        asked.append(query)
        return find(query)

    world.observer.store.find = noted
    sweep(world.observer)
    of_residents = [query for query in asked if query.collection == "residents" and query.order_by == "personal_until"]
    assert len(of_residents) == 1
    assert find(of_residents[0]) == []


def test_the_telephone_number_is_removed_after_the_letter_to_the_coach(world: World):
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=450, body="later", times=40)])
    resident = residents.Resident(world, 1)
    path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
    assert world.post(path, {**resident.typed, "telefoonnummer": "0470 98 76 54"})
    while world.dispatcher.run_due():
        pass
    assert known(world, resident).person.phone == PHONE
    world.settle()
    assert any("0470" in (letter.part("text/plain") or "") for letter in world.letters.letters())
    assert known(world, resident).person.phone == ""
    assert not found(kept(world), "470987654")


def test_a_correction_does_not_bring_the_telephone_number_back(world: World):
    resident = sign_up(world)
    sign_up(world, adres_straat="Veldstraat")
    assert known(world, resident).address.street == "Veldstraat"
    assert not found(kept(world), "470987654")


def test_without_letters_the_telephone_number_is_not_kept(tmp_path: Path):
    def without_mail(text: str) -> str:
        return text[: text.rindex("    mail:")]

    with open_world(tmp_path, adjust=without_mail) as world:
        resident = sign_up(world)
        assert known(world, resident).person.email
        assert not found(kept(world), "470987654")


# -- the words of a peer -----------------------------------------------------------------------------------------------


def of_a_sign_up(world: World) -> None:
    refusal = json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])
    world.fault("econobis", COOPERATION, kind="status", status=422, match="webform", body=refusal, times=9)
    sign_up(world)


def of_events(world: World) -> None:
    resident = sign_up(world)
    refusal = json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])
    world.fault("econobis", COOPERATION, kind="status", status=404, match="hoomdossier/", body=refusal, times=9)
    for kind in ("woonplan", "gebruik", "woning-status"):
        assert resident.tell(kind) == 200
    world.settle()


def of_a_dossier(world: World) -> None:
    refusal = json.dumps({"naam": [WORDS]})
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match="register", body=refusal, times=9)
    sign_up(world)


def of_a_link(world: World) -> None:
    refusal = json.dumps({"coach": [WORDS]})
    path = "building-coach-status"
    world.fault("hoomdossier", COOPERATION, kind="status", status=422, match=path, body=refusal, times=9)
    sign_up(world)


def of_a_letter(world: World) -> None:
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body=WORDS, times=9)])
    sign_up(world)


def with_answers_lost(world: World) -> None:
    resident = sign_up(world)
    world.fault("econobis", COOPERATION, kind="status", status=500, match="woning-status", body=WORDS, times=9)
    assert resident.tell("woning-status") == 200
    world.settle()


SAID = [of_a_sign_up, of_events, of_a_dossier, of_a_link, of_a_letter, with_answers_lost]


@pytest.mark.parametrize("say", SAID, ids=lambda say: say.__name__)
def test_the_words_of_a_peer_are_kept_only_where_they_are_shown(world: World, say: Callable[[World], None]):
    say(world)
    letters = dead_letters(world)
    shown = sum(letter.why.count("merkwoord") for letter in letters)
    refused = sum(record.refused.count("merkwoord") for _, record in world.observer.records(Resident).all())
    assert kept(world).count("merkwoord") == shown + refused
    if say is not with_answers_lost:
        assert shown


@pytest.mark.parametrize("say", SAID, ids=lambda say: say.__name__)
@pytest.mark.parametrize("end", ["closed", "forgotten"])
def test_the_words_of_a_peer_go_with_the_dead_letter(world: World, say: Callable[[World], None], end: str):
    say(world)
    assert dead_letters(world)
    for letter in list(find_dead_letters(world.observer)) if end == "closed" else []:
        close(world.observer, letter, "test")
    if end == "forgotten":
        sweep_after(world, DEAD_LETTERS + timedelta(days=1))
    world.settle()
    assert not dead_letters(world)
    assert not found(kept(world), "merkwoord", "jan@merk.example", "0470 98 76 54")


@pytest.mark.parametrize("status", [503, 500])
def test_the_words_of_a_peer_go_when_a_retry_works(world: World, status: int):
    resident = sign_up(world)
    world.fault("econobis", COOPERATION, kind="status", status=status, match="hoomdossier/", body=WORDS, times=2)
    world.fault("hoomdossier", COOPERATION, kind="status", status=status, match="", body=WORDS, times=2)
    assert resident.tell("gebruik") == 200
    world.settle()
    assert not dead_letters(world)
    assert not found(kept(world), "merkwoord")


# -- expiry ------------------------------------------------------------------------------------------------------------


def test_every_document_of_work_expires(world: World):
    sign_up(world)
    for kind in KINDS:
        assert kind.collection in EXPIRING
        for document in world.observer.store.find(Query(kind.collection)):
            assert document.data["expires_at"], (kind.collection, document.key)
