"""An event of Hoomdossier is stored, the newest of each kind. One that must not be delivered is a dead letter."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.dead_letters.decide import CannotReplay, close, replay
from shared.domain.relay import Relay
from tests.world.faults import no_more_faults
from tests.world.hoomdossier_events import REPORT, built, delete, report, tell_deleted
from tests.world.personal_data import found, kept
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters
from tests.world.sent import answers, events, years
from tests.world.world import World

MAIL = "    mail:\n      name: Meer Energie\n"
NO_OPPORTUNITY = (
    "        measures: [1]\n        action: visit\n        coach: 21\n",
    "        action: null\n        coach: 21\n",
)
HELD = (MAIL, f"    events: {{hold_deletes: true}}\n{MAIL}")


def test_ten_updates_during_an_outage_are_one_delivery_of_the_newest(world: World, resident: Resident):
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/gebruik", times=1000)
    for year in range(1971, 1981):
        assert resident.tell("gebruik", **built(year)) == 200
        world.dispatcher.run_due()
        world.clock.advance(120)
    no_more_faults(world)
    world.settle()
    assert years(world, 503)
    assert years(world, 200) == [1980]
    check_whole(world)


def test_the_same_content_again_makes_no_call(world: World, resident: Resident):
    """An event has no id, so only its content shows that it is the same (known-limits C6)."""
    for _ in range(3):
        assert resident.tell("gebruik", **built(1971)) == 200
        world.settle()
        world.clock.advance(3600)
    assert years(world) == [1971]


def test_content_that_changes_back_is_delivered_again(world: World, resident: Resident):
    for year in (1971, 1972, 1971):
        assert resident.tell("gebruik", **built(year)) == 200
        world.settle()
    assert years(world) == [1971, 1972, 1971]


def test_content_that_arrives_during_the_call_is_delivered_after_it(world: World, resident: Resident):
    later = [1972, 1973]

    def meanwhile(point: str) -> None:
        if point == "before POST gebruik":
            while later:
                assert resident.tell("gebruik", **built(later.pop(0))) == 200

    world.boundaries.fault = meanwhile
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert years(world) == [1971, 1973]
    check_whole(world)


def test_refused_content_is_tried_again_when_hoomdossier_sends_it_again(world: World, resident: Resident):
    """The coach saves the same appointment again, and by then the visit exists (known-limits C5)."""
    refused = '["Fout opgetreden: Afspraak niet gevonden in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/afspraak", body=refused)
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert [letter.kind for letter in dead_letters(world)] == ["appointment"]
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    check_whole(world)


def test_an_event_without_a_contact_is_dropped(world: World, resident: Resident):
    """Hoomdossier sends a delete for every user, also for one without a contact in Econobis (known-limits C12)."""
    before = kept(world)
    unknown = {**resident.related, "building_id": 999, "contact_id": None}
    for kind in ("delete", "gebruik"):
        assert resident.tell(kind, account_related=unknown) == 200
    assert kept(world) == before
    world.settle()
    assert not world.received("econobis", COOPERATION, "/hoomdossier/")
    check_whole(world)


def test_a_report_that_is_refused_and_sent_again_all_day_is_tried_ever_less_often(world: World, resident: Resident):
    """Hoomdossier sends a report every five minutes, and Econobis mails its staff of every refusal."""
    refused = '["Fout opgetreden: Geen PDF content gevonden","Gehele API aanroep is ongedaan gemaakt!"]'
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/pdf", body=refused, times=1000)
    for _ in range(288):
        assert resident.tell("pdf", **report(REPORT)) == 200
        world.settle(timedelta(minutes=5))
        world.clock.advance(300)
    calls = [datetime.fromisoformat(row["at"]) for row in world.received("econobis", COOPERATION, "/pdf")]
    assert 5 <= len(calls) <= 12
    for first, fourth in zip(calls, calls[3:], strict=False):
        assert fourth - first >= timedelta(minutes=15)
    (letter,) = dead_letters(world)
    no_more_faults(world)
    replay(world.services, letter, "test")
    world.settle()
    assert len(resident.documents) == 1


def test_other_content_is_tried_at_once_after_refusals(world: World, resident: Resident):
    refused = (
        '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
    )
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/gebruik", body=refused, times=3)
    for year in (1971, 1971, 1971, 1972):
        assert resident.tell("gebruik", **built(year)) == 200
        world.settle(timedelta(minutes=2))
        world.clock.advance(120)
    assert years(world) == [1971, 1971, 1971, 1972]
    assert years(world, 200) == [1972]
    check_whole(world)


@pytest.mark.parametrize("decision", ["confirmed", "closed"])
def test_a_delete_with_a_nested_account_related_waits_for_a_person(adjusted, decision: str):
    """Hoomdossier's console sends it so, and deletes nothing itself (known-limits C11)."""
    with adjusted(NO_OPPORTUNITY) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert resident.tell("gebruik", **built(1971)) == 200
        assert resident.tell("delete", account_related={"account_related": resident.related}) == 200
        world.settle()
        assert not events(world, "delete")
        assert years(world) == [1971]  # The delete does not bar other events yet.
        (letter,) = dead_letters(world)
        assert "ongewone vorm" in letter.why
        assert "Kijk in Hoomdossier" in letter.advice
        (replay if decision == "confirmed" else close)(world.services, letter, "test")
        world.settle()
        assert answers(world, "econobis", "/delete") == ([200] if decision == "confirmed" else [])
        check_whole(world)


def test_a_normal_delete_is_delivered_after_a_nested_one_was_closed(adjusted):
    with adjusted(NO_OPPORTUNITY) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        related = resident.related
        assert resident.tell("delete", account_related={"account_related": related}) == 200
        close(world.services, dead_letters(world)[0], "test")
        assert resident.tell("delete", account_related=related) == 200
        world.settle()
        assert answers(world, "econobis", "/delete") == [200]
        check_whole(world)


def test_another_event_with_a_nested_account_related_is_delivered(world: World, resident: Resident):
    related = {"account_related": {"account_related": resident.related}}
    assert resident.tell("gebruik", **built(1971), account_related=related) == 200
    world.settle()
    assert years(world, 200) == [1971]
    assert events(world, "gebruik")[0]["account_related"] == resident.related
    check_whole(world)


@pytest.mark.parametrize(
    ("kind", "keys", "field"),
    [
        ("afspraak", {"appointment_date": "volgende week dinsdag"}, "appointment_date"),
        ("afspraak", {"appointment_date": ""}, "appointment_date"),
        ("woning-status", {"status": None}, "status"),
        ("woning-status", {"status": {"id": 5}}, "status.short"),
        ("gebruik", {"current": "veel"}, "current"),
        ("woonplan", {"user_action_plan_advices": None}, "user_action_plan_advices"),
    ],
)
def test_an_unreadable_event_becomes_a_dead_letter_and_is_not_sent(
    world: World, resident: Resident, kind: str, keys: dict[str, Any], field: str
):
    """`replay` raises CannotReplay with the advice. The next event that can be read is delivered."""
    assert resident.tell(kind, **keys) == 200
    world.settle()
    assert not events(world, kind)
    (letter,) = dead_letters(world)
    assert field in letter.why
    assert "op afgehandeld" in letter.advice
    with pytest.raises(CannotReplay, match="op afgehandeld"):
        replay(world.services, letter, "test")
    close(world.services, letter, "test")
    good = {"coaches": [{"contact_id": 21}]} if kind == "afspraak" else {}
    assert resident.tell(kind, **good) == 200
    world.settle()
    assert answers(world, "econobis", f"/{kind}") == [200]
    check_whole(world)


def test_an_unreadable_date_leaves_the_appointment_as_it_was(world: World, resident: Resident):
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert resident.tell("afspraak", appointment_date="?") == 200
    world.settle()
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    mails = len(world.letters_to(resident.email))
    close(world.services, dead_letters(world)[0], "test")
    world.settle()
    assert len(world.letters_to(resident.email)) == mails
    assert resident.visit["status_id"] == 8
    check_whole(world)


def test_a_wrong_contact_id_of_a_known_home_is_delivered_after_a_replay(world: World, resident: Resident):
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    wrong = {**resident.related, "contact_id": "C2026-1", "account_id": "?"}
    assert resident.tell("gebruik", account_related=wrong, **built(1972)) == 200
    world.settle()
    assert years(world) == [1971]
    (letter,) = dead_letters(world)
    assert "contact_id" in letter.why
    replay(world.services, letter, "test")
    world.settle()
    assert years(world, 200) == [1971, 1972]
    check_whole(world)


def test_an_unknown_home_with_a_wrong_contact_id_is_a_dead_letter_until_a_good_event(world: World, resident: Resident):
    wrong = {**resident.related, "contact_id": "onbekend"}
    assert resident.tell("gebruik", account_related=wrong, **built(1971)) == 200
    world.settle()
    (letter,) = dead_letters(world)
    assert "contact-id" in letter.advice
    with pytest.raises(CannotReplay):
        replay(world.services, letter, "test")
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert years(world, 200) == [1971]
    check_whole(world)


def test_an_event_without_an_account_id_gets_the_known_one(world: World, resident: Resident):
    """Econobis refuses an event without it (`Account_id missing`)."""
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert resident.tell("gebruik", account_related={**resident.related, "account_id": None}, **built(1972)) == 200
    world.settle()
    assert years(world, 200) == [1971, 1972]
    check_whole(world)


def test_a_building_with_another_contact_than_before_is_a_dead_letter(world: World, resident: Resident):
    """Econobis does not check whose housing file it is (known-limits D11)."""
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    strange = {**resident.related, "contact_id": other.contact_id}
    assert resident.tell("gebruik", account_related=strange, **built(1972)) == 200
    world.settle()
    assert years(world) == [1971]
    (letter,) = dead_letters(world)
    assert "ander contact" in letter.why
    assert "merged_contacts" in letter.advice
    replay(world.services, letter, "test")  # A person decides that the contact is right.
    world.settle()
    assert events(world, "gebruik")[-1]["account_related"]["contact_id"] == other.contact_id


def test_a_delete_with_another_contact_than_before_deletes_nothing(world: World, resident: Resident):
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert resident.tell("delete", account_related={**resident.related, "contact_id": 999}) == 200
    world.settle()
    assert not events(world, "delete")
    assert [letter.kind for letter in dead_letters(world)] == ["delete"]
    assert resident.tell("gebruik", **built(1972)) == 200
    world.settle()
    assert years(world) == [1971, 1972]


def test_nothing_is_delivered_after_a_delete(world: World, resident: Resident):
    """The events that waited are dropped, and later ones of that building too."""
    assert resident.tell("gebruik", **built(1971)) == 200
    assert resident.tell("pdf", **report(REPORT)) == 200
    related = delete(world, resident)
    tell_deleted(world, related)
    assert not list((world.folder / "blobs").iterdir())
    tell_of(world, related, 1972)
    world.settle()
    told = [row["path"].rpartition("/")[2] for row in world.received("econobis", COOPERATION, "/hoomdossier/")]
    assert told == ["delete"]


def tell_of(world: World, related: dict[str, Any], year: int) -> None:
    """Sends home data of a dossier that was deleted."""
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/gebruik"
    answer = world.post(path, {"account_related": related, **built(year), "new": {}})
    assert answer is not None
    assert answer.status_code == 200


def test_a_delete_removes_the_housing_file_in_econobis(adjusted):
    with adjusted(NO_OPPORTUNITY) as world:
        deleted_after_home_data(world)
        assert answers(world, "econobis", "/delete") == [200]
        assert not [row for row in world.rows(COOPERATION, "housing_files") if not row.get("deleted_at")]
        check_whole(world)


def test_a_held_delete_is_delivered_after_a_replay(adjusted):
    """With `hold_deletes`. Until the replay Econobis keeps the housing file (known-limits C11)."""
    with adjusted(NO_OPPORTUNITY, HELD) as world:
        related = deleted_after_home_data(world)
        assert not events(world, "delete")
        (letter,) = dead_letters(world)
        assert letter.kind == "delete"
        assert letter.advice
        replay(world.services, letter, "test")
        tell_of(world, related, 1972)  # Since the replay the delete bars other events.
        world.settle()
        assert years(world) == [1971]
        assert answers(world, "econobis", "/delete") == [200]
        assert not [row for row in world.rows(COOPERATION, "housing_files") if not row.get("deleted_at")]
        check_whole(world)


def test_a_held_delete_that_is_closed_changes_nothing(adjusted):
    with adjusted(NO_OPPORTUNITY, HELD) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert resident.tell("gebruik", **built(1971)) == 200
        assert resident.tell("delete") == 200
        world.settle()
        assert years(world) == [1971]  # The event that waited was delivered.
        assert resident.tell("gebruik", **built(1972)) == 200
        world.settle()
        assert years(world) == [1971, 1972]  # And so was the next one.
        (letter,) = dead_letters(world)
        close(world.services, letter, "test")
        assert resident.tell("gebruik", **built(1973)) == 200
        world.settle()
        assert years(world) == [1971, 1972, 1973]
        assert not events(world, "delete")
        check_whole(world)


def deleted_after_home_data(world: World) -> dict[str, Any]:
    """A resident whose home data was delivered and whose dossier was deleted then. Returns its `account_related`."""
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert len(world.rows(COOPERATION, "housing_files")) == 1
    related = delete(world, resident)
    tell_deleted(world, related)
    world.settle()
    return related


def test_a_body_too_big_for_the_store_waits_in_a_blob(world: World, resident: Resident):
    remark = "isoleren " * 20_000
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": remark}) == 200
    (blob,) = (world.folder / "blobs").iterdir()
    assert remark in blob.read_text(encoding="utf-8")
    assert all(len(str(relay.model_dump())) < 10_000 for _, relay in world.observer.records(Relay).all())
    world.settle()
    (event,) = events(world, "woonplan")
    assert event["user_action_plan_advice_comments"]["resident"] == remark
    assert answers(world, "econobis", "/woonplan") == [200]
    assert not list((world.folder / "blobs").iterdir())
    check_whole(world)


def test_a_report_waits_in_a_blob_and_arrives_unchanged(world: World, resident: Resident):
    assert resident.tell("pdf", **report(REPORT)) == 200
    assert REPORT in [blob.read_bytes() for blob in (world.folder / "blobs").iterdir()]
    world.settle()
    (event,) = events(world, "pdf")
    assert base64.b64decode(event["pdf"]["contents"]) == REPORT
    assert len(resident.documents) == 1
    assert not list((world.folder / "blobs").iterdir())


@pytest.mark.parametrize("body", [b"<html>Fout</html>", b"", b"PK\x03\x04"])
def test_a_report_that_is_no_pdf_is_a_dead_letter_and_is_not_sent(world: World, resident: Resident, body: bytes):
    """Econobis stores any file as a report (known-limits D14). A replay is refused."""
    assert resident.tell("pdf", **report(body)) == 200
    world.settle()
    assert not events(world, "pdf")
    (letter,) = dead_letters(world)
    assert "geen PDF" in letter.why
    with pytest.raises(CannotReplay):
        replay(world.services, letter, "test")
    assert resident.tell("pdf", **report(REPORT)) == 200  # The coach made a new one.
    world.settle()
    assert len(resident.documents) == 1
    check_whole(world)


def test_a_report_without_a_file_is_one_dead_letter(world: World, resident: Resident):
    """Hoomdossier sends it every five minutes until we answer 200 (known-limits C10)."""
    for _ in range(3):
        assert resident.tell("pdf", pdf=None) == 200
        world.settle()
        world.clock.advance(300)
    assert not events(world, "pdf")
    assert len(dead_letters(world)) == 1


def test_delivered_content_is_not_kept(world: World, resident: Resident):
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
    assert found(kept(world), "geheim")
    world.settle()
    assert not found(kept(world), "geheim")
