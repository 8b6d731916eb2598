"""What Hoomdossier tells is taken at once and kept, the newest of each kind; what must not go on is shown."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.dead_letters.decide import CannotReplay, close, replay
from shared.domain.relay import Relay
from shared.hoomdossier.inbound import KINDS
from tests.fixtures import read
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


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_answered_with_a_list_before_econobis_is_called(world: World, resident: Resident, kind: str):
    """Hoomdossier forgets what is not answered with 200, and Econobis may be slow (known-limits C1)."""
    body = {**read(f"examples/push-{kind}-request.json"), "account_related": resident.related}
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/{kind}"
    answer = world.post(path, body)
    assert answer is not None
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert isinstance(answer.json(), list)
    assert not world.received("econobis", COOPERATION, "/hoomdossier/")
    world.settle()
    assert len(world.received("econobis", COOPERATION, f"/hoomdossier/{kind}")) == 1


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


def test_the_same_content_again_is_no_call(world: World, resident: Resident):
    """There is no id of an event, so only its content tells (known-limits C6)."""
    for _ in range(3):
        assert resident.tell("gebruik", **built(1971)) == 200
        world.settle()
        world.clock.advance(3600)
    assert years(world) == [1971]


def test_back_to_what_it_was_is_a_change(world: World, resident: Resident):
    for year in (1971, 1972, 1971):
        assert resident.tell("gebruik", **built(year)) == 200
        world.settle()
    assert years(world) == [1971, 1972, 1971]


def test_what_changes_while_it_is_on_its_way_goes_after_it(world: World, resident: Resident):
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


def test_what_was_refused_is_tried_again_when_it_is_told_again(world: World, resident: Resident):
    """The coach saves the same appointment once more, and by now the visit is there (known-limits C5)."""
    refused = '["Fout opgetreden: Afspraak niet gevonden in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/afspraak", body=refused)
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert [letter.kind for letter in dead_letters(world)] == ["appointment"]
    assert resident.set_appointment("2027-03-05 10:00:00")
    world.settle()
    assert resident.visit["date_planned"] == "2027-03-05 10:00:00"
    check_whole(world)


def test_a_dossier_that_econobis_never_knew_is_dropped_without_a_word(world: World, resident: Resident):
    """Hoomdossier tells of every user that is deleted, also of those without a contact (known-limits C12)."""
    before = kept(world)
    unknown = {**resident.related, "building_id": 999, "contact_id": None}
    for kind in ("delete", "gebruik"):
        assert resident.tell(kind, account_related=unknown) == 200
    assert kept(world) == before
    world.settle()
    assert not world.received("econobis", COOPERATION, "/hoomdossier/")
    check_whole(world)


def test_what_is_refused_and_told_again_all_day_is_tried_ever_less_often(world: World, resident: Resident):
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


def test_another_content_is_tried_at_once_whatever_was_refused_before(world: World, resident: Resident):
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
def test_a_delete_that_is_nested_twice_waits_for_a_person(adjusted, decision: str):
    """Hoomdossier's console sends it so, and deletes nothing itself (known-limits C11)."""
    with adjusted(NO_OPPORTUNITY) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert resident.tell("gebruik", **built(1971)) == 200
        assert resident.tell("delete", account_related={"account_related": resident.related}) == 200
        world.settle()
        assert not events(world, "delete")
        assert years(world) == [1971]  # It is no barrier yet.
        (letter,) = dead_letters(world)
        assert "ongewone vorm" in letter.why
        assert "Kijk in Hoomdossier" in letter.advice
        (replay if decision == "confirmed" else close)(world.services, letter, "test")
        world.settle()
        assert answers(world, "econobis", "/delete") == ([200] if decision == "confirmed" else [])
        check_whole(world)


def test_a_delete_in_its_own_form_goes_though_an_odd_one_was_closed(adjusted):
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


def test_another_event_that_is_nested_is_what_it_is(world: World, resident: Resident):
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
def test_what_cannot_be_read_is_shown_and_not_sent(
    world: World, resident: Resident, kind: str, keys: dict[str, Any], field: str
):
    """To replay it would not help, and the advice says what does; the next one goes."""
    assert resident.tell(kind, **keys) == 200
    world.settle()
    assert not events(world, kind)
    (letter,) = dead_letters(world)
    assert field in letter.why
    assert "Sluit dit" in letter.advice
    with pytest.raises(CannotReplay, match="Sluit dit"):
        replay(world.services, letter, "test")
    close(world.services, letter, "test")
    good = {"coaches": [{"contact_id": 21}]} if kind == "afspraak" else {}
    assert resident.tell(kind, **good) == 200
    world.settle()
    assert answers(world, "econobis", f"/{kind}") == [200]
    check_whole(world)


def test_a_date_that_cannot_be_read_changes_nothing_that_was_told(world: World, resident: Resident):
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


def test_a_wrong_contact_of_a_home_that_is_known_goes_when_a_person_says_so(world: World, resident: Resident):
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


def test_a_home_of_which_no_contact_can_be_read_is_shown_until_it_is_told_well(world: World, resident: Resident):
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


def test_an_event_without_an_account_gets_the_one_that_is_known(world: World, resident: Resident):
    """Econobis refuses it without (`Account_id missing`)."""
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert resident.tell("gebruik", account_related={**resident.related, "account_id": None}, **built(1972)) == 200
    world.settle()
    assert years(world, 200) == [1971, 1972]
    check_whole(world)


def test_a_building_that_is_told_of_for_another_contact_is_shown(world: World, resident: Resident):
    """Econobis would not look whose file it is (known-limits D11)."""
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
    replay(world.services, letter, "test")  # A person says that it is right.
    world.settle()
    assert events(world, "gebruik")[-1]["account_related"]["contact_id"] == other.contact_id


def test_a_delete_for_another_contact_deletes_nothing(world: World, resident: Resident):
    assert resident.tell("gebruik", **built(1971)) == 200
    world.settle()
    assert resident.tell("delete", account_related={**resident.related, "contact_id": 999}) == 200
    world.settle()
    assert not events(world, "delete")
    assert [letter.kind for letter in dead_letters(world)] == ["delete"]
    assert resident.tell("gebruik", **built(1972)) == 200
    world.settle()
    assert years(world) == [1971, 1972]


def test_a_delete_is_a_barrier(world: World, resident: Resident):
    """Nothing that waited goes after it, and nothing of that building is news any more."""
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
    """Of a dossier that is not there any more."""
    path = f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/gebruik"
    answer = world.post(path, {"account_related": related, **built(year), "new": {}})
    assert answer is not None
    assert answer.status_code == 200


def test_a_delete_takes_the_file_away_in_econobis(adjusted):
    with adjusted(NO_OPPORTUNITY) as world:
        deleted_after_home_data(world)
        assert answers(world, "econobis", "/delete") == [200]
        assert not [row for row in world.rows(COOPERATION, "housing_files") if not row.get("deleted_at")]
        check_whole(world)


def test_a_delete_is_held_until_somebody_confirms_it(adjusted):
    """For a cooperation that wants it so; until then it is shown, and Econobis keeps the file (known-limits C11)."""
    with adjusted(NO_OPPORTUNITY, HELD) as world:
        related = deleted_after_home_data(world)
        assert not events(world, "delete")
        (letter,) = dead_letters(world)
        assert letter.kind == "delete"
        assert letter.advice
        replay(world.services, letter, "test")
        tell_of(world, related, 1972)  # From now on it is a barrier.
        world.settle()
        assert years(world) == [1971]
        assert answers(world, "econobis", "/delete") == [200]
        assert not [row for row in world.rows(COOPERATION, "housing_files") if not row.get("deleted_at")]
        check_whole(world)


def test_a_delete_that_somebody_takes_for_a_mistake_changes_nothing(adjusted):
    with adjusted(NO_OPPORTUNITY, HELD) as world:
        resident = Resident(world, 1)
        resident.sign_up()
        world.settle()
        assert resident.tell("gebruik", **built(1971)) == 200
        assert resident.tell("delete") == 200
        world.settle()
        assert years(world) == [1971]  # What waited was not lost.
        assert resident.tell("gebruik", **built(1972)) == 200
        world.settle()
        assert years(world) == [1971, 1972]  # And what comes is taken.
        (letter,) = dead_letters(world)
        close(world.services, letter, "test")
        assert resident.tell("gebruik", **built(1973)) == 200
        world.settle()
        assert years(world) == [1971, 1972, 1973]
        assert not events(world, "delete")
        check_whole(world)


def deleted_after_home_data(world: World) -> dict[str, Any]:
    """Whose dossier it was."""
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


def test_a_body_too_big_for_the_store_waits_in_a_blob_and_arrives_whole(world: World, resident: Resident):
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


def test_a_report_waits_in_a_blob_and_arrives_as_it_was(world: World, resident: Resident):
    assert resident.tell("pdf", **report(REPORT)) == 200
    assert REPORT in [blob.read_bytes() for blob in (world.folder / "blobs").iterdir()]
    world.settle()
    (event,) = events(world, "pdf")
    assert base64.b64decode(event["pdf"]["contents"]) == REPORT
    assert len(resident.documents) == 1
    assert not list((world.folder / "blobs").iterdir())


@pytest.mark.parametrize("body", [b"<html>Fout</html>", b"", b"PK\x03\x04"])
def test_what_is_no_pdf_is_kept_out_of_econobis_and_shown(world: World, resident: Resident, body: bytes):
    """Econobis stores whatever it gets as a report (known-limits D14). To replay it would not help."""
    assert resident.tell("pdf", **report(body)) == 200
    world.settle()
    assert not events(world, "pdf")
    (letter,) = dead_letters(world)
    assert "geen PDF" in letter.why
    with pytest.raises(CannotReplay):
        replay(world.services, letter, "test")
    assert resident.tell("pdf", **report(REPORT)) == 200  # The coach makes it anew.
    world.settle()
    assert len(resident.documents) == 1
    check_whole(world)


def test_a_report_without_a_file_is_shown_too(world: World, resident: Resident):
    """Hoomdossier sends it again every five minutes until it is answered with 200 (known-limits C10)."""
    for _ in range(3):
        assert resident.tell("pdf", pdf=None) == 200
        world.settle()
        world.clock.advance(300)
    assert not events(world, "pdf")
    assert len(dead_letters(world)) == 1


def test_nothing_of_what_was_delivered_is_kept(world: World, resident: Resident):
    assert resident.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim"}) == 200
    assert found(kept(world), "geheim")
    world.settle()
    assert not found(kept(world), "geheim")
