"""The relay of one building: the newest event of each kind, which one is news, and which goes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from shared.blobs.port import Blob
from shared.domain.effect import ALWAYS, claim
from shared.domain.relay import CLOCKS_APART, ORDER, SAVED_BY_A_PERSON, EventKind, Item, Relay, repeats_of
from shared.domain.work import Attempts, Parked
from tests.world.clock import START

LATER = START + timedelta(hours=1)
WHY = Parked(code="Refused", reason="no", at=START)


def item(**fields: Any) -> Item:
    times = dict.fromkeys(("accepted_at", "known_since", "next_at"), START)
    return Item(**({"digest": "d", "version": 1, "payload": {"status": "x"}} | times | fields))


def relay(**items: Item) -> Relay:
    named = {name.replace("_", "-"): value for name, value in items.items()}
    return Relay(
        cooperation="dorp", accepted_at=START, building_id=7, contact_id=1, account_id=2, items=named, due_at=START
    )


def test_a_relay_is_undelivered_since_its_oldest_waiting_event() -> None:
    old, failed = START - timedelta(days=3), START - timedelta(days=1)
    again = item(accepted_at=LATER, attempts=Attempts(failed=1, first_failed_at=failed))
    building = relay(usage=item(), scan=again, report=item(state="done", accepted_at=old))
    assert building.undelivered_since == failed
    again.state = "parked"
    assert building.undelivered_since == START
    building.due_at = None
    assert building.undelivered_since is None


def test_a_relay_without_a_waiting_event_is_undelivered_since_it_is_due() -> None:
    assert relay(report=item(state="done")).undelivered_since == START


# -- one item ----------------------------------------------------------------------------------------------------------


def test_a_new_item_was_never_sent() -> None:
    new = item()
    assert (new.delivered_version, new.sending_version, new.state) == (0, 0, "waiting")
    building = relay(report=new)
    assert (building.version, building.followed_version) == (0, 0)


def test_a_delivered_item_keeps_no_content() -> None:
    sent = item(version=3, sending_version=3, attempts=Attempts(failed=2), blob=Blob.of(b"x", "dorp:7"))
    sent.mark_delivered(LATER)
    assert (sent.state, sent.delivered_version, sent.delivered_at) == ("done", 3, LATER)
    assert (sent.payload, sent.blob, sent.attempts) == (None, None, Attempts())


def test_content_that_arrived_during_the_call_is_sent_next() -> None:
    sent = item(version=3, sending_version=2, effect=claim("me", START, 30), attempts=Attempts(failed=2))
    sent.park(WHY)
    sent.mark_delivered(LATER)
    assert (sent.state, sent.delivered_version, sent.next_at) == ("waiting", 2, LATER)
    assert (sent.effect, sent.parked, sent.attempts) == (None, None, Attempts())
    assert sent.payload == {"status": "x"}


def test_a_released_item_is_as_if_it_had_never_been_tried() -> None:
    tried = item(attempts=Attempts(failed=2), effect=claim("me", START, 30))
    tried.schedule(LATER)
    assert tried.next_at == LATER
    tried.park(WHY)
    assert (tried.state, tried.parked) == ("parked", WHY)
    tried.release(START)
    assert tried == item()


# -- news --------------------------------------------------------------------------------------------------------------

MINUTE = timedelta(minutes=1)
UNSURE = WHY.model_copy(update={"unknown": True})


def test_the_first_event_of_a_kind_is_news() -> None:
    assert relay().is_news("report", item())
    assert relay(usage=item()).is_news("report", item())
    assert relay(usage=item()).is_news("report", item(known_since=START - MINUTE), START - MINUTE)


def test_other_content_is_news_and_the_same_content_is_not() -> None:
    building = relay(report=item())
    assert building.is_news("report", item(digest="other"))
    assert not building.is_news("report", item())


def test_nothing_is_news_after_a_delete() -> None:
    building = relay(delete=item())
    building.deleted_at = START
    assert not building.is_news("report", item(accepted_at=LATER, known_since=LATER))
    assert not building.is_news("delete", item(digest="other"))


def test_a_push_is_newer_than_all_before_it_whatever_the_clocks_say() -> None:
    known = item(accepted_at=LATER, known_since=LATER)
    assert relay(appointment=known).is_news("appointment", item(digest="other"))


@pytest.mark.parametrize(
    ("since", "heard_at", "news"),
    [
        (START, START, True),  # The same time as the known one.
        (START - MINUTE, START, False),
        (START + MINUTE, START - MINUTE, False),  # A push arrived after we asked the feed.
        (START - MINUTE, START + CLOCKS_APART - MINUTE, False),
        (START - MINUTE, START + CLOCKS_APART, True),  # Hoomdossier's clock must be wrong: we asked long after.
    ],
)
def test_an_event_from_the_feed_may_be_older_than_the_known_one(
    since: datetime, heard_at: datetime, *, news: bool
) -> None:
    found = item(digest="other", known_since=since)
    assert relay(appointment=item()).is_news("appointment", found, heard_at) is news


def test_refused_content_that_is_sent_again_is_news_after_ever_longer_pauses() -> None:
    """A coach who saves it again may have solved the cause. Hoomdossier sends a report every five minutes by itself."""
    refused = item(parked=WHY, state="parked")
    assert relay(report=refused).is_news("report", item(accepted_at=START))
    refused.refusals = 1
    assert not relay(report=refused).is_news("report", item(accepted_at=START + timedelta(seconds=59)))
    assert relay(report=refused).is_news("report", item(accepted_at=START + MINUTE))
    refused.refusals = 2
    assert not relay(report=refused).is_news("report", item(accepted_at=START + 14 * MINUTE))
    assert relay(report=refused).is_news("report", item(accepted_at=START + 15 * MINUTE))


def test_content_that_may_have_arrived_is_not_news() -> None:
    unsure = item(parked=UNSURE, state="parked")
    assert not relay(report=unsure).is_news("report", item(accepted_at=LATER))
    assert relay(report=unsure).is_news("report", item(digest="other", accepted_at=LATER))


@pytest.mark.parametrize(("since", "news"), [(START - MINUTE, False), (START, False), (START + MINUTE, True)])
def test_refused_content_that_the_feed_shows_again_is_news_only_when_it_was_saved_again(
    since: datetime, *, news: bool
) -> None:
    """The feed shows the same change at each pull; a date that was saved again has a later time."""
    refused = item(parked=WHY, state="parked")
    assert relay(appointment=refused).is_news("appointment", item(known_since=since), LATER) is news


FUTURE, OTHER_FUTURE, PAST = "2027-03-05 10:00:00", "2027-03-06 10:00:00", "2020-01-01 10:00:00"


def saved_again(kind: EventKind, *, appointment: str | None = FUTURE, since: datetime = LATER, **fields: Any) -> bool:
    building = relay(**{kind.replace("-", "_"): item(**fields)})
    building.appointment = appointment
    return building.is_news(kind, item(known_since=since, accepted_at=LATER), pushed=True)


def test_a_date_that_is_saved_again_is_news_and_a_removal_is_not() -> None:
    for state in ("waiting", "parked", "done"):
        assert saved_again("appointment", state=state)
        assert not saved_again("appointment", state=state, appointment=None)
    assert not saved_again("appointment", found=True)  # The feed showed this change first, and this is its push.


def test_a_status_that_is_saved_again_is_news_unless_the_first_waits_or_may_have_arrived() -> None:
    """It may be about a second visit (known-limits D3)."""
    assert saved_again("status", state="done")
    assert saved_again("status", state="parked", parked=WHY)
    assert not saved_again("status", state="waiting")
    assert not saved_again("status", state="parked", parked=UNSURE)


def test_the_same_content_of_a_kind_that_hoomdossier_repeats_by_itself_is_not_news() -> None:
    machine = set(ORDER) - SAVED_BY_A_PERSON
    assert machine == {"plan", "usage", "scan", "report"}
    assert not any(saved_again(kind, state="done") for kind in machine)


def test_an_event_that_was_set_aside_and_is_taken_up_twice_is_news_once() -> None:
    building = relay(appointment=item(state="done"))
    building.appointment = FUTURE
    assert not building.is_news("appointment", item(), START, pushed=True)
    assert building.is_news("appointment", item(known_since=LATER), LATER, pushed=True)


# -- what the resident is told -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "appointment", "change"),
    [
        (None, FUTURE, "set"),
        (PAST, FUTURE, "set"),
        (FUTURE, OTHER_FUTURE, "moved"),
        (FUTURE, None, "cancelled"),
        (FUTURE, FUTURE, None),
        (FUTURE, "2027-03-05T09:00:00.000000Z", None),
        (FUTURE, PAST, None),
        (None, PAST, None),
        (PAST, None, None),
        (None, None, None),
    ],
)
def test_the_change_that_the_resident_is_told(
    announced: str | None, appointment: str | None, change: str | None
) -> None:
    building = relay(appointment=item(state="done", sending_version=1, delivered_version=1))
    known = building.model_dump() | {"announced": announced, "appointment": appointment, "cancelled": True}
    assert Relay.model_validate(known).change_to_tell(START) == change


def test_a_cancellation_is_told_once_econobis_has_it_and_not_for_a_visit_that_was_done() -> None:
    building = relay(appointment=item(sending_version=1))
    building.announced = FUTURE
    assert building.change_to_tell(START) is None
    building.items["appointment"].park(WHY)
    assert building.change_to_tell(START) is None
    building.close_item("appointment")
    assert building.cancelled
    assert building.change_to_tell(START) == "cancelled"
    building.executed = True
    assert building.change_to_tell(START) is None


def test_a_parked_appointment_is_not_told() -> None:
    building = relay(appointment=item())
    building.appointment = FUTURE
    assert building.change_to_tell(START) == "set"
    building.items["appointment"].park(WHY)
    assert building.change_to_tell(START) is None
    building.close_item("appointment")
    assert not building.cancelled
    assert building.change_to_tell(START) is None


def test_removal_is_the_item_until_its_call_is_sent() -> None:
    waiting = item()
    building = relay(appointment=waiting)
    assert building.removal is None  # No date is known.
    building.removed = PAST
    assert building.removal is building.items["appointment"]
    building.cancelled = True
    assert building.removal is None
    under_way = relay(appointment=item(effect=claim("me", START, 30).model_copy(update={"state": "sent"})))
    under_way.removed = PAST
    assert under_way.removal is None


# -- take --------------------------------------------------------------------------------------------------------------


def test_take_stores_an_event_as_the_next_version_of_its_kind() -> None:
    building = relay(report=item(version=4, delivered_version=2, sending_version=3))
    building.put("report", item(digest="other"))
    assert building.items["report"] == item(digest="other", version=5, delivered_version=2, sending_version=3)
    building.put("usage", item())
    assert building.items["usage"] == item()
    assert building.version == 2


@pytest.mark.parametrize(("state", "stays"), [("claimed", True), ("sent", True), ("failed", False), ("done", False)])
def test_take_keeps_the_effect_of_a_call_that_is_under_way(state: str, *, stays: bool) -> None:
    under_way = claim("me", START, 30).model_copy(update={"state": state})
    building = relay(report=item(effect=under_way))
    building.put("report", item(digest="other"))
    assert building.items["report"].effect == (under_way if stays else None)


def test_take_counts_how_often_the_same_content_was_refused() -> None:
    building = relay(report=item(parked=WHY, state="parked"))
    counts = []
    for _ in range(3):
        building.put("report", item())
        counts.append(building.items["report"].refusals)
    building.put("report", item(digest="other"))
    assert [*counts, building.items["report"].refusals] == [1, 2, 3, 0]


# -- which item is next ------------------------------------------------------------------------------------------------


def test_the_most_urgent_item_goes_first() -> None:
    assert ORDER[0] == "appointment"
    assert ORDER[-1] == "delete"
    building = relay(**{kind.replace("-", "_"): item() for kind in reversed(ORDER)})
    went: list[EventKind] = []
    while kind := building.next_item(START):
        went.append(kind)
        building.items[kind].forget()
    assert tuple(went) == ORDER


def test_every_kind_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(get_args(EventKind))


def test_a_status_is_never_repeated_and_a_report_once() -> None:
    assert {kind: repeats_of(kind).most for kind in get_args(EventKind) if repeats_of(kind) != ALWAYS} == {
        "status": 0,
        "report": 1,
    }


def test_an_item_that_is_not_due_parked_or_done_does_not_hold_up_the_others() -> None:
    parked, done = item(), item()
    parked.park(WHY)
    done.forget()
    building = relay(appointment=item(next_at=LATER), status=parked, plan=done, report=item())
    assert building.next_item(START) == "report"
    assert building.next_item(LATER) == "appointment"


def test_no_item_is_next_when_none_is_due() -> None:
    assert relay(appointment=item(next_at=LATER)).next_item(START) is None


# -- the delete --------------------------------------------------------------------------------------------------------


def test_a_delete_removes_what_waits_and_bars_what_comes() -> None:
    building = relay(appointment=item(), report=item())
    building.appointment = "2027-03-05 10:00:00"
    delete = item(accepted_at=LATER)
    building.drop_all_but(delete)
    assert building.items == {"delete": delete}
    assert (building.deleted_at, building.appointment) == (LATER, None)
    assert building.is_after_delete("report")
    assert not building.is_after_delete("delete")
    assert not relay(report=item()).is_after_delete("report")


def test_a_delete_waits_for_a_call_that_was_sent_before_it() -> None:
    sent, claimed = (claim("me", START, 30).model_copy(update={"state": state}) for state in ("sent", "claimed"))
    building = relay(report=item(effect=sent, blob=Blob.of(b"x", "dorp:7")), usage=item(effect=claimed), plan=item())
    building.drop_all_but(item(accepted_at=START))
    assert set(building.items) == {"report", "delete"}
    assert (building.items["report"].state, building.blobs) == ("done", [])
    assert building.has_call_in_flight("delete", START + timedelta(seconds=29))
    assert not building.has_call_in_flight("delete", START + timedelta(seconds=30))
    assert building.next_item(START) == "delete"


@pytest.mark.parametrize(
    ("state", "held"), [("claimed", True), ("sent", True), ("done", False), ("failed", False), ("unknown", False)]
)
def test_an_item_waits_while_a_call_about_another_kind_of_this_home_is_under_way(state: str, *, held: bool) -> None:
    effect = claim("me", START, 30).model_copy(update={"state": state})
    building = relay(report=item(effect=effect), usage=item())
    assert building.has_call_in_flight("usage", START) is held
    assert not building.has_call_in_flight("report", START)  # `Once` checks its own effect.
    assert not building.has_call_in_flight("usage", LATER)


# -- state and task ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("also_parked", [True, False])
def test_the_task_is_due_when_the_first_waiting_item_is(also_parked: bool) -> None:
    building = relay(appointment=item(next_at=LATER), plan=item(next_at=LATER - timedelta(minutes=1)), report=item())
    building.items["report"].forget()
    if also_parked:
        building.items["report"].park(WHY)
    before = building.generation
    building.reschedule()
    assert (building.state, building.due_at) == ("waiting", LATER - timedelta(minutes=1))
    assert building.generation > before
    assert building.needs_person is also_parked


def test_a_relay_with_nothing_to_deliver_is_done() -> None:
    building = relay(appointment=item())
    building.items["appointment"].forget()
    building.reschedule()
    assert (building.state, building.due_at, building.needs_person) == ("done", None, False)


def test_a_relay_with_only_a_parked_item_is_parked() -> None:
    building = relay(appointment=item())
    building.items["appointment"].park(WHY)
    building.reschedule()
    assert (building.state, building.due_at, building.needs_person) == ("parked", None, True)


def test_a_relay_that_is_parked_as_a_whole_stays_a_dead_letter() -> None:
    building = relay(appointment=item())
    building.park(WHY)
    building.reschedule()
    assert (building.state, building.needs_person) == ("waiting", True)


def test_a_released_relay_is_due_now() -> None:
    building = relay(appointment=item(next_at=LATER))
    building.crashes = 5
    building.park(WHY)
    building.release(START)
    assert (building.state, building.due_at, building.needs_person, building.crashes) == ("waiting", START, False, 0)
    assert building.parked is None


def test_blobs_are_those_of_all_items() -> None:
    report = Blob.of(b"%PDF", "dorp:7")
    assert relay(appointment=item(), report=item(blob=report)).blobs == [report]


def test_a_relay_with_a_parked_item_has_a_task_until_its_event_is_followed() -> None:
    """An unreadable report is parked at once, but the event may contain an account id."""
    building = relay(report=item())
    building.items["report"].park(WHY)
    building.version = building.followed_version + 1
    building.reschedule()
    assert (building.due_at, building.needs_person) == (building.items["report"].accepted_at, True)
    building.followed_version = building.version
    building.reschedule()
    assert (building.due_at, building.state) == (None, "parked")
