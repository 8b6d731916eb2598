"""F30: after an erasure no byte that the link keeps names the resident, whatever state the work was in and however the
name is coded. Events and calls that come afterwards bring nothing back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

import pytest

from shared.dead_letters.decide import close, replay
from shared.dead_letters.find import find_dead_letters
from shared.domain.erasure import UNDER_WAY
from shared.domain.keys import of_contact
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import Relay
from shared.domain.resident import Resident as StoredResident
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.flows.sweep import sweep
from shared.store.firestore import FirestoreStore
from shared.store.port import Query
from shared.work.kinds import KEY, KINDS
from tests.fixtures import read
from tests.world.clock import TestClock
from tests.world.firestore_emulator import FirestoreEmulator
from tests.world.personal_data import MARKERS, TYPED, found_in
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World, open_world

OTHER_ADDRESS = "merktweede@merkdomein.example"
PLAN = {"user_action_plan_advice_comments": {"resident": "merkplan", "coach": "merkcoachwoord"}}
REPORT = b"%PDF-1.7 merkrapport " * 20
WORDS = "merkwoord: Merkvoornaam (merkadres@merkdomein.example, 0470 98 76 54) bestaat al"
REFUSED = json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])


def test_the_search_finds_a_word_in_every_coding() -> None:
    for marker in MARKERS:
        for start in range(3):
            assert marker in found_in(base64.b64encode(b"a" * start + marker.encode() + b" and more"))
        assert marker in found_in(f"{marker}".encode("utf-16-be"))
        assert marker in found_in(f"a={quote(marker)}&b={quote_plus(marker.upper())}".encode())
    assert found_in(b"nothing") == set()


class Kept:
    """A world with one resident, and all bytes that the link keeps: the store and its log, blobs, tasks, task names.

    `read_store` gives the content of a store that is not in the world's folder.
    """

    def __init__(self, world: World, read_store: Callable[[], bytes]) -> None:
        self.world, self._read_store = world, read_store
        self.resident = Resident(world, 1)
        self.resident.email = TYPED["emailadres"]

    def read(self) -> bytes:
        folder = self.world.folder
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "cooperations.yaml"]
        content = [path.name.encode() + path.read_bytes() for path in files]
        tasks = [json.dumps(task.body).encode() for task in self.world.dispatcher.waiting.values()]
        names = [name.encode() for name in self.world.dispatcher.names]
        return b"\n".join([*content, *tasks, *names, self._read_store()])

    def markers(self) -> set[str]:
        return found_in(self.read())

    # -- what the resident and Hoomdossier do --------------------------------------------------------------------------

    def sign_up(self, **changes: str) -> None:
        path = f"/functions/receive-webform/{COOPERATION}/aanmelden"
        answer = self.world.post(path, {**self.resident.typed, **TYPED, **changes})
        assert answer is not None
        assert answer.status_code == 202, answer.text

    def tell(self, resident: Resident | None = None, **related: int) -> None:
        """Hoomdossier sends an event of each kind that can hold something personal, about this resident's home.

        `related` changes ids in `account_related`.
        """
        teller = resident or self.resident
        for kind, content in {
            "woonplan": PLAN,
            "pdf": {"pdf": {"contents": base64.b64encode(REPORT).decode()}},
            "gebruik": {"current": {"merkplan": {"id": 1, "short": "m", "name": "merkplan", "answers": {}}}, "new": {}},
            "woning-status": {"status": {"id": 5, "short": "executed", "name": "merkplan"}},
        }.items():
            account = {"account_related": {**teller.related, **related}} if related else {}
            assert teller.tell(kind, **content, **account) == 200, kind

    def refuse(self, **how: Any) -> None:
        """Econobis answers the next nine events with this fault."""
        self.world.fault("econobis", COOPERATION, **{"match": "hoomdossier/", "times": 9, **how})


def sqlite(tmp_path: Path, *changes: tuple[str, str]) -> Any:
    folder = tmp_path / "world"
    folder.mkdir()
    return open_world(folder, adjust=lambda text: _changed(text, changes))


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def everything(store: FirestoreStore, project: str) -> bytes:
    """All documents of all collections in the database, also of those that the code does not name."""
    client, parent = store._calls._client, f"projects/{project}/databases/(default)/documents"
    options: dict[str, Any] = {"metadata": store._calls._metadata}
    collections = list(client.list_collection_ids({"parent": parent}, **options))
    assert {"residents", "submissions", "audit"} & set(collections)
    return b"\n".join(
        str(document).encode()
        for collection in collections
        for document in client.list_documents({"parent": parent, "collection_id": collection}, **options)
    )


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "sqlite":
        with sqlite(tmp_path) as world:
            yield Kept(world, lambda: b"")
        return
    emulator: FirestoreEmulator = request.getfixturevalue("firestore")
    project = f"erased-{uuid4().hex[:8]}"

    def opened(clock: TestClock) -> FirestoreStore:
        return FirestoreStore(project, "(default)", clock, emulator.host)

    folder = tmp_path / "world"
    folder.mkdir()
    with open_world(folder, opened) as world:
        reader = opened(world.clock)
        yield Kept(world, lambda: everything(reader, project))
        reader.close()


# -- the states in which the resident is erased ------------------------------------------------------------------------


def waiting(kept: Kept) -> None:
    kept.refuse(kind="status", status=503, body=WORDS)
    kept.tell()
    while kept.world.dispatcher.run_due():
        pass


def parked(kept: Kept) -> None:
    kept.refuse(kind="status", status=404, body=REFUSED)
    kept.tell()
    kept.world.settle()
    assert list(find_dead_letters(kept.world.observer))


def closed(kept: Kept) -> None:
    parked(kept)
    for letter in list(find_dead_letters(kept.world.observer)):
        close(kept.world.observer, letter, "test")
    kept.world.settle()


def with_unknown_outcome(kept: Kept) -> None:
    kept.refuse(kind="status", status=500, body=WORDS)
    kept.refuse(kind="lost_answer")
    kept.tell()
    kept.world.settle()


def delivered(kept: Kept) -> None:
    kept.tell()
    kept.world.settle()


def being_corrected(kept: Kept) -> None:
    kept.world.fault("econobis", COOPERATION, kind="status", status=503, match="webform", body=WORDS, times=5)
    kept.sign_up(telefoonnummer="", intake_opmerkingen_bewoner="merkopmerking verbeterd 0470 98 76 54")
    while kept.world.dispatcher.run_due():
        pass


def refused_again(kept: Kept) -> None:
    kept.world.fault("econobis", COOPERATION, kind="status", status=422, match="webform", body=REFUSED, times=5)
    kept.sign_up(telefoonnummer="", intake_opmerkingen_bewoner="merkopmerking verbeterd 0470 98 76 54")
    kept.world.settle()


def with_another_address(kept: Kept) -> None:
    kept.sign_up(emailadres=OTHER_ADDRESS)


def set_aside(kept: Kept) -> None:
    def away(point: str) -> None:
        if point.startswith("before store."):
            raise StoreUnavailable("on purpose")

    kept.world.boundaries.fault = away
    kept.tell()
    kept.world.boundaries.fault = lambda _point: None


def set_aside_and_not_readable(kept: Kept) -> None:
    related = {"contact_id": kept.resident.contact_id, "building_id": "?"}
    raw = {"account_related": related, "merkplan": "merkplan"}
    aside = {"cooperation": COOPERATION, "kind": "woonplan", "at": "2026-11-23T12:00:00Z", "raw": raw}
    kept.world.observer.blobs.set_aside(json.dumps(aside).encode(), kept.world.clock())


def _at_anothers_home(kept: Kept) -> Resident:
    other = Resident(kept.world, 3)
    assert other.sign_up()
    kept.world.settle()
    assert other.tell("gebruik") == 200
    assert other.tell("woonplan") == 200
    kept.world.settle()
    return other


def parked_at_anothers_home(kept: Kept) -> None:
    other = _at_anothers_home(kept)
    kept.tell(other, contact_id=kept.resident.contact_id)
    kept.world.settle()
    assert list(find_dead_letters(kept.world.observer))


def waiting_at_anothers_home(kept: Kept) -> None:
    """A person replayed the event, so the home counts as the first resident's. Econobis is down."""
    parked_at_anothers_home(kept)
    kept.refuse(kind="status", status=503, body=WORDS)
    _replay_all(kept)
    while kept.world.dispatcher.run_due():
        pass


def refused_at_anothers_home(kept: Kept) -> None:
    parked_at_anothers_home(kept)
    kept.refuse(kind="status", status=404, body=REFUSED)
    _replay_all(kept)
    kept.world.settle()


def back_at_anothers_home(kept: Kept) -> None:
    """A person replayed the event, and afterwards the home became the other resident's again."""
    waiting_at_anothers_home(kept)
    (key, relay), *_ = [
        it for it in kept.world.observer.records(Relay).all() if it[1].building_id == _other(kept).building_id
    ]
    relay.contact_id = _other(kept).contact_id
    kept.world.observer.records(Relay).update(key, lambda _stored: relay)


def _other(kept: Kept) -> Resident:
    return Resident(kept.world, 3)


def _replay_all(kept: Kept) -> None:
    for letter in list(find_dead_letters(kept.world.observer)):
        replay(kept.world.observer, letter, "test")


STATES = [
    waiting, parked, closed, with_unknown_outcome, delivered, being_corrected, refused_again, with_another_address,
    set_aside, set_aside_and_not_readable, parked_at_anothers_home, waiting_at_anothers_home, refused_at_anothers_home,
    back_at_anothers_home,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_an_erasure_leaves_nothing_and_later_events_bring_nothing_back(
    kept: Kept, state: Callable[[Kept], None]
) -> None:
    kept.sign_up()
    kept.world.settle()
    state(kept)
    assert len(kept.markers()) >= 3  # Otherwise this test would prove nothing.
    erase(kept.world.observer, COOPERATION, kept.resident.contact_id, by="test")
    assert kept.markers() == set()
    kept.world.boundaries.fault = lambda _point: None
    kept.world.settle()
    kept.refuse(kind="status", status=404, body=REFUSED)  # Staff removed the contact.
    kept.tell()
    assert kept.resident.tell("afspraak") == 200
    assert kept.markers() == set()
    kept.world.settle()
    assert not [letter for letter in find_dead_letters(kept.world.observer) if letter.kind]
    kept.world.clock.advance(3600)
    sweep(kept.world.observer)
    assert kept.markers() == set()


@pytest.mark.parametrize("known", [True, False], ids=["known contact", "e-mail address only"])
def test_a_sign_up_that_waits_to_be_confirmed_is_erased_too(tmp_path: Path, known: bool) -> None:
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        if known:
            kept.sign_up()
            world.settle()
        world._adjust = lambda text: _changed(
            text, (("        coach: 21\n", "        coach: 21\n        confirm_email: true\n"),)
        )
        world.die()
        kept.sign_up(intake_opmerkingen_bewoner="merkopmerking nummer twee")
        while world.dispatcher.run_due():
            pass
        assert len(kept.markers()) >= 3
        contact = kept.resident.contact_id if known else 4242
        erase(world.observer, COOPERATION, contact, by="test", email=None if known else TYPED["emailadres"])
        assert kept.markers() == set()
        assert not world.observer.store.find(Query("confirmations"))
        assert not world.observer.store.find(Query("mails"))


def test_an_erasure_searches_every_field_that_holds_a_contact_id() -> None:
    """`erased_by` of each row of `work/kinds.py` lists them."""
    for kind in KINDS:
        named = {field for field in kind.model.model_fields if "contact" in field}
        looked_for = {"contact_id"} if kind.erased_by == (KEY,) else set(kind.erased_by)
        left_out = {"contact_ids"} if kind.model is OutgoingMail else set()  # `leave_out_of_digests`
        assert named - left_out == looked_for, kind.collection


# -- merged contacts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("merged", ["{1001: 1002}", "{1002: 1001}", "{1001: 5, 5: 1002}", "{1002: 7, 1001: 7}"])
@pytest.mark.parametrize("asked", [1001, 1002])
def test_merged_contacts_are_erased_together_whichever_id_is_given(tmp_path: Path, merged: str, asked: int) -> None:
    """The documents were made before the merge, under the old id."""
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        kept.sign_up()
        world.settle()
        delivered(kept)
        assert kept.resident.contact_id == 1001
        assert len(kept.markers()) >= 3
        name = "    name: Meer Energie\n    country"
        world._adjust = lambda text: _changed(
            text, ((name, name.replace("    c", f"    merged_contacts: {merged}\n    c")),)
        )
        world.die()
        erase(world.observer, COOPERATION, asked, by="test")
        assert kept.markers() == set()
        assert documents_of(world, 1001) == set()


def documents_of(world: World, contact: int) -> set[str]:
    """The documents that hold the contact's id, apart from the record of its erasure and the audit."""
    collections = ("submissions", "residents", "dossier_requests", "links", "relays", "mails")
    documents = [(it, document) for it in collections for document in world.observer.store.find(Query(it))]
    fields = ("contact_id", "resident_contact_id", "coach_contact_id", "waiting_for")
    return {
        f"{collection} {document.key}"
        for collection, document in documents
        if contact in [document.data.get(field) for field in fields] or f":{contact}" in document.key
    }


# -- work in progress --------------------------------------------------------------------------------------------------


def erased_at(world: World, resident: Resident, at: int) -> str:
    """Runs a sign-up and all that follows; at crash point number `at` the resident is erased.

    Returns the name of that point, `""` when there were fewer.
    """
    points: list[str] = []

    def meanwhile(point: str) -> None:
        points.append(point)
        if len(points) == at:
            known = resident.contact_id if resident.is_in_econobis else 4242
            erase(world.observer, COOPERATION, known, by="test", email=resident.email)

    assert resident.sign_up()
    world.boundaries.fault = meanwhile
    while world.dispatcher.run_due():
        pass
    world.boundaries.fault = lambda _point: None
    return points[at - 1] if len(points) >= at else ""


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.timeout(900)
def test_a_sign_up_that_is_erased_halfway_makes_no_new_document(tmp_path: Path, step: int) -> None:
    """The full form erases at each crash point, the short form at one in eleven."""
    with sqlite(tmp_path) as world:
        world.dispatcher.broken = []
        at, point, erased = 1, "the start", 0
        while point:
            resident = Resident(world, 2 * at + 1)
            point = erased_at(world, resident, at)
            if point and resident.is_in_econobis:
                left = documents_of(world, resident.contact_id)
                assert not left or not _was_known(world, resident), (at, point, left)
                erased += not left
            world.settle()
            at += step
        assert not world.dispatcher.broken
        assert erased > 5


def _was_known(world: World, resident: Resident) -> bool:
    """Whether the erasure was of this contact: before Econobis answers, its id is not known."""
    return world.observer.erasures.records.get(of_contact(COOPERATION, resident.contact_id)) is not None


@pytest.mark.timeout(300)
def test_an_event_that_arrives_during_the_erasure_is_not_kept(tmp_path: Path) -> None:
    """The resident is erased at every third crash point of storing the events."""
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        at, passed = 1, 10**6
        while passed >= at:
            kept.sign_up()
            world.settle()
            passed = 0

            def meanwhile(_point: str, at: int = at) -> None:
                nonlocal passed
                passed += 1
                if passed == at:
                    erase(world.observer, COOPERATION, kept.resident.contact_id, by="test")

            world.boundaries.fault = meanwhile
            kept.tell()
            world.boundaries.fault = lambda _point: None
            if passed >= at:
                assert kept.markers() == set(), at
                assert documents_of(world, kept.resident.contact_id) == set()
            world.settle()
            world.clock.advance(3600)
            at += 3
        assert at > 20


def test_the_sweep_erases_what_was_written_after_the_erasure(tmp_path: Path) -> None:
    """Once UNDER_WAY has passed, no call from before the erasure can be running."""
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        kept.sign_up()
        world.settle()
        contact = kept.resident.contact_id
        resident = world.observer.records(StoredResident).read(of_contact(COOPERATION, contact))
        assert resident
        erase(world.observer, COOPERATION, contact, by="test")
        world.observer.store.create("residents", resident.document.key, resident.document.data)
        world.clock.advance(UNDER_WAY.total_seconds() + 1)
        sweep(world.observer)
        assert kept.markers() == set()
        assert world.observer.erasures.records.find(order_by="due_at") == []


# -- a resident who comes back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [timedelta(seconds=1), timedelta(days=3)])
def test_an_erased_resident_who_signs_up_again_is_kept_like_any_other(tmp_path: Path, after: timedelta) -> None:
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        kept.sign_up()
        world.settle()
        erase(world.observer, COOPERATION, kept.resident.contact_id, by="test")
        world.clock.advance(after.total_seconds())
        kept.sign_up()
        world.settle()
        assert {"merkvoornaam", "merkadres"} <= kept.markers()
        world.clock.advance(3600)
        sweep(world.observer)
        assert {"merkvoornaam", "merkadres"} <= kept.markers()
        assert kept.resident.set_appointment("2027-03-05 10:00:00")
        world.settle()
        assert len(world.received("econobis", COOPERATION, "/hoomdossier/afspraak")) == 1


def test_staff_can_ask_for_a_dossier_again_once_old_calls_have_ended(tmp_path: Path) -> None:
    """Right after the erasure such a call may be an old one, so it is refused."""
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        kept.sign_up()
        world.settle()
        contact = kept.resident.contact_id
        erase(world.observer, COOPERATION, contact, by="test")
        example = read("examples/econobis-register-request.json")
        asked = {**example, "extra": {"contact_id": contact}, "postal_code": "9000", "phone_number": ""}
        headers = {"Authorization": f"Bearer demo-{COOPERATION}-econobis"}
        answer = world.post(f"/functions/create-dossier/{COOPERATION}", asked, **headers)
        assert answer is not None
        assert list(answer.json()) == ["koppeling"]
        assert documents_of(world, contact) == set()
        world.clock.advance(UNDER_WAY.total_seconds() + 1)
        answer = world.post(f"/functions/create-dossier/{COOPERATION}", asked, **headers)
        assert answer is not None
        assert documents_of(world, contact), answer.text
        assert world.observer.erasures.records.get(of_contact(COOPERATION, contact)) is None


def test_the_delete_of_an_erased_residents_dossier_still_goes_to_econobis(tmp_path: Path) -> None:
    with sqlite(tmp_path) as world:
        kept = Kept(world, lambda: b"")
        kept.sign_up()
        world.settle()
        erase(world.observer, COOPERATION, kept.resident.contact_id, by="test")
        assert kept.resident.tell("delete") == 200
        world.settle()
        assert len(world.received("econobis", COOPERATION, "/hoomdossier/delete")) == 1
        assert kept.markers() == set()
