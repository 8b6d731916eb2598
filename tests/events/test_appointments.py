"""A visit from its date to its end: which moment it is, what the resident hears, and that nobody else's is touched."""

from __future__ import annotations

from typing import Any

import pytest

from infra.standins.database import Row
from shared.dead_letters.decide import close, replay
from shared.domain.keys import of_building
from shared.domain.local_time import from_amsterdam
from shared.domain.relay import Relay
from shared.flows.pull_appointments import pull_appointments
from tests.world.faults import no_more_faults
from tests.world.letters import FIRST, SECOND, THIRD, appointment, event, text, told
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters
from tests.world.sent import answers, events, forms
from tests.world.world import World

MADE, DONE, CANCELLED = 8, 9, 14  # Econobis' statuses of a visit
PAST = "2026-11-20 10:00:00"  # The world begins on the 23rd.
SOON = "2026-11-23 11:00:00"  # An hour later, in Amsterdam.
IN_ZULU = "2027-03-05T09:00:00.000000Z"  # FIRST
ONE_MOMENT = (IN_ZULU, "2027-03-05T10:00:00+01:00", "2027-03-05T10:00", "2027-03-05 09:00:00Z")


def save(resident: Resident, date: str) -> int:
    """In a text of its own."""
    return resident.tell("afspraak", appointment_date=date, coaches=[{"contact_id": 21}])


def tell_executed(resident: Resident, short: str = "executed") -> None:
    assert resident.tell("woning-status", status={"id": 5, "short": short, "name": short}) == 200


def pass_time(world: World, until: str) -> None:
    world.clock.advance((from_amsterdam(until) - world.clock()).total_seconds() + 3600)


def contacts(world: World) -> int:
    return len(world.rows(COOPERATION, "contacts"))


def person(world: World, resident: Resident) -> Row:
    (row,) = world.rows(COOPERATION, "people", contact_id=resident.contact_id)
    return row


def change(world: World, table: str, row: Row, **values: Any) -> None:
    """Staff do so in Econobis."""
    world.econobis_rows[COOPERATION].update(table, row["id"], **values)


def statuses(world: World) -> list[str]:
    """What our calls set a visit to."""
    return [
        form["kansactie_update_afspraak_status"] for form in forms(world) if "kansactie_update_afspraak_status" in form
    ]


# -- one moment, however it is written -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text_of_it", ONE_MOMENT)
def test_mail_agenda_and_econobis_say_the_same_moment(world: World, resident: Resident, text_of_it: str):
    """Econobis drops a zone without converting (known-limits E16)."""
    assert save(resident, text_of_it) == 200
    world.settle()
    assert events(world, "afspraak")[-1]["appointment_date"] == FIRST
    assert resident.visit["date_planned"] == FIRST
    (letter,) = told(resident)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(letter)
    assert event(letter)[1]["DTSTART"].dt.strftime("%Y-%m-%d %H:%M:%S") == FIRST


def test_the_same_moment_in_other_words_is_not_told_again(world: World, resident: Resident):
    appointment(resident, FIRST)
    for other in ONE_MOMENT:
        assert save(resident, other) == 200
        world.settle()
    assert len(told(resident)) == 1
    assert resident.visit["date_planned"] == FIRST
    check_whole(world)


def test_documents_of_before_are_read_as_the_moment_that_they_hold(world: World, resident: Resident):
    """They have Hoomdossier's own text."""
    appointment(resident, FIRST)
    key = of_building(COOPERATION, resident.building_id)
    document = world.services.store.get("relays", key)
    assert document is not None
    document.data.update(appointment=IN_ZULU, announced=IN_ZULU, planned=IN_ZULU)
    world.services.store.replace("relays", key, document.data, document.version)
    assert save(resident, FIRST) == 200
    world.settle()
    assert len(told(resident)) == 1
    appointment(resident, SECOND)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(told(resident)[-1])


def test_a_date_after_a_cancellation_in_other_words_is_an_appointment_again(world: World, resident: Resident):
    appointment(resident, FIRST, None)
    assert save(resident, IN_ZULU) == 200
    world.settle()
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)


# -- nothing about a moment in the past ------------------------------------------------------------------------------------


def test_of_a_moment_in_the_past_there_is_no_mail(world: World, resident: Resident):
    """Set, moved to another one, and taken away. Econobis hears of it all."""
    appointment(resident, PAST, "2026-11-19 09:00:00", None)
    assert told(resident) == []
    assert len(events(world, "afspraak")) == 2
    assert resident.visit["status_id"] == CANCELLED
    check_whole(world)


def test_a_date_moved_into_the_past_is_not_told_and_the_next_one_is_a_move(world: World, resident: Resident):
    appointment(resident, FIRST, PAST)
    assert len(told(resident)) == 1
    assert resident.visit["date_planned"] == PAST
    appointment(resident, SECOND)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(told(resident)[1])
    assert "zaterdag 6 maart 2027 om 11:30 uur" in text(told(resident)[1])


def test_a_visit_that_has_passed_is_not_cancelled_by_mail(world: World, resident: Resident):
    appointment(resident, SOON)
    assert len(told(resident)) == 1
    pass_time(world, SOON)
    appointment(resident, None)
    assert len(told(resident)) == 1


def test_a_mail_that_comes_too_late_is_not_sent(world: World, resident: Resident):
    """The mail server was away until the visit had passed."""
    smtp, world.services.smtp = world.services.smtp, lambda: None
    assert resident.set_appointment(SOON)
    world.settle()
    (letter,) = dead_letters(world)
    world.services.smtp = smtp
    pass_time(world, SOON)
    replay(world.services, letter, "test")
    world.settle()
    assert told(resident) == []
    check_whole(world)


def test_a_second_visit_after_one_that_has_passed_is_a_new_one(world: World, resident: Resident):
    appointment(resident, SOON)
    pass_time(world, SOON)
    appointment(resident, FIRST)
    first, second = told(resident)
    assert first.header("Subject").rpartition(":")[0] == second.header("Subject").rpartition(":")[0]
    assert "maandag 23 november" not in text(second)


# -- a visit that was done ---------------------------------------------------------------------------------------------


def test_a_removed_date_of_a_visit_that_was_done_is_nothing(world: World, resident: Resident):
    appointment(resident, SOON)
    pass_time(world, SOON)
    tell_executed(resident)
    world.settle()
    assert resident.visit["status_id"] == DONE
    before = len(forms(world))
    appointment(resident, None)
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (DONE, SOON)
    assert len(forms(world)) == before
    assert len(told(resident)) == 1
    relay = world.observer.records(Relay).get(of_building(COOPERATION, resident.building_id))
    assert relay is not None
    assert relay.removal_ignored
    check_whole(world)


@pytest.mark.parametrize("order", ["status first", "removal first"])
def test_a_date_that_is_removed_while_the_visits_end_is_on_its_way_is_nothing(
    world: World, resident: Resident, order: str
):
    appointment(resident, SOON)
    pass_time(world, SOON)
    world.fault("econobis", COOPERATION, kind="status", status=503, times=100_000)
    steps = [lambda: tell_executed(resident), lambda: resident.set_appointment(None)]
    for step in steps if order == "status first" else reversed(steps):
        step()
        world.dispatcher.run_due()
    no_more_faults(world)
    world.settle()
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (DONE, SOON)
    assert statuses(world) == []
    assert len(told(resident)) == 1
    check_whole(world)


def test_a_date_of_the_past_that_econobis_never_heard_of_still_counts(world: World, resident: Resident):
    """All of it came while Econobis was away: date, end, removal."""
    world.fault("econobis", COOPERATION, kind="status", status=503, times=100_000)
    assert resident.set_appointment(PAST)
    tell_executed(resident)
    assert resident.set_appointment(None)
    no_more_faults(world)
    world.settle()
    assert resident.visit["status_id"] == DONE
    assert resident.visit["date_planned"] == PAST
    assert told(resident) == []
    check_whole(world)


def test_a_second_visit_after_one_that_was_done_can_be_cancelled(world: World, resident: Resident):
    appointment(resident, SOON)
    pass_time(world, SOON)
    tell_executed(resident)
    world.settle()
    appointment(resident, FIRST, None)
    assert resident.visit["status_id"] == CANCELLED
    _, was_set, was_cancelled = told(resident)
    assert event(was_set)[0] == "REQUEST"
    assert event(was_cancelled)[0] == "CANCEL"
    check_whole(world)


def test_a_visit_that_is_not_done_after_all_can_be_cancelled(world: World, resident: Resident):
    appointment(resident, FIRST)
    tell_executed(resident)
    world.settle()
    tell_executed(resident, "in_progress")
    world.settle()
    appointment(resident, None)
    assert resident.visit["status_id"] == CANCELLED


@pytest.mark.parametrize("order", ["status first", "removal first"])
@pytest.mark.parametrize("decision", ["it was done", "it is cancelled"])
def test_a_date_that_is_to_come_and_removed_at_the_end_is_for_a_person(
    world: World, resident: Resident, decision: str, order: str
):
    """It was held earlier than planned; or a second visit, planned before the first was reported, is off."""
    appointment(resident, FIRST)
    if order == "status first":
        tell_executed(resident)
        world.settle()
        assert resident.set_appointment(None)
    else:
        assert resident.set_appointment(None)
        tell_executed(resident)
    world.settle()
    (letter,) = dead_letters(world)
    assert "uitgevoerd" in letter.why
    assert resident.visit["status_id"] == DONE
    assert len(told(resident)) == 1
    (close if decision == "it was done" else replay)(world.services, letter, "test")
    world.settle()
    assert resident.visit["status_id"] == (DONE if decision == "it was done" else CANCELLED)
    assert len(told(resident)) == (1 if decision == "it was done" else 2)
    check_whole(world)


# -- cancelled: whose visit, and who hears of it when ------------------------------------------------------------------


@pytest.mark.parametrize(
    "corrected",
    [
        {"last_name": "Vries"},
        {"first_name": "Johanna"},
        {"first_name": "Zoë", "last_name": "Müller", "last_name_prefix": "van"},
    ],
)
def test_staff_corrected_a_name_and_the_visit_is_cancelled_all_the_same(
    world: World, resident: Resident, corrected: dict[str, str]
):
    """Nobody is made, and what staff corrected stays as it is."""
    appointment(resident, FIRST)
    change(world, "people", person(world, resident), **corrected)
    before = contacts(world)
    appointment(resident, None)
    assert contacts(world) == before
    assert resident.visit["status_id"] == CANCELLED
    assert person(world, resident).items() >= corrected.items()
    assert len(told(resident)) == 2
    check_whole(world)


def test_staff_corrected_a_name_and_the_same_date_is_made_again(world: World, resident: Resident):
    appointment(resident, FIRST)
    change(world, "people", person(world, resident), last_name="Vries")
    before = contacts(world)
    appointment(resident, None, FIRST)
    assert contacts(world) == before
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)
    check_whole(world)


@pytest.mark.parametrize("how", ["closed", "replayed"])
def test_an_address_that_econobis_does_not_know_any_more_is_for_a_person(world: World, resident: Resident, how: str):
    """A look would make a contact of it; nobody is told before the visit is cancelled."""
    appointment(resident, FIRST)
    (email,) = world.rows(COOPERATION, "email_addresses", email=resident.email)
    contact_id, related = resident.contact_id, resident.related
    change(world, "email_addresses", email, email="nieuw@example.org")
    before = contacts(world)
    assert resident.world.set_appointment(COOPERATION, related["building_id"], None) is None
    assert world.push(COOPERATION, "afspraak", related["building_id"])
    world.settle()
    assert contacts(world) == before
    (letter,) = dead_letters(world)
    for word in (f"contact met id {contact_id}", "Lien Peeters", "05-03-2027 om 10:00", "'Afspraak afgezegd'"):
        assert word in letter.advice
    assert len(told(resident)) == 1
    if how == "closed":
        close(world.services, letter, "test")  # Done by hand.
    else:
        change(world, "email_addresses", email, email=resident.email)
        replay(world.services, letter, "test")
    world.settle()
    assert event(told(resident)[1])[0] == "CANCEL"
    assert contacts(world) == before
    check_whole(world)


def test_of_two_who_share_an_address_the_right_one_is_cancelled(world: World):
    """Econobis takes the first with that address; by name it finds the other. Both have a visit with the same coach."""
    one, other = Resident(world, 1), Resident(world, 3)
    for resident in (one, other):
        resident.sign_up()
        world.settle()
    ids = one.contact_id, other.contact_id
    dates = {contact: visit_of(world, contact) for contact in ids}
    assert all(dates.values())
    related = other.related
    for each in (one, other):
        appointment(each, FIRST)
    # Staff give the first the mail address of the second too.
    world.econobis_rows[COOPERATION].insert(
        "email_addresses", contact_id=ids[0], email=other.email, primary=0, deleted_at=None
    )
    world.set_appointment(COOPERATION, related["building_id"], None)
    assert world.push(COOPERATION, "afspraak", related["building_id"])
    world.settle()
    assert visit_of(world, ids[0])["status_id"] == MADE
    assert visit_of(world, ids[1])["status_id"] == CANCELLED
    assert not dead_letters(world)


def visit_of(world: World, contact_id: int) -> Row:
    (intake,) = world.rows(COOPERATION, "intakes", contact_id=contact_id)
    (opportunity,) = world.rows(COOPERATION, "opportunities", intake_id=intake["id"])
    (visit,) = world.rows(COOPERATION, "quotation_requests", opportunity_id=opportunity["id"])
    return visit


def test_the_resident_hears_of_a_cancellation_when_econobis_has_it(world: World, resident: Resident):
    appointment(resident, FIRST)
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/webform/", times=100_000)
    assert resident.set_appointment(None)
    for _ in range(12):
        world.dispatcher.run_due()
        world.clock.advance(300)
    assert len(told(resident)) == 1
    no_more_faults(world)
    world.settle()
    assert resident.visit["status_id"] == CANCELLED
    assert event(told(resident)[1])[0] == "CANCEL"
    check_whole(world)


def test_a_cancellation_that_is_taken_back_in_time_is_never_told(world: World, resident: Resident):
    appointment(resident, FIRST)
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/webform/", times=100_000)
    assert resident.set_appointment(None)
    world.dispatcher.run_due()
    assert resident.set_appointment(FIRST)
    no_more_faults(world)
    world.settle()
    assert len(told(resident)) == 1
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)
    check_whole(world)


def test_of_a_visit_that_was_cancelled_and_done_after_all_a_person_hears_what_to_do(world: World, resident: Resident):
    """Econobis ends no visit that is cancelled."""
    appointment(resident, FIRST, None)
    tell_executed(resident)
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.kind == "status"
    assert "'Afspraak uitgevoerd'" in letter.advice
    assert f"contact met id {resident.contact_id}" in letter.advice


def test_a_visit_that_is_not_there_is_for_a_person_too(world: World, resident: Resident):
    """And the resident hears nothing meanwhile."""
    appointment(resident, FIRST)
    (coach,) = {resident.visit["contact_id"]}
    change(world, "quotation_requests", resident.visit, contact_id=22)
    appointment(resident, None)
    (letter,) = dead_letters(world)
    assert "Geen kansactie bezoek" in letter.why
    assert "'Afspraak afgezegd'" in letter.advice
    assert len(told(resident)) == 1
    change(world, "quotation_requests", resident.visit, contact_id=coach)
    replay(world.services, letter, "test")
    world.settle()
    assert resident.visit["status_id"] == CANCELLED
    assert len(told(resident)) == 2


def test_a_cancellation_waits_for_a_peer_that_comes_back(world: World, resident: Resident):
    """After an outage one call is let through, and the next of the same cancellation after it worked."""
    appointment(resident, FIRST)
    for date in (None, FIRST):
        world.fault("econobis", COOPERATION, kind="status", status=503, times=12)
        appointment(resident, date)
        assert resident.visit["status_id"] == (MADE if date else CANCELLED)
    check_whole(world)


# -- saved once more -----------------------------------------------------------------------------------------------------


def test_the_same_date_saved_again_reaches_a_visit_that_staff_made_since(world: World, resident: Resident):
    """And the resident hears of it once."""
    appointment(resident, FIRST)
    old = resident.visit
    columns = {key: it for key, it in old.items() if key not in {"id", "date_planned", "status_id"}}
    new = world.econobis_rows[COOPERATION].insert("quotation_requests", **columns, date_planned=None, status_id=7)
    appointment(resident, FIRST)
    (row,) = world.rows(COOPERATION, "quotation_requests", id=new["id"])
    assert (row["date_planned"], row["status_id"]) == (FIRST, MADE)
    assert len(events(world, "afspraak")) == 2
    assert len(told(resident)) == 1
    check_whole(world)


def test_a_status_saved_again_ends_a_second_visit(world: World, resident: Resident):
    for date in (PAST, "2026-11-21 10:00:00"):
        appointment(resident, date)
        tell_executed(resident)
        world.settle()
        assert resident.visit["status_id"] == DONE
    assert answers(world, "econobis", "/woning-status") == [200, 200]
    check_whole(world)


def test_a_status_saved_again_with_no_visit_open_is_nothing(world: World, resident: Resident):
    for _ in range(2):
        tell_executed(resident)
        world.settle()
    assert resident.visit["status_id"] == DONE
    check_whole(world)


def test_what_the_feed_tells_again_is_no_call(world: World, resident: Resident):
    appointment(resident, FIRST)
    for _ in range(2):
        pull_appointments(world.services, COOPERATION)
        world.settle()
    assert len(events(world, "afspraak")) == 1


def test_an_appointment_of_three_moves_is_three_mails(world: World, resident: Resident):
    appointment(resident, FIRST, SECOND, THIRD)
    assert len(told(resident)) == 3
