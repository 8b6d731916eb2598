"""What the tallies say has to be what the documents count for (`shared/domain/tally.py`), after whatever happened."""

from __future__ import annotations

from collections import Counter

from shared.dead_letters.find import find_dead_letters
from shared.domain.journey import WAITS
from shared.domain.tally import COLLECTION
from shared.staff.asked import Asked, count_residents, count_sign_ups
from shared.store.port import Query, Store
from shared.work.kinds import KINDS
from shared.work.services import Services

Counts = dict[str, dict[str, int]]
"""Key of a tally → name → number. Without zeros."""


def kept(store: Store) -> Counts:
    """The tallies as they are stored."""
    found = store.find(Query(COLLECTION, limit=10_000))
    return _without_zeros({document.key: document.data.get("counts", {}) for document in found})


def counted_anew(store: Store) -> Counts:
    """The tallies as they follow from the documents."""
    sums: dict[str, Counter[str]] = {}
    for kind in KINDS:
        for document in store.find(Query(kind.collection, limit=10_000)):
            for tally in document.data.get("tally") or []:
                sums.setdefault(tally["key"], Counter()).update(tally["counts"])
    return _without_zeros({key: dict(counts) for key, counts in sums.items()})


def check_now(services: Services) -> None:
    """What needs a person now has to be what stands in the list of residents and on the page of trouble."""
    for cooperation in services.cooperations:
        letters = Counter(letter.collection for letter in find_dead_letters(services, cooperation))
        models = {kind.model.__name__: letters[kind.collection] for kind in KINDS}
        expected = {("trouble", model): count for model, count in models.items()}
        for waits_for in WAITS:
            asked = Asked(waits_for=waits_for)
            found = count_residents(services, cooperation, asked) + count_sign_ups(services, cooperation, asked)
            expected["waits", waits_for] = found
        assert _now(services, cooperation) == {name: count for name, count in expected.items() if count}, cooperation


def _now(services: Services, cooperation: str) -> dict[tuple[str, ...], int]:
    stored, sums = services.store.get(COLLECTION, f"{cooperation}:now"), Counter[tuple[str, ...]]()
    for name, count in stored.data["counts"].items() if stored else ():
        assert count >= 0, name
        sums[tuple(name.split("|")[:2])] += count
    return {name: count for name, count in sums.items() if count}


def _without_zeros(tallies: Counts) -> Counts:
    nonzero = {key: {name: number for name, number in counts.items() if number} for key, counts in tallies.items()}
    return {key: counts for key, counts in nonzero.items() if counts}
