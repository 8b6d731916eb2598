"""All that the link keeps, as text, and the search for personal data in it."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from tests.world.residents import Resident
from tests.world.world import World

# Every answer holds a word that stands nowhere else, so that it can be found. MARKERS are these words, and others.
TYPED = {
    "voornaam": "Merkvoornaam", "achternaam": "Merkachternaam", "voorletters": "M.V.",
    "emailadres": "merkadres@merkdomein.example", "telefoonnummer": "0470 98 76 54", "adres_straat": "Merkstraat",
    "adres_plaats": "Merkstad", "intake_opmerkingen_bewoner": "merkopmerking van mij",
}  # fmt: skip
MARKERS = [
    "merkvoornaam", "merkachternaam", "merkadres", "merktweede", "merkdomein", "470987654", "0470 98 76 54",
    "merkstraat", "merkstad", "merkopmerking", "merkplan", "merkcoachwoord", "merkrapport", "merkwoord",
]  # fmt: skip


def kept(world: World) -> str:
    """Store (SQLite only), blobs, tasks in the queue, and the names of all tasks so far."""
    with sqlite3.connect(world.folder / "link.sqlite") as connection:
        documents = [" ".join(map(str, row)) for row in connection.execute("SELECT * FROM documents")]
    connection.close()
    blobs = [
        f"{file.name} {file.read_bytes().decode('latin-1')}" for file in sorted((world.folder / "blobs").iterdir())
    ]
    tasks = [json.dumps(task.body) for task in world.dispatcher.waiting.values()]
    return "\n".join([*documents, *blobs, *tasks, *world.dispatcher.names])


def of_person(resident: Resident) -> list[str]:
    """Texts that name this resident only."""
    typed = resident.typed
    return [typed["voornaam"], typed["achternaam"], typed["emailadres"], f"{typed['adres_straat']} {resident.number}"]


def found(text: str, *wanted: str) -> list[str]:
    """Returns the words of `wanted` that stand in `text`, in upper or lower case."""
    return [word for word in wanted if word.casefold() in text.casefold()]


def spellings(marker: str) -> Iterator[bytes]:
    """The marker in each coding in which it may be stored, in lower case, as `found_in` compares it.

    In base64 a text looks different at each of three offsets; characters that depend on its neighbours are left out.
    """
    yield marker.encode()
    for coding in ("utf-16-le", "utf-16-be"):
        yield marker.encode(coding)
    yield quote(marker).encode().lower()
    yield quote_plus(marker).encode().lower()
    for text in {marker, marker.capitalize()}:
        for start in range(3):
            coded = base64.b64encode(b"x" * start + text.encode())
            yield coded[4 if start else 0 : len(coded) // 4 * 4 - 4].lower()


def found_in(kept: bytes) -> set[str]:
    """The markers that these bytes hold, in any coding."""
    kept = kept.lower()
    return {marker for marker in MARKERS if any(spelling in kept for spelling in spellings(marker))}
