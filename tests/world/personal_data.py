"""Everything that the link keeps or says, as one text: to look for what should not be in it."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from tests.world.residents import Resident
from tests.world.world import World

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
    """Store, blobs, and the queue with what it once had."""
    with sqlite3.connect(world.folder / "link.sqlite") as connection:
        documents = [" ".join(map(str, row)) for row in connection.execute("SELECT * FROM documents")]
    connection.close()
    blobs = [
        f"{file.name} {file.read_bytes().decode('latin-1')}" for file in sorted((world.folder / "blobs").iterdir())
    ]
    tasks = [json.dumps(task.body) for task in world.dispatcher.waiting.values()]
    return "\n".join([*documents, *blobs, *tasks, *world.dispatcher.names])


def of_person(resident: Resident) -> list[str]:
    """What is about this resident and nobody else, in any of the forms in which we write it."""
    typed = resident.typed
    return [typed["voornaam"], typed["achternaam"], typed["emailadres"], f"{typed['adres_straat']} {resident.number}"]


def found(text: str, *wanted: str) -> list[str]:
    return [word for word in wanted if word.casefold() in text.casefold()]


def spellings(marker: str) -> Iterator[bytes]:
    """In lower case, as everything is looked at; base64 at each of its three beginnings, without what joins others."""
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
    kept = kept.lower()
    return {marker for marker in MARKERS if any(spelling in kept for spelling in spellings(marker))}
