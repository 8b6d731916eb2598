"""The keys that open us: of Econobis, of Hoomdossier, and of each program that reads a feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from infra.doctor.finding import Finding, error, warning
from infra.doctor.settings_file import Settings
from shared.caller_key import CallerKey, HashedKey

Place = tuple[int | str, ...]
EXAMPLE = Path(__file__).parents[1] / "cooperations.example.yaml"
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def problems(settings: Settings) -> Iterator[Finding]:
    """Keys that others know, or may come to know."""
    yield from _of_the_example(settings)
    for name in settings.config.cooperations:
        yield from _no_hash(settings, name)
        yield from _for_two(settings, name)


def hashed(settings: Settings) -> Iterator[tuple[Place, HashedKey]]:
    """Every `sha256:` in the file, with its place."""
    for name in settings.config.cooperations:
        for place, key in _keys_of(settings, name):
            if isinstance(key, HashedKey):
                yield place, key


def _keys_of(settings: Settings, name: str) -> Iterator[tuple[Place, CallerKey]]:
    cooperation = settings.config.cooperations[name]
    for caller in ("econobis", "hoomdossier"):
        for number, key in enumerate(getattr(cooperation.callers, caller)):
            yield ("cooperations", name, "callers", caller, number), key
    for feed, its in cooperation.feeds.items():
        for number, key in enumerate(its.keys):
            yield ("cooperations", name, "feeds", feed, "keys", number), key


def _whose(place: Place, of: str = "de sleutel") -> str:
    _, _, part, name, *_ = place
    return f"{of} van de feed {name}" if part == "feeds" else f"{of} waarmee {str(name).capitalize()} ons aanroept,"


def _of_the_example(settings: Settings) -> Iterator[Finding]:
    """Nobody has these keys, or everybody who reads our source."""
    theirs = {key for text in _SHA256.findall(EXAMPLE.read_text(encoding="utf-8")) if (key := HashedKey.parse(text))}
    for place, key in hashed(settings):
        if key in theirs:
            yield error(
                f"{place[1]}: {_whose(place)} is die van het voorbeeld",
                "met een sleutel die u zelf niet hebt gemaakt, komt niemand of een vreemde binnen",
                f"{settings.where(*place)}; make key maakt een sleutel en zijn sha256:",
            )


def _no_hash(settings: Settings, name: str) -> Iterator[Finding]:
    told = set[Place]()
    for place, key in _keys_of(settings, name):
        owner = place[:4]
        if isinstance(key, HashedKey) or owner in told:
            continue
        told.add(owner)
        yield warning(
            f"{name}: {_whose(place)} staat als env: en niet als sha256:",
            "wie bij de geheimen kan, kan zich dan voordoen als deze kant; van een sha256: lukt dat niet",
            settings.where(*owner),
        )


def _for_two(settings: Settings, name: str) -> Iterator[Finding]:
    """One key for two callers, for a caller and a feed, or for two feeds."""
    for (place, key), (other, same) in combinations(_keys_of(settings, name), 2):
        if key != same or place[:4] == other[:4]:
            continue
        why = (
            "wie de ene sleutel krijgt, kan dan ook wat de andere mag, en u kunt er niet één intrekken"
            if other[2] == "feeds"
            else "Hoomdossier zet zijn sleutel in het adres, waar logboeken hem bewaren"
        )
        what = f"{name}: {_whose(place)} is ook {_whose(other, 'die').rstrip(',')}"
        yield error(what, why, settings.where(*other))
