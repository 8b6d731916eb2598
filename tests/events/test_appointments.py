"""An appointment from set to done or cancelled: which moment it is, what the resident is told, whose visit it is."""

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
    """Sends the event with this notation of the date. Returns the status of our answer."""
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
    """Staff change a row in Econobis."""
    world.econobis_rows[COOPERATION].update(table, row["id"], **values)


def statuses(world: World) -> list[str]:
    """The statuses to which our calls set a visit."""
    return [
        form["kansactie_update_afspraak_status"] for form in forms(world) if "kansactie_update_afspraak_status" in form
    ]


# -- one moment in any notation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text_of_it", ONE_MOMENT)
def test_letter_calendar_and_econobis_have_the_same_moment(world: World, resident: Resident, text_of_it: str):
    """Econobis drops a zone without converting (known-limits E16)."""
    assert save(resident, text_of_it) == 200
    world.settle()
    assert events(world, "afspraak")[-1]["appointment_date"] == FIRST
    assert resident.visit["date_planned"] == FIRST
    (letter,) = told(resident)
    assert "vrijdag 5 maart 2027 om 10:00 uur" in text(letter)
    assert event(letter)[1]["DTSTART"].dt.strftime("%Y-%m-%d %H:%M:%S") == FIRST


def test_the_same_moment_in_another_notation_is_not_told_again(world: World, resident: Resident):
    appointment(resident, FIRST)
    for other in ONE_MOMENT:
        assert save(resident, other) == 200
        world.settle()
    assert len(told(resident)) == 1
    assert resident.visit["date_planned"] == FIRST
    check_whole(world)


def test_a_relay_with_a_date_in_hoomdossiers_notation_is_read_as_that_moment(world: World, resident: Resident):
    """An older version of the link stored Hoomdossier's notation."""
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


def test_the_same_date_in_another_notation_after_a_cancellation_makes_the_visit_again(world: World, resident: Resident):
    appointment(resident, FIRST, None)
    assert save(resident, IN_ZULU) == 200
    world.settle()
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)


# -- nothing about a moment in the past --------------------------------------------------------------------------------


def test_a_date_in_the_past_is_not_told(world: World, resident: Resident):
    """It is set, moved and removed. Econobis gets every change."""
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


def test_a_letter_about_a_visit_that_has_passed_is_not_sent(world: World, resident: Resident):
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


def test_removing_the_date_of_a_visit_that_was_done_does_nothing(world: World, resident: Resident):
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
def test_removing_a_date_while_executed_is_not_delivered_yet_does_nothing(world: World, resident: Resident, order: str):
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


def test_a_date_in_the_past_is_delivered_although_it_was_removed_after_the_visit(world: World, resident: Resident):
    """Date, status and removal all came while Econobis was away."""
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
def test_removing_a_future_date_of_a_visit_that_was_done_is_a_dead_letter(
    world: World, resident: Resident, decision: str, order: str
):
    """The visit may have been earlier than planned, or a second visit was planned and does not take place."""
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


# -- cancelled: whose visit, and when it is told -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "corrected",
    [
        {"last_name": "Vries"},
        {"first_name": "Johanna"},
        {"first_name": "Zoë", "last_name": "Müller", "last_name_prefix": "van"},
    ],
)
def test_a_visit_is_cancelled_although_staff_corrected_the_name(
    world: World, resident: Resident, corrected: dict[str, str]
):
    """No contact is created, and the corrected name stays."""
    appointment(resident, FIRST)
    change(world, "people", person(world, resident), **corrected)
    before = contacts(world)
    appointment(resident, None)
    assert contacts(world) == before
    assert resident.visit["status_id"] == CANCELLED
    assert person(world, resident).items() >= corrected.items()
    assert len(told(resident)) == 2
    check_whole(world)


def test_the_same_date_is_made_again_although_staff_corrected_the_name(world: World, resident: Resident):
    appointment(resident, FIRST)
    change(world, "people", person(world, resident), last_name="Vries")
    before = contacts(world)
    appointment(resident, None, FIRST)
    assert contacts(world) == before
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (MADE, FIRST)
    check_whole(world)


@pytest.mark.parametrize("how", ["closed", "replayed"])
def test_a_cancellation_is_a_dead_letter_when_econobis_has_another_e_mail_address(
    world: World, resident: Resident, how: str
):
    """A call with the old address would create a contact. The resident is told only after the visit is cancelled."""
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
        close(world.services, letter, "test")  # Staff cancelled it by hand.
    else:
        change(world, "email_addresses", email, email=resident.email)
        replay(world.services, letter, "test")
    world.settle()
    assert event(told(resident)[1])[0] == "CANCEL"
    assert contacts(world) == before
    check_whole(world)


def test_of_two_contacts_with_one_e_mail_address_the_right_visit_is_cancelled(world: World):
    """By the address alone Econobis takes the first contact. Both have a visit with the same coach."""
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


def test_the_resident_is_told_of_a_cancellation_after_econobis_has_it(world: World, resident: Resident):
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


def test_a_cancellation_that_is_undone_before_econobis_has_it_is_not_told(world: World, resident: Resident):
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


def test_executed_after_a_cancellation_is_a_dead_letter_that_says_what_to_do(world: World, resident: Resident):
    """Econobis does not complete a visit that is cancelled."""
    appointment(resident, FIRST, None)
    tell_executed(resident)
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.kind == "status"
    assert "'Afspraak uitgevoerd'" in letter.advice
    assert f"contact met id {resident.contact_id}" in letter.advice


def test_a_cancellation_without_a_visit_is_a_dead_letter_that_says_what_to_do(world: World, resident: Resident):
    """The resident is told after the replay."""
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


def test_a_cancellation_of_two_calls_goes_through_after_an_outage(world: World, resident: Resident):
    """After an outage the breaker lets one trial call through, and the second call of the step after it worked."""
    appointment(resident, FIRST)
    for date in (None, FIRST):
        world.fault("econobis", COOPERATION, kind="status", status=503, times=12)
        appointment(resident, date)
        assert resident.visit["status_id"] == (MADE if date else CANCELLED)
    check_whole(world)


# -- saved once more ---------------------------------------------------------------------------------------------------


def test_the_same_date_saved_again_reaches_a_visit_that_staff_made_since(world: World, resident: Resident):
    """The resident is told once."""
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


def test_a_status_that_is_saved_again_completes_a_second_visit(world: World, resident: Resident):
    for date in (PAST, "2026-11-21 10:00:00"):
        appointment(resident, date)
        tell_executed(resident)
        world.settle()
        assert resident.visit["status_id"] == DONE
    assert answers(world, "econobis", "/woning-status") == [200, 200]
    check_whole(world)


def test_a_status_that_is_saved_again_without_an_open_visit_does_nothing(world: World, resident: Resident):
    for _ in range(2):
        tell_executed(resident)
        world.settle()
    assert resident.visit["status_id"] == DONE
    check_whole(world)


def test_a_date_that_the_feed_shows_again_makes_no_call(world: World, resident: Resident):
    appointment(resident, FIRST)
    for _ in range(2):
        pull_appointments(world.services, COOPERATION)
        world.settle()
    assert len(events(world, "afspraak")) == 1


def test_an_appointment_that_is_set_and_moved_twice_is_three_letters(world: World, resident: Resident):
    appointment(resident, FIRST, SECOND, THIRD)
    assert len(told(resident)) == 3
