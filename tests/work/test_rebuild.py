"""`rebuild` makes derived fields and tallies what they should be, while others write, and then changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import to_text
from shared.domain.ids import ContactId
from shared.domain.resident import Resident
from shared.errors import StoreUnavailable
from shared.staff.needs_now import needs_now
from shared.store.port import Document, Query
from shared.work.kinds import KINDS
from shared.work.rebuild import EVERY, PASSES, Pass, rebuild
from shared.work.services import Services
from tests.world.tallies import check_now
from tests.world.trouble import some_of_each
from tests.world.world import World

COOPERATION = "zonnig-dorp"


def fill(services: Services, count: int = 120) -> None:
    """More than a page of residents, at several steps, in two campaigns and three weeks."""
    for number in range(count):
        resident = Resident.first_seen(COOPERATION, ContactId(number + 1), services.clock())
        resident.campaign_id = number % 2
        resident.reach("signed_up", services.clock() - timedelta(days=7 * (number % 3)))
        if number % 5:
            resident.set_account(1000 + number, services.clock())
        services.records(Resident).create(key_of(number + 1), resident)


def key_of(contact: int) -> str:
    return f"{COOPERATION}:{contact}"


def everything(services: Services, *collections: str) -> dict[tuple[str, str], Any]:
    return {
        (collection, it.key): it.data
        for collection in collections
        for it in services.store.find(Query(collection, limit=1000))
    }


def counts(services: Services) -> dict[str, dict[str, int]]:
    """Without zeros, which may stay."""
    return {
        key: {name: count for name, count in data["counts"].items() if count}
        for (_, key), data in everything(services, "tallies").items()
    }


def forget_what_is_derived(services: Services) -> None:
    """As a version wrote that knew nothing of it."""
    for document in services.store.find(Query("residents", limit=1000)):
        derived = Resident.model_validate(document.data).derived()
        data = {name: value for name, value in document.data.items() if name not in derived}
        services.store.replace("residents", document.key, data, document.version)
    for document in services.store.find(Query("tallies", limit=1000)):
        services.store.delete("tallies", document.key)


def test_documents_of_an_older_version_get_what_they_lack(world: World) -> None:
    fill(world.services)
    right, numbers = everything(world.services, "residents"), counts(world.services)
    assert sum(sum(count for name, count in it.items() if name[:3] == "at|") for it in numbers.values()) == 120
    forget_what_is_derived(world.services)
    first, *others = rebuild(world.services)
    assert first.fields == first.looked_at == 120
    assert everything(world.services, "residents") == right
    assert counts(world.services) == numbers
    assert others[-1].is_right
    assert list(rebuild(world.services)) == [Pass(looked_at=120)]


def test_documents_of_before_the_feed_get_a_moment_of_change(world: World) -> None:
    """Else nobody who asks for what changed finds them. Others keep theirs, also when another field is mended."""
    fill(world.services, 20)
    right, given = everything(world.services, "residents"), world.clock()
    lacking = {key_of(1): ("changed_at",), key_of(2): ("changed_at", "since"), key_of(3): ("since",)}
    for document in world.services.store.find(Query("residents", limit=1000)):
        data = {name: it for name, it in document.data.items() if name not in lacking.get(document.key, ())}
        if data != document.data:
            world.services.store.replace("residents", document.key, data, document.version)
    world.clock.advance(60)
    assert [it.fields for it in rebuild(world.services)] == [3, 0]
    world.clock.advance(60)
    assert list(rebuild(world.services)) == [Pass(looked_at=20)]
    stamped = {"changed_at": to_text(given + timedelta(seconds=60))}
    for key in (key_of(1), key_of(2)):
        right["residents", key] |= stamped
    assert everything(world.services, "residents") == right
    later = Query("residents", {"cooperation": COOPERATION}, order_by="changed_at", at_least=stamped["changed_at"])
    assert [it.key for it in world.services.store.find(later)] == [key_of(1), key_of(2)]


def test_it_tells_how_far_it_is(world: World) -> None:
    fill(world.services, EVERY + 1)
    told: list[int] = []
    assert list(rebuild(world.services, told.append)) == [Pass(looked_at=EVERY + 1)]
    assert told == [EVERY]


def test_after_a_break_it_goes_on_with_what_is_not_right_yet(world: World) -> None:
    fill(world.services, 20)
    right, numbers = everything(world.services, "residents"), counts(world.services)
    forget_what_is_derived(world.services)
    written: list[str] = []

    def breaks(point: str) -> None:
        if point.startswith("before store.replace(residents)"):
            written.append(point)
            if len(written) == 8:
                raise StoreUnavailable("gone")

    world.boundaries.fault = breaks
    with pytest.raises(StoreUnavailable):
        list(rebuild(world.services))
    world.boundaries.fault = lambda _point: None
    first, *_, last = rebuild(world.services)
    assert (first.fields, last) == (20 - 7, Pass(looked_at=20))
    assert everything(world.services, "residents") == right
    assert counts(world.services) == numbers


def test_counts_that_are_wrong_are_mended(world: World) -> None:
    fill(world.services, 20)
    numbers = counts(world.services)
    one, two, *_ = world.services.store.find(Query("tallies", limit=1000))
    wrong = {**one.data, "counts": {**one.data["counts"], "at|||never|": 3, next(iter(one.data["counts"])): 99}}
    world.services.store.replace("tallies", one.key, wrong, one.version)
    world.services.store.delete("tallies", two.key)
    world.services.store.create("tallies", "zonnig-dorp:7:2020-W01", {**one.data, "week": "2020-W01"})
    first, last = rebuild(world.services)
    assert (first.tallies, first.fields, last) == (3, 0, Pass(looked_at=20))
    assert counts(world.services) == {**numbers, "zonnig-dorp:7:2020-W01": {}}


class Meanwhile:
    """A store where somebody else does something whenever the residents were read."""

    def __init__(self, store: Any, happens: Callable[[], None]) -> None:
        self._store, self._happens = store, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def find(self, query: Query) -> list[Document]:
        found: list[Document] = self._store.find(query)
        if query.collection == "residents":
            self._happens()
        return found


def test_what_happens_meanwhile_is_not_lost(world: World) -> None:
    fill(world.services, 20)
    forget_what_is_derived(world.services)
    left = iter(range(1, 6))

    def happens() -> None:
        if number := next(left, None):
            world.services.records(Resident).edit(key_of(number), lambda it: it.reach("coach_linked", world.clock()))

    busy = replace(world.services, store=Meanwhile(world.services.store, happens))
    *_, last = rebuild(busy)
    assert last.is_right
    assert next(left, None) is None
    assert list(rebuild(world.services)) == [Pass(looked_at=20)]
    assert sum(it.get("at||0|coach|appointment", 0) for it in counts(world.services).values()) == 5


def test_it_ends_when_others_never_stop(world: World) -> None:
    fill(world.services, 4)
    moments = (world.clock() + timedelta(days=day) for day in range(1, 1000))

    def happens() -> None:
        def changed(resident: Resident) -> None:
            resident.milestones.visited = next(moments)

        world.services.records(Resident).edit(key_of(1), changed)

    passes = list(rebuild(replace(world.services, store=Meanwhile(world.services.store, happens))))
    assert len(passes) == PASSES
    assert passes[-1].busy
    numbers = counts(world.services)
    *_, last = rebuild(world.services)  # It drops what became 0.
    assert (counts(world.services), last) == (numbers, Pass(looked_at=4))


def test_what_is_needed_now_is_counted_anew_for_all_kinds_of_work_without_what_became_0(world: World) -> None:
    stuck = some_of_each(world.services, COOPERATION)
    fill(world.services, 3)
    for number in (2, 3):  # They wait for a coach.
        world.services.records(Resident).edit(key_of(number), lambda it: it.reach("cancelled", world.clock()))
    kept = world.services.store.get("tallies", f"{COOPERATION}:now")
    assert kept
    assert 0 in kept.data["counts"].values()
    for collection in [kind.collection for kind in KINDS]:
        for document in world.services.store.find(Query(collection, limit=1000)):
            data = {name: value for name, value in document.data.items() if name != "tally"}
            world.services.store.replace(collection, document.key, data, document.version)
    world.services.store.replace("tallies", kept.key, {**kept.data, "counts": {}}, kept.version)
    assert needs_now(world.services, COOPERATION).rows == ()
    *_, last = rebuild(world.services)
    assert last.is_right
    again = world.services.store.get("tallies", f"{COOPERATION}:now")
    assert again
    assert again.data == {**kept.data, "counts": {name: count for name, count in kept.data["counts"].items() if count}}
    assert needs_now(world.services, COOPERATION).trouble == stuck
    check_now(world.services)


def test_a_document_of_a_newer_version_is_left_alone_and_counted(world: World) -> None:
    fill(world.services, 2)
    stored = world.services.store.get("residents", key_of(1))
    assert stored
    newer = {**stored.data, "v": Resident.VERSION + 1, "since": "later"}
    world.services.store.replace("residents", stored.key, newer, stored.version)
    assert list(rebuild(world.services)) == [Pass(looked_at=2, newer=1)]
    kept = world.services.store.get("residents", key_of(1))
    assert kept
    assert kept.data == newer
