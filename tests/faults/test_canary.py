"""I7: in every flow and fault, words that only a resident or a peer said stay out of all that operators get to see.

Every text in this file that stands for personal data holds one of MARKERS. Each test plays one part of the work; the
fixture then looks for the markers, in any coding, in the log, the errors and answers of our functions, the names,
bodies and headers of tasks, the keys of documents, the names of files, and the addresses that were called.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from infra.standins.mailbox.box import Fault
from shared.dead_letters.decide import close, replay
from shared.dead_letters.find import find_dead_letters
from shared.domain.submission import Submission
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.flows.pull_appointments import pull_appointments
from shared.flows.run_task import Task, run_task
from shared.flows.sweep import sweep
from shared.store.port import Query
from tests.world.letters import text
from tests.world.personal_data import MARKERS, TYPED, found, found_in
from tests.world.residents import COOPERATION, OTHER, Resident
from tests.world.sent import letters
from tests.world.world import World

CONFIRMED = ("        coach: 21\n", "        coach: 21\n        confirm_email: true\n")
FORM = f"/functions/receive-webform/{COOPERATION}/aanmelden"
EVENTS = f"/functions/receive-event/{COOPERATION}"
KEY = f"demo-{COOPERATION}-hoomdossier"
WORDS = "merkwoord: Merkvoornaam Merkachternaam (merkadres@merkdomein.example, 0470 98 76 54, Merkstraat) bestaat al"
SECRETS = [f"demo-{one}-{use}" for one in (COOPERATION, OTHER) for use in ("econobis", "webform", "events", "register")]
PLAN = {"user_action_plan_advice_comments": {"resident": "merkplan", "coach": "merkcoachwoord"}}
REPORT = {"pdf": {"contents": base64.b64encode(b"%PDF-1.7 merkrapport " * 20).decode()}}
HOME = {"current": {"merkplan": {"id": 1, "short": "m", "name": "merkplan", "answers": {}}}, "new": {}}
TOLD: dict[str, dict[str, Any]] = {
    "afspraak": {}, "gebruik": HOME, "woonplan": PLAN, "pdf": REPORT, "scan-status": {},
    "woning-status": {"status": {"id": 5, "short": "executed", "name": "merkplan"}},
}  # fmt: skip


class Canary:
    """A world with one resident, and all that operators get to see of it."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world, self._capsys = world, capsys
        self.resident = Resident(world, 1)
        self.resident.email = TYPED["emailadres"]
        self.lines, self.answers, self._places = "", "", set[str]()
        self.world.dispatcher.broken = []
        self.world.http.event_hooks["response"].append(self._hear)

    def _hear(self, answer: Any) -> None:
        answer.read()
        if "/functions/" in str(answer.request.url):
            self.answers += f"{answer.status_code} {answer.headers} {answer.text}\n"

    def look(self) -> dict[str, str]:
        """All of it so far. Documents and files that are deleted later are kept in mind when this is called before."""
        said = self._capsys.readouterr()
        self.lines += said.out + said.err
        # A call that was refused made no table yet.
        with sqlite3.connect(self.world.folder / "link.sqlite") as store, suppress(sqlite3.OperationalError):
            self._places |= {" ".join(row) for row in store.execute("SELECT collection, key FROM documents")}
        store.close()
        self._places |= {str(path) for path in self.world.folder.rglob("*")}
        peers = [(peer, one) for peer in ("econobis", "hoomdossier") for one in (COOPERATION, OTHER)]
        called = [f"{row['path']} {row.get('query')}" for peer, one in peers for row in self.world.received(peer, one)]
        tasks = [f"{task.name} {json.dumps(task.body)} {task.traceparent}" for task in self.world.dispatcher.made]
        return {
            "log": self.lines, "answers": self.answers, "tasks": "\n".join(tasks), "addresses": "\n".join(called),
            "keys and files": "\n".join(self._places),
        }  # fmt: skip

    def settle(self) -> None:
        """Looks before and after, because what is done is deleted."""
        self.look()
        self.world.settle()
        self.look()

    def play_with(self, fault: Callable[[str], None], step: Callable[[], object]) -> None:
        """Plays the step and all that follows while `fault` is called at each crash point, and what is left without."""
        self.world.boundaries.fault = fault
        step()
        with suppress(StoreUnavailable, RuntimeError, KeyError):  # Of `sweep`, which Cloud Scheduler calls again.
            self.world.settle()
        self.world.boundaries.fault = lambda _point: None
        self.settle()

    # -- what residents, coaches and peers do --------------------------------------------------------------------------

    def sign_up(self, status: int = 202, path: str = FORM, **changes: str) -> None:
        answer = self.world.post(path, {**self.resident.typed, **TYPED, **changes})
        assert answer is not None
        assert answer.status_code == status, answer.text

    def tell(self) -> None:
        for kind, content in TOLD.items():
            assert self.resident.tell(kind, **content) == 200, kind

    def settled(self) -> None:
        """The resident has a dossier."""
        self.sign_up()
        self.settle()


@pytest.fixture(params=[()])
def canary(
    request: pytest.FixtureRequest, adjusted: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> Iterator[Canary]:
    """Each test asserts itself that its part was really played; the markers are looked for after it."""
    with adjusted(*request.param) as world:
        canary = Canary(world, capsys)
        yield canary
        for where, seen in canary.look().items():
            assert found_in(seen.encode()) == set(), where
            secrets = [] if where == "addresses" else SECRETS  # Econobis' key is part of its address.
            assert found(seen.replace(str(world.folder), ""), *secrets) == [], where


# -- all goes well -----------------------------------------------------------------------------------------------------


def test_a_sign_up_its_letters_and_every_kind_of_event(canary: Canary) -> None:
    canary.settled()
    canary.tell()
    canary.settle()
    canary.resident.push("afspraak")
    canary.settle()
    seen = canary.look()
    for flow in ("keep_sign_up", "submit_intake", "create_dossier", "link_coach", "deliver_event", "send_email"):
        assert f'"flow": "{flow}"' in seen["log"]
    assert len(canary.world.letters_to(TYPED["emailadres"])) >= 1
    assert "hoomdossier/pdf" in seen["addresses"]


@pytest.mark.parametrize("canary", [(CONFIRMED,)], indirect=True)
def test_a_sign_up_that_is_confirmed_by_e_mail(canary: Canary) -> None:
    canary.sign_up()
    canary.settle()
    (letter,) = letters(canary.world, TYPED["emailadres"])
    (link,) = re.findall(r"https?://\S+/confirm/\S+", text(letter))
    assert found_in(link.encode()) == set()
    browser = {"Accept": "text/html,*/*;q=0.8"}
    assert canary.world.http.get(link, headers=browser).status_code == 200
    assert canary.world.http.post(link, headers=browser).status_code == 200
    canary.settle()
    assert canary.resident.is_in_econobis


def test_the_feed_of_appointments(canary: Canary) -> None:
    canary.settled()
    canary.world.set_appointment(COOPERATION, canary.resident.building_id, "2027-03-05 10:00:00")
    pull_appointments(canary.world.services, COOPERATION)
    canary.settle()
    assert '"flow": "keep_event"' in canary.look()["log"]


def test_an_erasure(canary: Canary) -> None:
    canary.settled()
    canary.tell()
    canary.look()
    erase(canary.world.observer, COOPERATION, canary.resident.contact_id, by="merkwoord", email=TYPED["emailadres"])
    canary.tell()
    canary.settle()
    assert "of a contact that was erased" in canary.look()["log"]


# -- what is refused ---------------------------------------------------------------------------------------------------

WRONG_FORMS = {
    "an impossible value": {"emailadres": "merkadres@merkdomein", "adres_postcode": "merkwoord"},
    "a number": {"adres_huisnummer": "merkwoord"},
    "a telephone": {"telefoonnummer": "merkwoord 0470 98 76 54"},
    "no consent": {"akkoord_privacybeleid": "merkwoord"},
    "too long": {"voornaam": "merkvoornaam" * 100},
    "nothing": {"voornaam": "", "emailadres": ""},
}


@pytest.mark.parametrize("case", WRONG_FORMS)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_form_that_is_refused(canary: Canary, case: str, accept: str) -> None:
    typed = {**canary.resident.typed, **TYPED, **WRONG_FORMS[case]}
    answer = canary.world.http.post(canary.world.base + FORM, data=typed, headers={"Accept": accept})
    assert answer.status_code in {303, 422}
    assert str(answer.status_code) in canary.answers


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/functions/receive-webform/{COOPERATION}/merkwoord", {}),
        ("/functions/receive-webform/merkwoord/aanmelden", {}),
        (f"/functions/receive-webform/{COOPERATION}/aanmelden/merkwoord/merkwoord?q=merkwoord", {}),
        (f"{FORM}?voornaam=merkvoornaam", {"Content-Type": "application/merkwoord"}),
        (FORM, {"Content-Type": "application/json; charset=merkwoord", "Content-Length": "3"}),
        (f"{EVENTS}/merkwoord-merkwoord-merkwoord/hoomdossier/pdf", {}),
        (f"{EVENTS}/{KEY}/hoomdossier/merkwoord", {}),
        (f"{EVENTS}/{KEY}/hoomdossier/afspraak", {"Content-Type": "merkwoord"}),
        (f"/functions/create-dossier/{COOPERATION}", {"Authorization": "Bearer merkwoord-merkwoord-merkwoord"}),
        (f"/functions/create-dossier/{COOPERATION}", {"Authorization": f"Bearer demo-{COOPERATION}-econobis"}),
        (f"/functions/link-coach/{COOPERATION}", {"Authorization": "merkwoord"}),
        (f"/functions/link-coach/{COOPERATION}", {"Authorization": f"Bearer demo-{COOPERATION}-econobis"}),
        (FORM, {"traceparent": "00-merkwoord-merkwoord-01", "X-Cloud-Trace-Context": "merkwoord/1;o=1"}),
        (FORM, {"X-Forwarded-For": "merkwoord", "Origin": "https://merkdomein.example", "User-Agent": "merkwoord"}),
    ],
)
def test_a_call_that_is_refused(canary: Canary, path: str, headers: dict[str, str]) -> None:
    for body in ('{"voornaam": "merkvoornaam', '["merkwoord"]', '{"merkwoord": {"merkwoord": "merkwoord"}}'):
        length = {"Content-Length": str(len(body))} if "Content-Length" in headers else {}
        answer = canary.world.http.post(canary.world.base + path, content=body, headers={**headers, **length})
        assert 400 <= answer.status_code < 500


def test_a_task_that_is_none_of_ours(canary: Canary) -> None:
    run_task(canary.world.services, Task(collection="submissions", key="merkwoord", generation=1))


# -- what fails --------------------------------------------------------------------------------------------------------

PEERS_SAY = {
    "refuses": {"kind": "status", "status": 422, "body": json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])},
    "does not know": {"kind": "status", "status": 404, "body": json.dumps([f"Fout opgetreden: {WORDS}", "Gehele API aanroep is ongedaan gemaakt!"])},
    "breaks": {"kind": "status", "status": 500, "body": f"<html>{WORDS}</html>"},
    "is down": {"kind": "status", "status": 503, "body": WORDS},
    "accepts with rubbish": {"kind": "status", "status": 200, "body": WORDS},
    "does not answer": {"kind": "lost_answer"},
}  # fmt: skip


@pytest.mark.parametrize("case", PEERS_SAY)
def test_econobis_fails_on_a_sign_up_and_a_person_decides(canary: Canary, case: str) -> None:
    times = 1 if case in {"refuses", "does not know"} else 3
    canary.world.fault("econobis", COOPERATION, **PEERS_SAY[case], match="webform", times=times)
    canary.sign_up()
    canary.settle()
    decide(canary)
    assert canary.resident.is_in_econobis


@pytest.mark.parametrize("case", PEERS_SAY)
def test_econobis_fails_on_events_and_a_person_decides(canary: Canary, case: str) -> None:
    canary.settled()
    canary.world.fault("econobis", COOPERATION, **PEERS_SAY[case], match="hoomdossier/", times=9)
    canary.tell()
    canary.settle()
    decide(canary)
    assert '"not done"' in canary.lines or "needs a person" in canary.lines


@pytest.mark.parametrize(
    "body",
    [json.dumps({"errors": {"email": [WORDS]}}), json.dumps({"message": WORDS}), WORDS, f'{{"email":["{WORDS}"]}}'],
)
@pytest.mark.parametrize("status", [401, 422, 500, 201])
def test_hoomdossier_fails_and_a_person_decides(canary: Canary, status: int, body: str) -> None:
    canary.world.fault("hoomdossier", COOPERATION, kind="status", status=status, match="register", body=body)
    canary.world.fault("hoomdossier", COOPERATION, kind="status", status=status, match="building-coach", body=body)
    canary.sign_up()
    canary.settle()
    decide(canary)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("status", [450, 550])
def test_the_mail_server_fails(canary: Canary, step: str, status: int) -> None:
    canary.world.letters.add_faults([Fault(match=step, kind="reply", status=status, body=WORDS)])
    canary.settled()
    decide(canary)
    assert '"flow": "send_email"' in canary.lines


@pytest.mark.parametrize(
    ("part", "every"), [("store.", 29), ("queue.", 7), ("blobs.", 3), ("smtp.", 3), ("POST", 5), ("after POST", 5)]
)
@pytest.mark.parametrize("error", [StoreUnavailable, RuntimeError, KeyError])
def test_our_own_code_fails_now_and_then(canary: Canary, part: str, every: int, error: type[Exception]) -> None:
    passed = 0

    def fails(point: str) -> None:
        nonlocal passed
        if part in point:
            passed += 1
            if passed % every == 0 and passed <= 12 * every:
                raise error(f"{WORDS} {point} demo-{COOPERATION}-webform")

    for _ in range(3):
        canary.play_with(fails, lambda: canary.world.post(FORM, {**canary.resident.typed, **TYPED}))
    decide(canary)
    assert canary.resident.dossiers
    for kind, content in TOLD.items():
        canary.play_with(fails, lambda kind=kind, content=content: canary.resident.tell(kind, **content))
    decide(canary)
    assert passed >= every


def test_the_store_is_down_while_events_come_and_one_is_damaged(canary: Canary) -> None:
    canary.settled()

    def down(point: str) -> None:
        if "store." in point:
            raise StoreUnavailable(WORDS)

    canary.world.boundaries.fault = down
    canary.tell()
    canary.look()
    canary.world.boundaries.fault = lambda _point: None
    damaged, *_ = (canary.world.folder / "blobs").glob("aside-*")
    damaged.write_bytes(b'{"merkwoord": "merkwoord"}')
    sweep(canary.world.services)
    damaged.unlink()
    canary.settle()
    assert "set aside" in canary.lines
    assert "cannot be taken up" in canary.lines


def test_a_stored_document_cannot_be_read(canary: Canary) -> None:
    canary.sign_up()
    store = canary.world.observer.store
    (document,) = store.find(Query("submissions"))
    store.replace("submissions", document.key, {**document.data, "sign_up": WORDS}, document.version)
    assert not list(canary.world.observer.records(Submission).all())
    assert "unreadable document" in canary.look()["log"]


def decide(canary: Canary) -> None:
    """A person replays each dead letter once, and closes what then is left."""
    for how in (replay, close):
        for letter in list(find_dead_letters(canary.world.observer)):
            if how is close or not letter.final:
                how(canary.world.services, letter, "merkwoord")
        canary.settle()


# -- the search itself -------------------------------------------------------------------------------------------------


def test_the_search_would_find_them(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The store holds the person, and a marker in a log line is seen."""
    canary = Canary(world, capsys)
    canary.sign_up()
    print("Merkvoornaam")
    assert found_in(canary.look()["log"].encode()) == {"merkvoornaam"}
    stored = (world.folder / "link.sqlite").read_bytes() + (world.folder / "link.sqlite-wal").read_bytes()
    assert {"merkvoornaam", "merkadres", "merkstraat"} <= found_in(stored)
    assert all(found_in(text.encode()) for text in (WORDS, json.dumps(PLAN), json.dumps(REPORT), json.dumps(TYPED)))
    assert MARKERS
