"""F26: an old and a new version of the link work on the same documents, during an update and after a rollback.

Here the old version runs, and the store plays what the new one does. In `tests/local/test_two_versions.py` both run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shared.blobs.port import Blob
from shared.domain.confirmation import Confirmation
from shared.domain.erasure import Erasure
from shared.domain.keys import of_building
from shared.domain.letter_count import LetterCount
from shared.domain.stored_model import StoredModel
from shared.errors import Changed, StoreUnavailable
from shared.flows.pull_appointments import Cursor, pull_appointments
from shared.flows.sweep import sweep
from shared.store.port import Addition, Data, Document, Query
from shared.store.sqlite import SqliteStore
from shared.work.kinds import KINDS
from shared.work.records import Records
from tests.world.clock import TestClock
from tests.world.functions_over_http import Machine, running
from tests.world.journey import Journey
from tests.world.residents import COOPERATION, Campaign, Resident, dead_letters
from tests.world.world import World, open_world


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Machine]:
    with running(tmp_path) as machine:
        yield machine


ADDED = "added_by_a_newer_version"
MODELS = {
    **{kind.collection: kind.model for kind in KINDS},
    "confirmations": Confirmation, "letter_counts": LetterCount, "erasures": Erasure, "cursors": Cursor,
}  # fmt: skip


class BesideNewerCode(SqliteStore):
    """Between every two writes of a document an instance of a newer version writes it too, and adds a field."""

    lost: list[str]

    def get(self, collection: str, key: str) -> Document | None:
        found = super().get(collection, key)
        if found is None or collection not in MODELS or ADDED in found.data:
            return found
        try:
            return super().replace(collection, key, {**found.data, ADDED: {"a": [1]}}, found.version)
        except Changed:
            return self.get(collection, key)

    def replace(self, collection: str, key: str, data: Data, version: str, adding: Sequence[Addition] = ()) -> Document:
        before = super().get(collection, key)
        written = super().replace(collection, key, data, version, adding)
        if before and data.get(ADDED) != before.data.get(ADDED):
            self.lost.append(f"{collection}/{key}")
        return written


def test_f26_no_write_of_older_code_drops_a_field_of_newer_code(tmp_path: Path):
    lost: list[str] = []

    def store(clock: TestClock) -> SqliteStore:
        beside = BesideNewerCode(tmp_path / "link.sqlite", clock)
        beside.lost = lost
        return beside

    with open_world(tmp_path, store) as world:
        journey = Journey(world)
        journey.run()
        for date in ("2027-04-05 10:00:00", "2027-04-06 11:30:00"):
            world.set_appointment(COOPERATION, journey.building_id, date)
            pull_appointments(world.services, COOPERATION)
        kept = {
            collection: [document.data.get(ADDED) for document in world.observer.store.find(Query(collection))]
            for collection in MODELS
        }
    assert lost == []
    assert {collection for collection, fields in kept.items() if {"a": [1]} in fields} >= {
        "submissions", "residents", "links", "relays", "mails", "cursors",
    }  # fmt: skip


def parts(annotation: Any) -> Iterator[type]:
    """The classes in the annotation of a field."""
    inner = get_args(annotation)
    if inner:
        for part in inner:
            yield from parts(part)
    elif isinstance(annotation, type):
        yield annotation


def parts_of(model: type[StoredModel]) -> Iterator[type]:
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            yield part
            if issubclass(part, StoredModel):
                yield from parts_of(part)


@pytest.mark.parametrize("collection", MODELS)
def test_f26_every_part_of_a_document_keeps_fields_that_it_does_not_know(collection: str):
    """A reference to a blob has no room for more fields: with another one the document is of a new version."""
    ours = {part for part in parts_of(MODELS[collection]) if part.__module__.startswith("shared.")}
    assert {part for part in ours if not issubclass(part, StoredModel)} <= {Blob}


# -- documents of an earlier version -----------------------------------------------------------------------------------

STORED = json.loads(Path(__file__).with_name("stored_documents.json").read_text(encoding="utf-8"))
"""A document of each collection, as the first version that was deployed stored it. Add to it; change nothing in it."""


def still_holds(after: Any, before: Any) -> bool:
    """Whether all that stood in `before` stands in `after`, which may have more fields."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(key in after and still_holds(after[key], before[key]) for key in before)
    return bool(after == before)


@pytest.mark.parametrize("collection", MODELS)
def test_f26_a_document_of_an_earlier_version_is_read_and_written_whole(world: World, collection: str):
    """A field that was renamed or dropped would leave what residents accepted before an update undone."""
    records = Records(world.observer.store, collection, MODELS[collection])
    written = records.dump(records.load(STORED[collection]))
    assert still_holds(written, STORED[collection])
    assert not still_holds({**written, next(iter(written)): "changed"}, STORED[collection])


# -- documents that older code must leave alone ------------------------------------------------------------------------

CONFIRMED = {"state": "confirmed", "owner": "an instance", "lease_until": "2027-01-01T00:00:00.000000Z"}
UNKNOWN: dict[str, Data] = {
    "a version": {"v": 2},
    "a state": {"state": "a state of newer code"},
    "a state of a call": {"effect": CONFIRMED},
}
"""What a document of newer code holds, which older code cannot work with."""


def written_by_newer_code(world: World, *, newer: Data) -> dict[tuple[str, str], tuple[Data, Data]]:
    """Makes each document of work one of newer code. Returns what stood there, and what stands there now."""
    store, documents = world.observer.store, {}
    for kind in KINDS:
        for document in store.find(Query(kind.collection)):
            data = {**document.data, **newer}
            store.replace(kind.collection, document.key, data, document.version)
            documents[kind.collection, document.key] = (document.data, data)
    return documents


@pytest.mark.parametrize("newer", UNKNOWN.values(), ids=UNKNOWN)
def test_f26_after_a_rollback_newer_documents_stand_still_and_the_others_go_on(world: World, newer: Data):
    """Both are complete after the newer version came back, and nothing became a dead letter."""
    first, second = Campaign(world, 3), Campaign(world, 2, first=2)
    first.sign_up()
    for _ in range(2):
        world.dispatcher.run_due()
    documents = written_by_newer_code(world, newer=newer)
    assert {collection for collection, _ in documents} >= {"submissions", "residents"}
    assert not all(resident.is_in_econobis for resident in first.residents)

    second.sign_up()
    world.settle(timedelta(hours=6))
    second.check()
    stored = {place: world.observer.store.get(*place) for place in documents}
    assert {place: document and document.data for place, document in stored.items()} == {
        place: after for place, (_before, after) in documents.items()
    }
    assert not dead_letters(world)

    for (collection, key), (before, _after) in documents.items():
        document = world.observer.store.get(collection, key)
        assert document
        world.observer.store.replace(collection, key, before, document.version)
    world.settle()
    for resident in (*first.residents, *second.residents):
        resident.check()
    assert not dead_letters(world)


def test_f26_an_event_of_a_home_that_newer_code_wrote_waits_in_the_bucket(world: World):
    """Hoomdossier does not send it again. An event of another home that waits there too is taken up."""
    resident, other = Resident(world, 1), Resident(world, 2)
    for one in (resident, other):
        one.sign_up()
        world.settle()
        assert one.push("gebruik")
    world.settle()
    key = of_building(COOPERATION, resident.building_id)
    document = world.observer.store.get("relays", key)
    assert document
    newer = world.observer.store.replace("relays", key, {**document.data, "v": 2}, document.version)
    assert resident.push("woonplan")
    world.boundaries.fault = down
    assert other.push("woonplan")
    world.boundaries.fault = lambda _point: None
    assert len(world.observer.blobs.aside()) == 2
    sweep(world.services)
    assert len(world.observer.blobs.aside()) == 1
    assert world.observer.store.get("relays", key) == newer

    world.observer.store.replace("relays", key, document.data, newer.version)
    world.settle()
    assert not world.observer.blobs.aside()
    assert [len(world.received("econobis", COOPERATION, "woonplan"))] == [2]


def down(point: str) -> None:
    if point.startswith("before store."):
        raise StoreUnavailable("down")


@pytest.mark.parametrize("function", ["run-task", "send-email"])
def test_f26_a_task_of_a_kind_of_work_that_only_newer_code_has_is_given_back(link: Machine, function: str):
    """Cloud Tasks repeats it until an instance of the newer version takes it."""
    task = {"collection": "surveys", "key": "zonnig-dorp:1", "generation": 1}
    answer = link.google(function, task)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_f26_a_sweep_sees_what_is_overdue_behind_many_newer_documents(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.flows.sweep.PAGE", 2)  # so that a few documents fill a page
    campaign = Campaign(world, 5)
    campaign.sign_up()
    world.dispatcher.lose_all()
    for document in world.observer.store.find(Query("submissions", order_by="due_at"))[:4]:
        world.observer.store.replace("submissions", document.key, {**document.data, "v": 2}, document.version)
    world.clock.advance(600)
    assert sweep(world.services)["submissions"] == 1
