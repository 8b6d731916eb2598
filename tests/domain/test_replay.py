"""A bulk replay keeps account of what it sends and what came of that, and never grows beyond a document."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

from shared.domain.replay import AT_ONCE, MOST, Chosen, Replay
from shared.store.limits import MAX_BYTES

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)


def new() -> Replay:
    return Replay.of(Chosen(), "zonnig-dorp", "anna", before=NOW, expected=9, at=NOW)


def test_it_stops_before_its_document_is_too_large() -> None:
    replay, taken = new(), 0
    while replay.all_sent_at is None:
        batch = [
            f"relays/energiecooperatie-met-een-lange-naam:{taken + number:09}/appointment" for number in range(AT_ONCE)
        ]
        replay.take(batch, "there is more", NOW, cannot=0)
        replay.note_sent(batch, passed_by=0)
        taken += AT_ONCE
    assert taken == replay.sent == MOST
    assert len(json.dumps(replay.model_dump(mode="json"))) < MAX_BYTES


def test_what_came_of_it_adds_up() -> None:
    replay = new()
    replay.take(["links/a", "links/b", "links/c", "links/d"], "", NOW, cannot=2)
    assert replay.is_sending
    replay.note_sent(["links/a", "links/b", "links/c"], passed_by=1)
    assert not replay.is_sending
    assert (replay.sent, replay.cannot, replay.passed_by, replay.under_way) == (3, 2, 1, 3)
    replay.note_looked(["links/a", "links/b"], ["links/b"], Counter())
    assert (replay.done, replay.under_way, replay.left) == (1, 2, ["links/c", "links/b"])
    replay.note_looked(["links/c", "links/b"], [], Counter({"Refused": 1}))
    assert (replay.done, replay.again, replay.under_way, replay.left) == (2, {"Refused": 1}, 0, [])


def test_the_ids_are_stored_as_one_text() -> None:
    """Firestore makes index entries for each element of a list."""
    replay = new()
    replay.take(["links/a", "links/b"], "", NOW, cannot=0)
    stored = replay.model_dump(mode="json")
    assert (stored["batch"], stored["left"]) == ("links/a\nlinks/b", "")
    assert Replay.model_validate(stored).batch == ["links/a", "links/b"]


def test_erased_ones_are_left_out() -> None:
    replay = new()
    replay.take(["relays/a/plan", "links/b"], "", NOW, cannot=0)
    replay.note_sent(["relays/a/plan", "links/b"], passed_by=0)
    replay.leave_out({"relays/a"})
    assert (replay.left, replay.done, replay.under_way) == (["links/b"], 1, 1)


def test_decisions_are_taken_along_only_when_asked_for() -> None:
    assert Chosen().takes("Refused")
    assert not Chosen().takes("delete_held")
    assert not Chosen(kind="delete").takes("delete_held")
    assert Chosen(cause="delete_held").takes("delete_held")
    assert not Chosen().takes("OutcomeUnknown")
    assert Chosen(unknown=True).takes("OutcomeUnknown")
    assert not Chosen(unknown=True).takes("delete_held")
