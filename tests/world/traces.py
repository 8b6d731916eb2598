"""Everything that the link keeps or says, as one text: to look for what should not be in it."""

from __future__ import annotations

import json
import sqlite3

from tests.world.campaign import Resident
from tests.world.world import World


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
