"""The export of a person holds all that the link keeps of him, and nothing of anybody else.

What is kept is read from the store's own file and the folder of the bucket, so that nothing can be missed in the way in
which the export looks for it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from shared.blobs.port import Blob
from shared.domain.ids import ContactId
from shared.domain.keys import of_building
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.staff import export as export_module
from shared.staff.export import export
from shared.work.audit import write_down, write_down_reading
from tests.staff.all_kept import STAFF, digest_about, exported, person_in
from tests.world.personal_data import TYPED, found, found_in, of_person
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

SHORT_LIVED = {"quotas", "letter_counts", "locks"}
"""Counters that live for a day, under a hash that the secret is needed for: the export names them and shows none."""
NOBODY = {"peers", "cursors", "tallies"}
"""Numbers of everybody together."""


def documents(world: World) -> Iterator[tuple[str, str, str]]:
    """Collection, key and text of everything in the store."""
    with closing(sqlite3.connect(world.folder / "link.sqlite")) as store:
        yield from store.execute("SELECT collection, key, data FROM documents")


def mentions(person: Resident, data: Any) -> bool:
    """Whether a document names the person: by a marker, or by the number of the contact."""
    if isinstance(data, dict):
        return any(mentions(person, value) for value in data.values())
    if isinstance(data, list):
        return any(mentions(person, value) for value in data)
    return data == person.contact_id or (isinstance(data, str) and bool(found_in(data.encode())))


def test_nothing_that_is_stored_of_a_person_is_missing(world: World):
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    assert other.tell("gebruik") == 200
    person = person_in(world)
    digest_about(world, other.contact_id, person.contact_id)
    # Hoomdossier told something of this person with the home of the other.
    assert person.tell("gebruik", building_id=other.building_id) == 200
    world.dispatcher.run_due()
    write_down(world.observer, "close", f"relays/{of_building(COOPERATION, person.building_id)}/plan",
               cooperation=COOPERATION, by="iemand")  # fmt: skip
    made = exported(world, person)
    write_down_reading(world.observer, f"{COOPERATION}:{person.contact_id}", cooperation=COOPERATION, by=STAFF,
                       contact_id=ContactId(person.contact_id))  # fmt: skip
    again = exported(world, person)

    of_person_kept = {
        (collection, key)
        for collection, key, data in documents(world)
        if collection not in SHORT_LIVED | NOBODY
        and (mentions(person, json.loads(data)) or str(person.contact_id) in key.split(":"))
    }
    shown = {(piece.collection, piece.key) for piece in again.pieces}
    assert of_person_kept - shown == set()
    assert {"residents", "submissions", "relays", "links", "mails", "audit"} <= {
        piece.collection for piece in again.pieces
    }
    assert {line.data["action"] for line in again.pieces if line.collection == "audit"} == {"close", "export", "read"}
    assert len(again.pieces) > len(made.pieces)

    kept = "\n".join(data for collection, _, data in documents(world) if collection not in SHORT_LIVED).encode()
    kept += b"".join(path.read_bytes() for path in (world.folder / "blobs").iterdir())
    told = again.as_json() + b"".join(file.body or b"" for file in again.files)
    assert found_in(kept) - found_in(told) == set()
    assert {
        "merkvoornaam",
        "merkadres",
        "merktweede",
        "merkstraat",
        "merkopmerking",
        "merkplan",
        "merkrapport",
        "merkwoord",
    } <= found_in(told)


def test_nothing_of_another_resident_is_in_it(world: World):
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    person = person_in(world)
    digest_about(world, other.contact_id, person.contact_id)
    # The link hears of the other's home for the first time by an event with the wrong contact.
    assert person.tell("gebruik", building_id=other.building_id) == 200
    assert other.tell("woonplan", user_action_plan_advice_comments={"resident": "geheim van de buren"}) == 200
    told = exported(world, person).as_json().decode()
    assert not found(told, *of_person(other), "geheim van de buren")
    digests = [it.data for it in exported(world, person).pieces if it.key == "coach_digest-x"]
    assert digests == [{"contact_ids": [person.contact_id]}]


def test_merged_contacts_are_one_person(world: World):
    person = person_in(world)
    settings = world.observer.cooperations[COOPERATION]
    old = ContactId(900)
    merged = settings.model_copy(update={"merged_contacts": {old: ContactId(person.contact_id)}})
    world.observer.cooperations = {**world.observer.cooperations, COOPERATION: merged}
    by_old = export(world.observer, COOPERATION, old, STAFF)
    assert by_old
    assert by_old.contacts == [old, person.contact_id]
    assert {it.collection for it in by_old.pieces} >= {"residents", "relays"}


def test_a_confirmation_that_nobody_gave_is_found_by_the_address(adjusted: Any):
    change = ("        coach: 21\n", "        coach: 21\n        confirm_email: true\n")
    with adjusted(change) as world:
        person = Resident(world, 1)
        path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
        assert world.post(path, {**person.typed, **TYPED})
        world.settle()
        made = export(world.observer, COOPERATION, ContactId(5), STAFF, TYPED["emailadres"])
        assert made
        assert {it.collection for it in made.pieces} == {"confirmations", "mails", "audit"}
        assert "merkvoornaam" in found_in(made.as_json())


def test_an_unreadable_event_in_the_bucket_is_a_file(world: World):
    person = person_in(world)

    def down(point: str) -> None:
        if "store." in point:
            raise StoreUnavailable("down")

    world.boundaries.fault = down
    assert person.tell("woning-status") == 200
    world.boundaries.fault = lambda _point: None
    (aside,) = (world.folder / "blobs").glob("aside-*")
    text = json.loads(aside.read_bytes())
    text["kind"] = "nieuw"  # A kind that this version does not know.
    aside.unlink()
    body = json.dumps(text).encode()
    (aside.parent / Blob.aside(body, world.clock()).name).write_bytes(body)
    assert any(file.name.startswith("aside-") and file.body == body for file in exported(world, person).files)


def test_files_beyond_the_limit_are_listed(world: World, monkeypatch: pytest.MonkeyPatch):
    person = person_in(world)
    assert [file.body is not None for file in exported(world, person).files] == [True]
    monkeypatch.setattr(export_module, "MOST_BYTES", 10)  # Twenty megabytes take long to make.
    (file,) = exported(world, person).files
    assert (file.body, file.length) == (None, 420)
    assert file.name.startswith("adviesrapport-")
    (path,) = (world.folder / "blobs").iterdir()
    path.write_bytes(b"damaged")
    assert [file.body for file in exported(world, person).files] == [None]


def test_a_coach_finds_what_the_settings_say(world: World, resident: Resident):
    made = export(world.observer, COOPERATION, ContactId(21), STAFF)
    assert made
    assert made.settings["coaches"][0]["email"] == "lien@meer-energie.example"
    assert {it.collection for it in made.pieces} >= {"links", "mails"}
    assert not found(made.as_json().decode(), *of_person(resident))


def test_of_somebody_unknown_or_erased_there_is_no_export_and_no_line(world: World):
    assert export(world.observer, COOPERATION, ContactId(4040), STAFF) is None
    person = person_in(world)
    erase(world.observer, COOPERATION, ContactId(person.contact_id), by="iemand", email=TYPED["emailadres"])
    lines = len([1 for collection, *_ in documents(world) if collection == "audit"])
    assert export(world.observer, COOPERATION, ContactId(person.contact_id), STAFF) is None
    assert len([1 for collection, *_ in documents(world) if collection == "audit"]) == lines


def test_what_an_export_finds_is_what_an_erasure_deletes(world: World):
    person = person_in(world)
    found_before = {
        (it.collection, it.key) for it in exported(world, person).pieces if it.collection not in {"audit", "erasures"}
    }
    erase(world.observer, COOPERATION, ContactId(person.contact_id), by="iemand")
    left = {(collection, key) for collection, key, _ in documents(world)}
    assert found_before
    assert found_before & left == set()
