"""Where a resident stands, and what that counts for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.home_facts import HomeFacts
from shared.domain.ids import ContactId
from shared.domain.journey import STEPS, WAITS, Step, last_day, last_moment, next_wait
from shared.domain.local_time import day_of
from shared.domain.relay import Item, Relay
from shared.domain.resident import Address, Measure, Person, Resident, folded, search_fields
from shared.domain.tally import LONGEST, days_between, rounded, week_of
from shared.domain.work import Parked, Work
from shared.work.tally_difference import tally_difference

DAY = timedelta(days=1)
BEGAN = datetime(2026, 9, 1, 9, tzinfo=UTC)
COACH = ContactId(21)


def signed_up(*, dossier: bool = True, visit: bool = True) -> Resident:
    resident = Resident.first_seen("zonnig-dorp", ContactId(1001), BEGAN)
    resident.begin_journey(1, "aanmelden", BEGAN, coach=None, dossier=dossier, visit=visit)
    resident.reach("signed_up", BEGAN)
    resident.reach("intake", BEGAN + DAY)
    return resident


def again(resident: Resident, campaign: int, at: datetime, coach: ContactId | None = None) -> None:
    """Signs up once more, as `flows/submit_intake.py` writes it down."""
    resident.begin_journey(campaign, "isolatie", at, coach=coach, dossier=True, visit=True)
    resident.reach("signed_up", at)
    resident.reach("intake", at)


def place(resident: Resident) -> tuple[str, str, datetime]:
    it = resident.place()
    return it.step, it.waits_for, it.since


def names(resident: Resident) -> set[str]:
    return {name for it in resident.derived()["tally"] for name in it["counts"]}


def of_campaigns(resident: Resident) -> list[dict[str, Any]]:
    return [it for it in resident.derived()["tally"] if "campaign_id" in it["fixed"]]


def of_now(record: Work) -> dict[str, int]:
    (found,) = [it for it in tally_difference(None, record.derived()) if it.key == "zonnig-dorp:now"] or [None]
    assert found is None or found.fixed == {"cooperation": "zonnig-dorp"}
    return dict(found.counts) if found else {}


def at_coach(resident: Resident) -> Resident:
    resident.set_account(5, BEGAN + 2 * DAY)
    resident.visit_coach = COACH
    resident.reach("coach_linked", BEGAN + 3 * DAY)
    return resident


def test_each_step_is_followed_by_its_wait() -> None:
    assert [next_wait(step) for step in STEPS] == [*WAITS, "nothing"]


def test_a_journey_from_sign_up_to_plan() -> None:
    resident = signed_up()
    assert place(resident) == ("intake", "dossier", BEGAN + DAY)
    resident.set_account(5, BEGAN + 2 * DAY)
    assert place(resident) == ("dossier", "coach", BEGAN + 2 * DAY)
    resident.reach("coach_linked", BEGAN + 3 * DAY)
    assert place(resident) == ("coach", "appointment", BEGAN + 3 * DAY)
    visit, made = BEGAN + 20 * DAY, BEGAN + 5 * DAY
    resident.learn_home(HomeFacts(visit_at=visit, made_at=made))
    assert place(resident) == ("appointment", "visit", visit)
    resident.learn_home(HomeFacts(visit_at=visit, made_at=made, visited_at=visit))
    assert place(resident) == ("visited", "plan", visit)
    facts = HomeFacts(
        visit_at=visit, made_at=made, visited_at=visit, plan_at=visit + DAY, measures=(Measure(name="Dak"),)
    )
    resident.learn_home(facts)
    assert place(resident) == ("plan", "nothing", visit + DAY)


@pytest.mark.parametrize(
    ("wants", "account", "expected"),
    [
        ({"dossier": False}, None, "nothing"),
        ({"visit": False}, None, "dossier"),
        ({"visit": False}, 5, "nothing"),
        ({}, 5, "coach"),
    ],
)
def test_nobody_waits_for_what_the_form_does_not_ask(
    wants: dict[str, bool], account: int | None, expected: str
) -> None:
    resident = signed_up(**wants)
    if account:
        resident.set_account(account, BEGAN + 2 * DAY)
    assert resident.place().waits_for == expected


def test_a_plan_that_the_resident_made_alone_ends_no_journey() -> None:
    resident = at_coach(signed_up())
    resident.learn_home(HomeFacts(plan_at=BEGAN + 4 * DAY, measures=(Measure(name="Dak"),)))
    assert place(resident) == ("coach", "appointment", BEGAN + 3 * DAY)
    assert "measure|aanmelden|21|count|Dak" in names(resident)


def test_a_cancelled_visit_stops_the_journey_until_a_new_appointment() -> None:
    resident = at_coach(signed_up())
    resident.learn_home(HomeFacts(visit_at=BEGAN + 20 * DAY, made_at=BEGAN + 5 * DAY))
    resident.learn_home(HomeFacts(cancelled_at=BEGAN + 6 * DAY))
    assert place(resident) == ("appointment", "cancelled", BEGAN + 6 * DAY)
    assert "at|aanmelden|21|appointment|cancelled" in names(resident)
    resident.learn_home(HomeFacts(visit_at=BEGAN + 30 * DAY, made_at=BEGAN + 8 * DAY))
    assert place(resident) == ("appointment", "visit", BEGAN + 30 * DAY)


def test_a_date_that_was_removed_and_not_cancelled_yet_waits_for_an_appointment() -> None:
    resident = at_coach(signed_up())
    resident.learn_home(HomeFacts(visit_at=BEGAN + 20 * DAY, made_at=BEGAN + 5 * DAY))
    resident.learn_home(HomeFacts())
    assert place(resident) == ("coach", "appointment", BEGAN + 3 * DAY)


def test_a_removed_dossier_stops_the_journey_and_a_new_sign_up_begins_it_again() -> None:
    resident = at_coach(signed_up())
    resident.clear_dossier()
    resident.learn_home(HomeFacts(removed_at=BEGAN + 9 * DAY))
    assert place(resident) == ("coach", "removed", BEGAN + 9 * DAY)
    again(resident, 1, BEGAN + 8 * DAY)  # The first sign-up once more, after a crash.
    assert place(resident) == ("coach", "removed", BEGAN + 9 * DAY)
    again(resident, 1, BEGAN + 10 * DAY)
    assert place(resident) == ("intake", "dossier", BEGAN + 10 * DAY)
    assert len(of_campaigns(resident)) == 1


def test_a_sign_up_for_another_campaign_begins_a_new_journey_and_keeps_the_old_one() -> None:
    resident = at_coach(signed_up())
    visit = BEGAN + 20 * DAY
    old = HomeFacts(visit_at=visit, made_at=BEGAN + 5 * DAY, visited_at=visit)
    resident.learn_home(old)
    later = BEGAN + 200 * DAY
    again(resident, 2, later)
    resident.learn_home(old)  # Once more, with the next event about the home.
    assert place(resident) == ("dossier", "coach", later)
    assert [it["fixed"]["campaign_id"] for it in of_campaigns(resident)] == [2, 1]
    assert of_now(resident) == {"waits|coach|2027-03-20": 1}
    assert {"at|aanmelden|21|visited|moved", "at|isolatie|21|dossier|coach"} <= names(resident)
    again(resident, 2, later + DAY)  # Another sign-up of the same campaign.
    assert len(resident.earlier) == 1


def test_the_forms_own_coach_is_linked_in_the_next_campaign_too() -> None:
    """The link is there already, so nothing will tell once more that it was made."""
    for coach, waits_for in ((COACH, "appointment"), (ContactId(12), "coach"), (None, "coach")):
        resident = at_coach(signed_up())
        again(resident, 2, BEGAN + 200 * DAY, coach)
        assert resident.place().waits_for == waits_for
        assert resident.place().since == BEGAN + 200 * DAY


def test_who_signs_up_again_after_a_cancelled_visit_goes_on() -> None:
    resident = at_coach(signed_up())
    cancelled = HomeFacts(cancelled_at=BEGAN + 6 * DAY)
    resident.learn_home(HomeFacts(visit_at=BEGAN + 20 * DAY, made_at=BEGAN + 5 * DAY))
    resident.learn_home(cancelled)
    again(resident, 1, BEGAN + 5 * DAY)  # The first sign-up once more, after a crash.
    assert resident.place().waits_for == "cancelled"
    again(resident, 1, BEGAN + 7 * DAY)
    resident.learn_home(cancelled)  # Known already, with the next event about the home.
    assert resident.place().waits_for == "appointment"
    resident.learn_home(HomeFacts(cancelled_at=BEGAN + 9 * DAY))
    assert resident.place().waits_for == "cancelled"


def test_a_coach_counts_for_no_campaign() -> None:
    resident = at_coach(signed_up())
    resident.is_coach = True
    derived = resident.derived()
    assert set(derived.values()) == {None}
    resident.is_coach = False
    assert set(resident.derived()) == set(derived)


def test_who_came_without_a_form_stands_without_a_campaign() -> None:
    resident = Resident.first_seen("zonnig-dorp", ContactId(7), BEGAN)
    assert place(resident) == ("intake", "dossier", BEGAN)
    (tally,) = of_campaigns(resident)
    assert tally["key"] == "zonnig-dorp:0:2026-W36"
    assert tally["counts"] == {"at||0|intake|dossier": 1}


def test_the_coach_whom_hoomdossier_names_is_known_and_never_replaces_econobis_one() -> None:
    resident = signed_up()
    resident.learn_home(HomeFacts(coach=ContactId(12), coach_at=BEGAN + 4 * DAY))
    assert (resident.coach, resident.visit_coach) == (12, None)
    assert resident.milestones.coach_linked == BEGAN + 4 * DAY
    resident.visit_coach = COACH
    assert resident.derived()["coach"] == COACH


def test_days_and_measures_are_counted() -> None:
    resident = at_coach(signed_up())
    resident.learn_home(
        HomeFacts(
            plan_at=BEGAN + 4 * DAY,
            measures=(Measure(name="Dak", m2=12.345, by_resident=True), Measure(name="Dak", m2=1, by_resident=False)),
        )
    )
    (tally,) = of_campaigns(resident)
    assert tally["counts"] == {
        "at|aanmelden|21|coach|appointment": 1,
        "days|aanmelden|21|signed_up>intake|1": 1,
        "days|aanmelden|21|intake>dossier|1": 1,
        "days|aanmelden|21|dossier>coach|1": 1,
        "measure|aanmelden|21|count|Dak": 1,
        "measure|aanmelden|21|m2|Dak": 1334,
        "measure|aanmelden|21|self|Dak": 1,
    }


def test_who_waits_counts_for_what_is_needed_now_since_the_day_in_amsterdam() -> None:
    resident = signed_up()
    assert of_now(resident) == {"waits|dossier|2026-09-02": 1}
    resident.set_account(5, datetime(2026, 12, 1, 23, 30, tzinfo=UTC))
    assert of_now(resident) == {"waits|coach|2026-12-02": 1}
    for ends in ("cancelled", "removed"):
        stopped = resident.model_copy(deep=True)
        stopped.reach(ends, BEGAN + 300 * DAY)
        assert of_now(stopped) == {}
    resident.wants_visit = False
    assert of_now(resident) == {}


def test_a_dead_letter_counts_until_its_document_expires_also_that_of_a_coach() -> None:
    resident = signed_up()
    resident.is_coach, resident.expires_at = True, BEGAN + 730 * DAY
    assert of_now(resident) == {}
    resident.park(Parked(code="Refused", at=BEGAN + 2 * DAY))
    assert of_now(resident) == {"trouble|Resident|2026-09-03|2028-08-31": 1}
    resident.is_coach, resident.expires_at = False, None
    assert of_now(resident) == {"trouble|Resident|2026-09-03|": 1, "waits|dossier|2026-09-02": 1}
    resident.release(BEGAN)
    assert of_now(resident) == {"waits|dossier|2026-09-02": 1}


def test_a_home_counts_each_event_that_is_a_dead_letter_or_itself() -> None:
    def item(days: int | None) -> Item:
        parked = Parked(code="Refused", at=BEGAN + days * DAY) if days else None
        return Item(
            digest="d", version=1, accepted_at=BEGAN, known_since=BEGAN, next_at=BEGAN,
            state="parked" if parked else "waiting", parked=parked,
        )  # fmt: skip

    relay = Relay(cooperation="zonnig-dorp", building_id=1, contact_id=None, account_id=None, accepted_at=BEGAN)
    relay.items = {"appointment": item(1), "plan": item(1), "status": item(2), "usage": item(None)}
    relay.reschedule()
    assert of_now(relay) == {"trouble|Relay|2026-09-02|": 2, "trouble|Relay|2026-09-03|": 1}
    relay.park(Parked(code="Crashed", at=BEGAN))
    assert of_now(relay) == {"trouble|Relay|2026-09-01|": 1}


@pytest.mark.parametrize(
    ("now", "longer", "last"),
    [
        ("2026-11-26T09:00", 0, "2026-11-26T22:59:59.999999"),
        ("2026-11-26T22:59", 14, "2026-11-12T22:59:59.999999"),
        ("2026-11-26T23:00", 14, "2026-11-13T22:59:59.999999"),
        ("2026-10-26T09:00", 1, "2026-10-25T22:59:59.999999"),
        ("2026-10-26T09:00", 2, "2026-10-24T21:59:59.999999"),
        ("2026-03-30T09:00", 1, "2026-03-29T21:59:59.999999"),
    ],
)
def test_longer_than_so_many_days_is_counted_in_whole_days_of_amsterdam(now: str, longer: int, last: str) -> None:
    moment, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, last))
    assert last_moment(moment, longer) == end
    assert day_of(end) == last_day(moment, longer)
    assert day_of(end + timedelta(microseconds=1)) == last_day(moment, longer) + DAY


def test_a_wait_is_never_negative_and_never_longer_than_the_longest() -> None:
    reached: dict[Step, datetime] = {"signed_up": BEGAN, "intake": BEGAN - DAY, "dossier": BEGAN + 900 * DAY}
    assert list(days_between(reached)) == [("signed_up>intake", 0), ("intake>dossier", LONGEST)]


def test_a_long_wait_is_rounded_down_to_whole_weeks() -> None:
    assert [rounded(days) for days in (0, 1, 56, 57, 62, 63, 398, 399, 5000)] == [0, 1, 56, 56, 56, 63, 392, 399, 399]


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-12-31T22:59:00+00:00", "2026-W53"),
        ("2026-01-04T22:59:59+00:00", "2026-W01"),
        ("2026-01-04T23:00:00+00:00", "2026-W02"),  # Monday in Amsterdam
        ("2026-06-07T21:59:59+00:00", "2026-W23"),
        ("2026-06-07T22:00:00+00:00", "2026-W24"),  # in summer time
    ],
)
def test_weeks_are_those_of_amsterdam(moment: str, week: str) -> None:
    assert week_of(datetime.fromisoformat(moment)) == week


@pytest.mark.parametrize(
    ("name", "searched"),
    [
        ("Élise  De Smet", "elise de smet"),
        ("Straße", "strasse"),
        ("محمد", "محمد"),
        ("İdil", "idil"),
        ("D\u2019Hondt", "d'hondt"),
    ],
)
def test_a_name_is_searched_without_accents_and_capitals(name: str, searched: str) -> None:
    assert folded(name) == searched


def test_what_staff_search_by() -> None:
    person = Person(first_name="Anna", prefix="de", last_name="Vries")
    assert search_fields(person, Address(postal_code="1234 ab", number=12, addition="a")) == {
        "by_last_name": "vries de anna",
        "by_first_name": "anna de vries",
        "home": "1234AB 12A",
    }
    assert search_fields(Person(), Address()) == {"by_last_name": None, "by_first_name": None, "home": None}
    assert search_fields(None, Address(postal_code="1234AB"))["home"] == "1234AB"


def test_the_name_is_not_searched_after_it_was_dropped() -> None:
    resident = signed_up()
    resident.person = Person(first_name="Anna", last_name="Jansen")
    assert resident.derived()["by_last_name"] == "jansen anna"
    resident.forget_person()
    assert resident.derived()["by_last_name"] is None
