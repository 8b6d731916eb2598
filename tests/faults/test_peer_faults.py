"""F13-F18 and F31: wrong, lost and late answers of Econobis and Hoomdossier, and what both of them hold afterwards."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from infra.standins.hoomdossier import app
from shared.dead_letters.decide import close, replay
from tests.world.faults import no_more_faults, until
from tests.world.hoomdossier_events import PDF, delete, tell_deleted
from tests.world.residents import (
    COOPERATION,
    OTHER,
    WELCOME,
    Campaign,
    Resident,
    check_limits,
    check_whole,
    dead_letters,
    in_time,
    resident_has_one_of_each,
    signed_up,
)
from tests.world.world import World

UNDONE = ["Gehele API aanroep is ongedaan gemaakt!", "Log is gelogd naar het applicatielog."]


def lines(*said: str) -> str:
    """The body with which Econobis refuses: a JSON list of texts."""
    return json.dumps([*said, *UNDONE])


# Econobis gives this answer and does not do the work. The bool: whether the link tries again by itself.
ANSWERS: dict[str, tuple[dict[str, Any], bool]] = {
    "maximum": (
        {"status": 422, "body": lines("Fout opgetreden: Maximum aantal aanroepen per minuut is bereikt.")},
        True,
    ),
    "429 in seconds": ({"status": 429, "headers": {"Retry-After": "120"}}, True),
    "429 until a date": ({"status": 429, "headers": {"Retry-After": "Mon, 23 Nov 2026 10:00:00 GMT"}}, True),
    "account not stored yet": (
        {
            "status": 404,
            "body": lines('Fout opgetreden: Mismatch account_id 7 (Hoom account id for contact in Econobis: "empty")'),
        },
        True,
    ),
    "contact gone": (
        {"status": 404, "body": lines("Fout opgetreden: Contact 7 not found or removed in Econobis")},
        False,
    ),
    "other account": (
        {
            "status": 404,
            "body": lines("Fout opgetreden: Mismatch account_id 7 (Hoom account id for contact in Econobis: 8)"),
        },
        False,
    ),
    "no visit": ({"status": 404, "body": lines("Fout opgetreden: Afspraak niet gevonden in Econobis")}, False),
    "key unknown": ({"status": 404, "body": lines("Fout opgetreden: Endpoint not found")}, False),
    "route not found": ({"status": 404, "body": '{"message":"The route could not be found."}'}, True),
    "412": ({"status": 412, "body": lines("Fout opgetreden: Geen contact.")}, False),
    "500 undone": ({"status": 500, "body": lines("Onbekende fout opgetreden.")}, True),
    "500 server error": ({"status": 500, "body": '{"message":"Server Error"}'}, True),
    "503 maintenance": ({"status": 503, "body": "<html><h1>Onderhoud</h1></html>"}, True),
    "502": ({"status": 502, "body": "<html>bad gateway</html>"}, True),
    "200 maintenance": ({"status": 200, "body": "<html><h1>Onderhoud</h1></html>"}, True),
    "200 empty": ({"status": 200, "body": ""}, True),
    "200 with a fault": ({"status": 200, "body": lines("Fout opgetreden: Geen coach meegegeven")}, False),
    "302": ({"status": 302, "headers": {"Location": "https://example.org/login"}}, True),
}


@pytest.fixture
def resident(world: World) -> Resident:
    """Signed up, with a dossier and a coach."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    return resident


def test_f13_an_event_arrives_after_any_error_of_econobis(world: World, resident: Resident):
    """By itself, or after a replay of the dead letter, which says why and what to do."""
    for day, (name, (answer, tries_again)) in enumerate(ANSWERS.items(), 1):
        date = f"2027-03-{day:02} 10:00:00"
        world.fault("econobis", COOPERATION, kind="status", match="/afspraak", **answer)
        assert resident.set_appointment(date), name
        world.settle()
        letters = dead_letters(world)
        assert bool(letters) is not tries_again, name
        for letter in letters:
            assert letter.why, name
            assert letter.advice, name
            replay(world.services, letter, "test")
        world.settle()
        assert resident.visit["date_planned"] == date, name
    check_whole(world)


@pytest.mark.parametrize("name", ["500 undone", "500 server error"])
def test_f13_after_three_failed_calls_the_next_one_is_made_a_quarter_of_an_hour_later(
    world: World, resident: Resident, name: str
):
    """I6: Econobis mails its staff at each failed call."""
    world.fault("econobis", COOPERATION, kind="status", match="/gebruik", times=20, **ANSWERS[name][0])
    began = world.clock()
    assert resident.push("gebruik")
    until(world, began + timedelta(hours=3))
    received = world.received("econobis", COOPERATION, "/gebruik")
    seconds = [(datetime.fromisoformat(row["at"]) - began).total_seconds() for row in received]
    assert 3 <= len([second for second in seconds if second < 900]) <= 4
    assert all(later - earlier >= 900 for earlier, later in pairwise(seconds[2:]))
    assert len(seconds) >= 6


def test_f13_a_sign_up_arrives_once_after_any_error_of_econobis(world: World):
    """A sign-up that may have worked is not sent again: the link looks first."""
    campaign = Campaign(world, len(ANSWERS))
    for resident, (name, (answer, _)) in zip(campaign.residents, ANSWERS.items(), strict=True):
        world.fault("econobis", COOPERATION, kind="status", match="webform", **answer)
        assert resident.sign_up(), name
        world.settle()
        for letter in dead_letters(world):
            replay(world.services, letter, "test")
        world.settle()
        resident.check()
    campaign.check()


@pytest.mark.parametrize("dossier", ["true", "false"])
@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_f14_a_sign_up_without_an_answer_is_made_once_and_needs_no_person(adjusted, kind: str, dossier: str):
    """The link looks whether Econobis has the sign-up, before it makes anything."""
    with adjusted(("dossier: true", f"dossier: {dossier}")) as world:
        resident = Resident(world, 1)
        world.fault("econobis", COOPERATION, kind=kind, match="webform")
        began = world.clock()
        resident.sign_up()
        world.settle()
        assert resident.visit
        assert world.clock() - began < timedelta(minutes=10)
        if dossier == "true":
            resident.check()
        check_whole(world)


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_f14_a_report_without_an_answer_is_sent_once_more(world: World, resident: Resident, kind: str):
    """Econobis makes a document of each report that it gets. Two are better than none."""
    world.fault("econobis", COOPERATION, kind=kind, match="/pdf")
    began = world.clock()
    assert resident.tell("pdf", **PDF) == 200
    world.settle()
    assert world.clock() - began < timedelta(minutes=10)
    assert resident.tell("pdf", **PDF) == 200  # Hoomdossier sends the same report again: nothing is delivered.
    world.settle()
    assert len(resident.documents) == (2 if kind == "lost_answer" else 1)
    check_whole(world)


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_f14_a_report_that_twice_had_no_answer_is_shown_to_a_person(world: World, resident: Resident, kind: str):
    """The advice says where in Econobis to look. The person then closes it or replays it."""
    world.fault("econobis", COOPERATION, kind=kind, match="/pdf", times=2)
    assert resident.tell("pdf", **PDF) == 200
    world.settle()
    (letter,) = dead_letters(world)
    assert letter.parked.unknown
    assert "documenten" in letter.advice
    (close if resident.documents else replay)(world.services, letter, "test")
    world.settle()
    assert len(resident.documents) == (2 if kind == "lost_answer" else 1)
    check_whole(world)


def test_f14_events_that_may_be_repeated_arrive_although_an_answer_was_lost(world: World, resident: Resident):
    for kind in ("lost_answer", "reset"):
        for path in ("/afspraak", "/gebruik", "/woonplan", "/scan-status"):
            world.fault("econobis", COOPERATION, kind=kind, match=path)
            began = world.clock()
            if path == "/afspraak":
                assert resident.set_appointment(f"2027-03-05 1{len(kind) % 10}:00:00")
            else:
                assert resident.tell(path[1:], says=kind, user_action_plan_advice_comments={"resident": kind}) == 200
            world.settle()
            answered = [row.get("answered") for row in world.received("econobis", COOPERATION, path)]
            assert answered[-1] == 200, (kind, path)
            assert in_time(world, began)
    check_whole(world)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        *(pytest.param(it, marks=pytest.mark.slow) for it in (httpx.WriteError, httpx.RemoteProtocolError)),
    ],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_f15_a_journey_ends_well_when_the_connection_breaks_once_in_each_kind_of_call(
    world: World, error: type[httpx.TransportError], side: str
):
    """With each error of httpx. The tests of the clients say which of them leave the outcome unknown."""
    broken: set[str] = set()

    def breaks(point: str) -> None:
        moment, _, rest = point.partition(" ")
        if moment == side and rest.startswith("POST ") and rest not in broken:
            if error is httpx.ConnectTimeout and side == "after":
                return
            broken.add(rest)
            raise error("on purpose")

    world.boundaries.fault = breaks
    campaign = signed_up(world, 1)
    (resident,) = campaign.residents
    decide_on_dead_letters(world, resident)
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    decide_on_dead_letters(world, resident)
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    campaign.check()


def decide_on_dead_letters(world: World, resident: Resident) -> None:
    """A person does what the advice says: has Hoomdossier send an event of the dossier that is there, or replays."""
    for _ in range(3):
        for letter in dead_letters(world):
            if letter.collection == "residents" and resident.dossiers:
                resident.push("gebruik")
            else:
                replay(world.services, letter, "test")
        world.settle()


REGISTER: dict[str, dict[str, Any]] = {
    "201 without an account": {"kind": "body", "body": "{}"},
    "201 and nothing": {"kind": "body", "body": ""},
    "201 lost": {"kind": "lost_answer"},
    "reset": {"kind": "reset"},
    "401": {"kind": "status", "status": 401, "body": '{"message":"Unauthenticated."}'},
    "404": {"kind": "status", "status": 404, "body": "{}"},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}},
    "500": {"kind": "status", "status": 500, "body": '{"message":"Server Error"}'},
    "503": {"kind": "status", "status": 503},
    "502 html": {"kind": "status", "status": 502, "body": "<html>"},
    "422": {"kind": "status", "status": 422, "body": '{"email":["Het e-mailadres is al in gebruik."]}'},
    "200 maintenance": {"kind": "status", "status": 200, "body": "<html>Onderhoud</html>"},
}


@pytest.mark.parametrize("times", [1, pytest.param(40, marks=pytest.mark.slow)])
def test_f16_a_resident_gets_one_dossier_after_any_error_of_the_registration(world: World, times: int):
    """During the fault there is at most one dossier and one welcome. Afterwards a person does what the advice says, and
    then there is one of each.
    """
    campaign = Campaign(world, len(REGISTER))
    for resident, (name, fault) in zip(campaign.residents, REGISTER.items(), strict=True):
        world.fault("hoomdossier", COOPERATION, match="register", times=times, **fault)
        assert resident.sign_up()
        world.settle()
        assert len(resident.dossiers) <= 1, name
        assert world.letters_to(resident.email).count(WELCOME) <= 1, name
        no_more_faults(world)
        decide_on_dead_letters(world, resident)
        if not resident.contact["hoom_account_id"]:
            resident.make_dossier()
            world.settle()
        decide_on_dead_letters(world, resident)
        resident.check()
    campaign.check()


def test_f16_an_account_id_may_be_text_in_the_answer(world: World):
    resident = Resident(world, 1)
    before = app.register

    def as_text(*args: Any) -> Any:
        return {name: str(value) for name, value in before(*args).items()}

    app.register = as_text
    try:
        resident.sign_up()
        world.settle()
    finally:
        app.register = before
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("seconds", [5, 45])
def test_f17_an_event_waits_until_econobis_has_the_account_id(world: World, resident: Resident, seconds: int):
    """At most two calls fail, and the event arrives within six minutes."""
    account = resident.contact["hoom_account_id"]
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    began = world.clock()
    assert resident.set_appointment("2027-03-05 10:00:00")
    until(world, began + timedelta(seconds=seconds))
    assert {row["answered"] for row in world.received("econobis", COOPERATION, "/afspraak")} == {404}
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=account)
    until(world, began + timedelta(minutes=6))
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    answered = [row["answered"] for row in world.received("econobis", COOPERATION, "/afspraak")]
    assert answered.count(404) <= 2
    world.settle()
    check_whole(world)


def test_f18_an_event_of_an_unknown_contact_is_shown_and_one_without_a_contact_is_dropped(
    world: World, resident: Resident
):
    unknown = {"building_id": 999, "user_id": 998, "account_id": 997, "contact_id": 996}
    assert resident.tell("gebruik", account_related=unknown) == 200
    world.settle()
    (letter,) = dead_letters(world)
    assert "not found or removed" in letter.why
    close(world.services, letter, "test")
    assert resident.tell("gebruik", account_related={**unknown, "contact_id": None}) == 200
    world.settle()
    check_whole(world)


def test_f18_nothing_is_delivered_after_a_delete(world: World, resident: Resident):
    """Neither the events that wait, nor an event that arrives later."""
    assert resident.push("gebruik")
    assert resident.set_appointment("2027-03-05 10:00:00")
    related = delete(world, resident)
    tell_deleted(world, related)
    assert resident.world.post(
        f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/gebruik",
        {"account_related": related, "current": {}, "new": {}},
    )
    world.settle()
    for letter in dead_letters(world):  # Econobis refuses the delete while an opportunity is open. An employee decides.
        assert letter.kind == "delete"
        close(world.services, letter, "test")
    events = world.received("econobis", COOPERATION, "hoomdossier/")
    assert [row["path"].rpartition("/")[2] for row in events] == ["delete"]
    check_whole(world)


def test_f18_a_delete_that_arrives_during_a_call_is_delivered_after_it(world: World, resident: Resident):
    related: list[dict[str, Any]] = []

    def meanwhile(point: str) -> None:
        if point == "before POST gebruik" and not related:
            related.append(delete(world, resident))
            tell_deleted(world, related[0])

    world.boundaries.fault = meanwhile
    assert resident.push("gebruik")
    world.settle()
    for letter in dead_letters(world):
        assert letter.kind == "delete"
        close(world.services, letter, "test")
    events = [row["path"].rpartition("/")[2] for row in world.received("econobis", COOPERATION, "hoomdossier/")]
    assert events == ["gebruik", "delete"]
    check_whole(world)


def test_f18_a_resident_can_get_a_new_dossier_after_a_delete(world: World, resident: Resident):
    """The new dossier has other ids, and its events are delivered."""
    related = delete(world, resident)
    tell_deleted(world, related)
    world.settle()
    for letter in dead_letters(world):
        close(world.services, letter, "test")
    world.econobis_rows[COOPERATION].update("contacts", resident.contact_id, hoom_account_id=None)
    answer = resident.make_dossier()
    assert answer.status_code == 200, answer.text
    world.settle()
    assert resident.contact["hoom_account_id"] == resident.dossiers[0]["account_id"] != related["account_id"]
    assert resident.building_id != related["building_id"]
    assert resident.push("gebruik")
    world.settle()
    assert world.received("econobis", COOPERATION, "/gebruik")[-1]["answered"] == 200
    check_whole(world)


@pytest.mark.parametrize("pushes", [45, pytest.param(1500, marks=pytest.mark.slow)])
def test_f31_a_sign_up_goes_before_the_events_of_the_nightly_burst(adjusted, pushes: int):
    """Hoomdossier pushes the home data of all dossiers in one minute. Econobis takes 30 calls a minute. A resident who
    signs up during the burst has a dossier within 65 seconds.
    """
    with adjusted(("webform_key: env:MEER", "calls_per_minute: 30\n      webform_key: env:MEER")) as world:
        resident, late = Resident(world, 1), Resident(world, 3)
        resident.sign_up()
        world.settle()
        for number in range(pushes):
            assert resident.tell("gebruik", building_id=5000 + number) == 200
        began = world.clock()
        while world.clock() - began < timedelta(seconds=20):
            if not world.dispatcher.run_due():
                world.clock.advance(1)
        signed_up = world.clock()
        late.sign_up()
        while not late.is_in_econobis or not late.contact["hoom_account_id"]:
            if not world.dispatcher.run_due():
                world.clock.advance(1)
            assert world.clock() - signed_up < timedelta(seconds=65)
        world.settle()
        late.check()
        delivered = world.received("econobis", COOPERATION, "/gebruik")
        assert len(delivered) == pushes
        drained = max(datetime.fromisoformat(row["at"]) for row in delivered)
        assert (drained - began).total_seconds() <= (pushes + 5) * 2 / 0.97 + 61
        check_limits(world)
        assert not dead_letters(world)


def test_f31_the_same_report_every_five_minutes_for_a_day_is_one_document(world: World, resident: Resident):
    for _ in range(288):
        assert resident.tell("pdf", **PDF) == 200
        world.clock.advance(300)
        while world.dispatcher.run_due():
            pass
    world.settle()
    assert len(resident.documents) == 1
    assert len(world.received("econobis", COOPERATION, "/pdf")) == 1
    assert not list((world.folder / "blobs").iterdir())
    check_whole(world)


@pytest.mark.parametrize("hours", [2, pytest.param(72, marks=pytest.mark.slow)])
def test_72_hours_without_one_econobis_lose_nothing_and_do_not_delay_the_other_cooperation(world: World, hours: int):
    """I1, I4, I6, I8 and I9 of README.md. The short form takes two hours."""
    campaign = signed_up(world, 2)
    before = len(world.received("econobis", COOPERATION))
    world.fault("econobis", COOPERATION, kind="status", status=503, body="<html>Onderhoud</html>", times=10**6)
    began, during = world.clock(), Campaign(world, 3, first=51)
    during.sign_up()
    others: list[Resident] = []
    for hour in range(hours):
        for resident in campaign.residents:
            assert resident.set_appointment(f"2027-03-{1 + hour // 10:02} {10 + hour % 10}:00:00")
            assert resident.push("gebruik")
        if hour % 12 == 0:
            others.append(Resident(world, 101 + 2 * hour, OTHER))
            assert others[-1].sign_up()
            asked = world.clock()
            while not (others[-1].is_in_econobis and others[-1].contact["hoom_account_id"]):
                if not world.dispatcher.run_due():
                    world.clock.advance(1)
                assert world.clock() - asked < timedelta(seconds=10)
        until(world, began + timedelta(hours=hour + 1))
    assert not dead_letters(world)
    called = len(world.received("econobis", COOPERATION)) - before
    assert called <= hours * 60 / 4 + 30  # A failing peer gets about one call in four minutes.
    no_more_faults(world)
    ended = world.clock()
    world.settle()
    assert in_time(world, ended)
    for resident in campaign.residents:
        last = hours - 1
        assert resident.visit["date_planned"] == f"2027-03-{1 + last // 10:02} {10 + last % 10}:00:00"
    assert len([row for row in world.received("econobis", COOPERATION, "/gebruik") if row["answered"] == 200]) == 2
    for resident in others:
        resident_has_one_of_each(resident)
    campaign.check()
    during.check()
