"""How an event is delivered to Econobis: the order, the payload, the cooperation's choices, and failures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.dead_letters.decide import replay
from shared.domain.keys import of_building
from shared.domain.relay import Relay
from shared.flows.deliver_event import SECONDS
from tests.fixtures import read
from tests.world.crash_points import Killed
from tests.world.faults import no_more_faults, until
from tests.world.hoomdossier_events import PDF, built
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters
from tests.world.sent import answers, calls_of_ours, events, forms, reserved
from tests.world.world import World

WEBFORM = f"before POST demo-{COOPERATION}-webform"
MAIL = "    mail:\n      name: Meer Energie\n"
CANCELLED = 14  # Econobis' status "Afspraak afgezegd"
FLOOR, SUN = 1, 18  # Hoomdossier's measure applications
TABLE = "App\\Models\\MeasureApplication"
STATUS = read("examples/push-woning-status-request.json")["status"]
ACCOUNT_KEYS = {"building_id", "user_id", "account_id", "contact_id"}


def advice(measure: int, table: str = TABLE) -> dict[str, Any]:
    return {"name": f"maatregel {measure}", "savings_gas": "1.00", "measure_id": measure, "measure_type": table}


def plan(*measures: dict[str, Any], **remarks: str) -> dict[str, Any]:
    advices = {str(98000 + number): measure for number, measure in enumerate(measures)}
    return {"user_action_plan_advices": advices, "user_action_plan_advice_comments": remarks}


def signed_up(world: World) -> Resident:
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident


def measures(world: World, call: int = -1) -> list[Any]:
    """The measure ids of one plan as Econobis got it."""
    return sorted(it["measure_id"] for it in events(world, "woonplan")[call]["user_action_plan_advices"].values())


# -- appointments ------------------------------------------------------------------------------------------------------


def test_an_appointment_sets_the_visits_date(world: World, resident: Resident):
    for date in ("2027-03-05 10:00:00", "2027-03-06 11:30:00"):
        assert resident.set_appointment(date)
        world.settle()
        assert resident.visit["date_planned"] == date
    assert len(events(world, "afspraak")) == 2


def test_the_coach_who_has_the_visit_is_listed_first(world: World, resident: Resident):
    """Econobis looks only at the first coach of the list (known-limits C3)."""
    coaches = [{"contact_id": 22, "user_id": 8022}, {"contact_id": 21, "user_id": 8021}]
    assert resident.tell("afspraak", appointment_date="2027-03-05 10:00:00", coaches=coaches) == 200
    world.settle()
    assert [coach["contact_id"] for coach in events(world, "afspraak")[0]["coaches"]] == [21, 22]
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"


def test_an_appointment_without_a_coach_gets_the_one_who_has_the_visit(world: World, resident: Resident):
    """Without the key `coaches` Econobis refuses the appointment (known-limits C3, D4)."""
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/afspraak"
    world.post(path, {"account_related": resident.related, "appointment_date": "2027-03-05 10:00:00"})
    world.settle()
    assert events(world, "afspraak")[0]["coaches"] == [{"contact_id": 21}]
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"


def test_removing_the_date_cancels_the_visit(world: World, resident: Resident):
    """Econobis refuses an empty date (known-limits C4); no call can clear the date itself."""
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert resident.set_appointment(None)
    world.settle()
    assert (resident.visit["status_id"], resident.visit["date_planned"]) == (CANCELLED, "2027-03-05 10:00:00")
    assert len(events(world, "afspraak")) == 1
    form = forms(world)[-1]
    status = {key: form[key] for key in form if key.startswith("kansactie_update")}
    assert status == {
        "kansactie_update_afspraak_status": "4",
        "kansactie_update_afspraak_campagne": "1",
        "kansactie_update_afspraak_coach": "21",
    }
    check_whole(world)


def test_removing_the_date_twice_makes_one_call(world: World, resident: Resident):
    for date in ("2027-03-05 10:00:00", None, None):
        assert resident.set_appointment(date)
        world.settle()
    assert len([form for form in forms(world) if "kansactie_update_afspraak_status" in form]) == 1


def test_a_cancellation_that_econobis_rolled_back_is_sent_again(world: World, resident: Resident):
    """A newer Econobis sets the visit's status in a second transaction (known-limits G2)."""
    econobis = world.econobis_rows[COOPERATION]
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    econobis.insert("_newer_econobis", fault="Geen team.", status=422, times=1)
    assert resident.set_appointment(None)
    world.settle()
    assert resident.visit["status_id"] == CANCELLED
    assert dead_letters(world) == []


@pytest.mark.parametrize("again", ["2027-03-06 11:00:00", "2027-03-05 10:00:00"])
def test_a_date_after_a_cancellation_makes_the_visit_again(world: World, resident: Resident, again: str):
    """Also with the same date: Econobis kept it and sets the status only when the date changes, so the link sets it."""
    for date in ("2027-03-05 10:00:00", None, again):
        assert resident.set_appointment(date)
        world.settle()
    assert resident.visit["date_planned"] == again
    assert resident.visit["status_id"] != CANCELLED
    assert len(events(world, "afspraak")) == 2
    check_whole(world)


def test_an_appointment_that_needs_two_calls_asks_for_room_twice(world: World, resident: Resident):
    for date in ("2027-03-05 10:00:00", None, "2027-03-05 10:00:00"):
        assert resident.set_appointment(date)
        world.settle()
    assert len(events(world, "afspraak")) == 2
    assert reserved(world, f"econobis-{COOPERATION}") == len(calls_of_ours(world, "econobis"))


def test_a_date_that_is_removed_during_the_wait_for_room_counts_for_the_other_key(adjusted):
    """An appointment uses the event key of Econobis and its removal the webform key, each with a limit of its own."""
    with adjusted() as world:
        resident = signed_up(world)
        assert resident.set_appointment("2027-03-05 10:00:00")
        world.settle()
        removed = []

        def meanwhile(point: str) -> None:
            if point == "after store.get(peers)" and not removed:
                removed.append(resident.set_appointment(None))

        assert resident.set_appointment("2027-03-06 10:00:00")
        world.boundaries.fault = meanwhile
        world.settle()
        assert removed == [True]
        assert resident.visit["status_id"] == CANCELLED
        assert [event["appointment_date"] for event in events(world, "afspraak")] == ["2027-03-05 10:00:00"]
        peer = f"econobis-{COOPERATION}"
        assert reserved(world, peer, "webform") == len(forms(world))
        assert (
            reserved(world, peer, "event") == 2
        )  # The second slot was not used, because the date was removed by then.
        check_whole(world)


def test_a_step_of_two_calls_has_a_lease_for_both(world: World, resident: Resident):
    leases: dict[str | None, timedelta] = {}

    def look(point: str) -> None:
        relay = world.observer.records(Relay).get(of_building(COOPERATION, resident.building_id))
        if point == WEBFORM and relay and (effect := relay.items["appointment"].effect):
            leases.setdefault(relay.appointment, effect.lease_until - world.clock())

    for date in ("2027-03-05 10:00:00", None, "2027-03-05 10:00:00"):
        assert resident.set_appointment(date)
        world.boundaries.fault = look
        world.settle()
    assert leases[None] >= timedelta(seconds=SECONDS)
    assert leases["2027-03-05 10:00:00"] >= timedelta(seconds=2 * SECONDS)


def test_a_cancellation_for_an_unknown_resident_is_a_dead_letter(world: World, resident: Resident):
    """The webform finds a contact by name, e-mail and address, which we do not know (known-limits E17)."""
    strange = {**resident.related, "building_id": 999, "contact_id": 998}
    before = len(forms(world))
    assert resident.tell("afspraak", account_related=strange, appointment_date=None) == 200
    world.settle()
    assert len(forms(world)) == before
    (letter,) = dead_letters(world)
    assert "niet bekend" in letter.why


# -- without campaigns (known-limits D1) -------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2027-03-05 10:00:00", None])
def test_without_campaigns_appointments_and_statuses_are_dead_letters(adjusted, date: str | None):
    """Econobis would change the visit of an arbitrary resident (known-limits D1). Other events are delivered."""
    changes = (
        ("    campaigns:\n      1: {name: Warme wijk}\n", ""),
        ("action: visit\n        coach: 21\n        dossier: true", "action: null\n        dossier: false"),
    )
    with adjusted(*changes) as world:
        resident = signed_up(world)
        assert resident.make_dossier().status_code == 200
        world.settle()
        before = len(forms(world))
        assert resident.tell("afspraak", appointment_date=date) == 200
        assert resident.tell("woning-status") == 200
        assert resident.tell("gebruik") == 200
        world.settle()
        assert not events(world, "afspraak")
        assert not events(world, "woning-status")
        assert len(forms(world)) == before
        assert answers(world, "econobis", "/gebruik") == [200]
        letters = dead_letters(world)
        assert {letter.kind for letter in letters} == {"appointment", "status"}
        assert all("geen campagne" in letter.why for letter in letters)


# -- order and keys ----------------------------------------------------------------------------------------------------


def test_the_most_urgent_event_goes_first(world: World, resident: Resident):
    """An appointment goes before the home data, whichever came first."""
    for kind in ("scan-status", "gebruik", "woonplan"):
        assert resident.tell(kind) == 200
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    told = [row["path"].rpartition("/")[2] for row in world.received("econobis", COOPERATION, "/hoomdossier/")]
    assert told == ["afspraak", "woonplan", "gebruik", "scan-status"]


def test_a_refused_event_does_not_hold_up_the_other_kinds(world: World, resident: Resident):
    refused = '["Fout opgetreden: Geen status meegegeven","Gehele API aanroep is ongedaan gemaakt!"]'
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/woning-status", body=refused)
    for kind in ("woning-status", "gebruik"):
        assert resident.tell(kind) == 200
    world.settle()
    assert answers(world, "econobis", "/gebruik") == [200]
    assert [letter.kind for letter in dead_letters(world)] == ["status"]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("afspraak", {"appointment_date", "coaches"}),
        ("woning-status", {"status", "coaches"}),
        ("scan-status", {"scans"}),
        ("gebruik", {"current", "new"}),
        ("delete", set()),
    ],
)
def test_an_event_has_every_key_that_econobis_reads(world: World, resident: Resident, kind: str, keys: set[str]):
    """An absent key is a 500 there, mailed to staff (known-limits D4), and Hoomdossier leaves keys out."""
    body: dict[str, Any] = {"account_related": {key: it for key, it in resident.related.items() if key != "user_id"}}
    needed = {"afspraak": {"appointment_date": "2027-03-05 10:00:00"}, "woning-status": {"status": STATUS}}
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/{kind}"
    answer = world.post(path, {**body, **needed.get(kind, {})})
    assert answer is not None
    assert answer.status_code == 200
    world.settle()
    event = events(world, kind)[0]
    assert set(event) == {"account_related", *keys}
    assert set(event["account_related"]) == ACCOUNT_KEYS
    assert 500 not in answers(world, "econobis", f"/{kind}")


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_forwarded_unchanged_by_default(world: World, resident: Resident):
    assert resident.tell("woonplan", **plan(advice(FLOOR), advice(SUN), resident="mooi", coach="let op")) == 200
    world.settle()
    assert resident.tell("woonplan", **plan(advice(FLOOR), resident="mooi", coach="let op")) == 200
    world.settle()
    assert measures(world, 0) == [FLOOR, SUN]
    assert measures(world, 1) == [FLOOR]
    remarks = events(world, "woonplan")[1]["user_action_plan_advice_comments"]
    assert remarks == {"resident": "mooi", "coach": "let op"}


def test_with_forward_plan_remarks_off_a_plan_has_no_remarks(adjusted):
    """Each plan replaces the remarks of staff, also by nothing (known-limits D9)."""
    with adjusted((MAIL, f"    events: {{forward_plan_remarks: false}}\n{MAIL}")) as world:
        resident = signed_up(world)
        assert resident.tell("woonplan", **plan(advice(FLOOR), resident="mooi", coach="let op")) == 200
        world.settle()
        assert "user_action_plan_advice_comments" not in events(world, "woonplan")[0]
        assert measures(world) == [FLOOR]
        assert answers(world, "econobis", "/woonplan") == [200]


def test_with_forward_removed_measures_off_removed_measures_stay_in_the_plan(adjusted):
    """Econobis would delete their opportunities, also when staff work on them (known-limits D8)."""
    with adjusted((MAIL, f"    events: {{forward_removed_measures: false}}\n{MAIL}")) as world:
        resident = signed_up(world)
        for listed in ([FLOOR], [SUN], []):
            assert resident.tell("woonplan", **plan(*map(advice, listed))) == 200
            world.settle()
        assert [measures(world, call) for call in range(3)] == [[FLOOR], [FLOOR, SUN], [FLOOR, SUN]]


def test_a_measure_that_stays_in_the_plan_has_its_newest_values(adjusted):
    with adjusted((MAIL, f"    events: {{forward_removed_measures: false}}\n{MAIL}")) as world:
        resident = signed_up(world)
        for savings in ("1.00", "2.00"):
            assert resident.tell("woonplan", **plan({**advice(FLOOR), "savings_gas": savings})) == 200
            world.settle()
        (kept,) = events(world, "woonplan")[1]["user_action_plan_advices"].values()
        assert kept["savings_gas"] == "2.00"


def test_measures_get_the_ids_from_the_settings(adjusted):
    """Econobis compares only the number, not the table (known-limits D7). A custom measure without an id is "other"."""
    names = f'{{"MeasureApplication:{FLOOR}": floor-insulation, "CustomMeasureApplication:{SUN}": eigen-idee}}'
    with adjusted((MAIL, f"    events: {{measure_ids: {names}}}\n{MAIL}")) as world:
        resident = signed_up(world)
        custom = "App\\Models\\CustomMeasureApplication"
        listed = [advice(FLOOR), advice(SUN), advice(SUN, custom), advice(FLOOR, custom)]
        assert resident.tell("woonplan", **plan(*listed)) == 200
        world.settle()
        told = events(world, "woonplan")[0]["user_action_plan_advices"].values()
        assert [it["measure_id"] for it in told] == ["floor-insulation", SUN, "eigen-idee", "overig-uit-hoomdossier"]


# -- merged contacts ---------------------------------------------------------------------------------------------------


def test_events_of_a_merged_contact_go_to_the_contact_it_was_merged_into(adjusted):
    """Hoomdossier keeps using the old id, which Econobis does not know any more (known-limits A14)."""
    with adjusted((MAIL, f"    merged_contacts: {{900: 901, 901: 1001, 902: 21}}\n{MAIL}")) as world:
        resident = signed_up(world)
        assert resident.contact_id == 1001
        old = {**resident.related, "contact_id": 900}
        coach = [{"contact_id": 902, "user_id": 8021}]
        date = "2027-03-05 10:00:00"
        assert resident.tell("afspraak", account_related=old, appointment_date=date, coaches=coach) == 200
        for kind in ("gebruik", "woonplan", "scan-status"):
            assert resident.tell(kind, account_related=old) == 200
        assert resident.tell("gebruik") == 200  # With the new id.
        world.settle()
        for kind in ("afspraak", "gebruik", "woonplan", "scan-status"):
            assert {event["account_related"]["contact_id"] for event in events(world, kind)} == {1001}
            assert set(answers(world, "econobis", f"/{kind}")) == {200}
        assert events(world, "afspraak")[0]["coaches"][0]["contact_id"] == 21
        assert resident.visit["date_planned"] == date
        check_whole(world)


def test_removing_the_date_of_a_merged_contact_cancels_the_visit_of_the_other(adjusted):
    with adjusted((MAIL, f"    merged_contacts: {{900: 1001}}\n{MAIL}")) as world:
        resident = signed_up(world)
        old = {**resident.related, "contact_id": 900}
        for date in ("2027-03-05 10:00:00", None):
            assert resident.tell("afspraak", account_related=old, appointment_date=date, coaches=[]) == 200
            world.settle()
        assert resident.visit["status_id"] == CANCELLED
        check_whole(world)


# -- failures ----------------------------------------------------------------------------------------------------------


def test_the_second_call_after_an_outage_is_not_refused_by_the_breaker(world: World, resident: Resident):
    """The date was removed and set again, which takes two calls. The first one closes the breaker."""
    for date in ("2027-03-05 10:00:00", None):
        assert resident.set_appointment(date)
        world.settle()
    assert resident.visit["status_id"] == CANCELLED
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/afspraak", times=3)
    assert resident.set_appointment("2027-03-05 10:00:00")
    until(world, world.clock() + timedelta(minutes=10))
    assert resident.visit["status_id"] != CANCELLED


def test_an_event_waits_through_an_outage_of_days(world: World, resident: Resident):
    """An outage makes no dead letter within a week."""
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/gebruik", times=100_000)
    assert resident.tell("gebruik") == 200
    for _ in range(48):
        world.clock.advance(3600)
        world.dispatcher.run_due()
    assert dead_letters(world) == []
    no_more_faults(world)
    world.settle()
    assert answers(world, "econobis", "/gebruik")[-1] == 200


def test_a_damaged_report_is_a_dead_letter_with_advice(world: World, resident: Resident):
    """Length and SHA-256 are checked when it is read. Only Hoomdossier can send the report again."""
    assert resident.tell("pdf", **PDF) == 200
    (blob,) = (world.folder / "blobs").iterdir()
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    world.settle()
    assert not events(world, "pdf")
    (letter,) = dead_letters(world)
    assert "beschadigd" in letter.advice
    replay(world.services, letter, "test")
    world.settle()
    assert not events(world, "pdf")


# -- one call at a time about one home ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["woonplan", "delete"])
def test_one_call_at_a_time_is_made_about_one_home(world: World, resident: Resident, kind: str):
    """Econobis creates a missing housing file without a lock. Two calls at once would create two, and a call that ends
    after the delete would create it again.
    """
    meanwhile: list[int] = []

    def another_instance(point: str) -> None:
        if point == "before POST gebruik" and not meanwhile:
            meanwhile.append(resident.tell(kind))
            world.dispatcher.run_due()
            meanwhile.append(len(world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")))

    world.boundaries.fault = another_instance
    assert resident.tell("gebruik") == 200
    began = world.clock()
    world.settle()
    assert meanwhile == [200, 0]
    told = [row["path"].rpartition("/")[2] for row in world.received("econobis", COOPERATION, "hoomdossier/")]
    assert told == ["gebruik", kind]
    assert world.clock() - began < timedelta(minutes=1)


def test_content_that_arrived_during_a_call_is_not_sent_after_a_delete(world: World, resident: Resident):
    told = []

    def meanwhile(point: str) -> None:
        if point == "before POST gebruik" and not told:
            told.append(resident.tell("gebruik", **built(1972)))
            told.append(resident.tell("delete"))

    world.boundaries.fault = meanwhile
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert told == [200, 200]
    calls = [row["path"].rpartition("/")[2] for row in world.received("econobis", COOPERATION, "hoomdossier/")]
    assert calls == ["gebruik", "delete"]


def test_after_a_death_during_a_call_the_next_call_about_that_home_waits_for_the_lease(
    world: World, resident: Resident
):
    world.boundaries.begin()
    deaths = []

    def die(point: str) -> None:
        if point == "before POST gebruik" and not deaths:
            deaths.append(world.clock())
            raise Killed(point)

    world.boundaries.fault = die
    assert resident.tell("gebruik") == 200
    with pytest.raises(Killed):
        world.settle()
    world.die()
    assert resident.tell("woonplan") == 200
    world.settle()
    (at,) = [datetime.fromisoformat(row["at"]) for row in world.received("econobis", COOPERATION, "/woonplan")]
    assert timedelta(seconds=SECONDS) <= at - deaths[0] <= timedelta(minutes=6)
    check_whole(world)
