"""F1 and F2 on real processes: `make run`, with short leases, is killed or asked to stop at random moments."""

from __future__ import annotations

import itertools
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from shared.clock import utc_now
from shared.config import WrongConfig, read
from shared.dead_letters.decide import settle
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.resident import Resident
from shared.errors import StoreUnavailable
from shared.store.sqlite import SqliteStore
from shared.work.kinds import KINDS
from shared.work.services import Services
from tests.world.ports import free_port
from tests.world.residents import COOPERATION, WELCOME

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds


class FastRun:
    """`make run` in a process group of its own, with leases and pauses of seconds. `start` goes on from its state."""

    def __init__(self, state: Path) -> None:
        self.state, self.port = state, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = state / "log.txt"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.world.fast_local_run", "--port", str(self.port)]
        with self._log.open("ab") as log:
            began = log.tell()
            self._process = subprocess.Popen(
                [*command, "--state", str(self.state)], stdout=log, stderr=log, start_new_session=True, cwd=ROOT
            )
        late = time.monotonic() + 30
        while "runs at" not in (said := self._log.read_text(errors="replace")[began:]):
            if self._process.poll() is not None or time.monotonic() > late:
                raise RuntimeError(said[-2000:])
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as when the power fails."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, which Cloud Run sends ten seconds before SIGKILL."""
        os.killpg(self._process.pid, signal.SIGTERM)
        assert self._process.wait(timeout=10) == 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class NoQueue:
    """The queue of a tool that a person runs on the store: it makes no tasks. The sweep takes up the work."""

    def enqueue(self, *_args: Any, **_more: Any) -> None:
        raise StoreUnavailable("no queue here")


class People:
    """Residents who send the form until it is accepted, a coach who saves a date until it is saved, and staff who do
    what the dead letters say.
    """

    def __init__(self, machine: FastRun, state: Path, count: int) -> None:
        self.machine, self.state = machine, state
        self.http = httpx.Client(base_url=machine.base, timeout=30)
        self.emails = [f"bewoner{number}@example.org" for number in range(count)]

    def until(self, what: str, look: Callable[[], Any]) -> Any:
        late = time.monotonic() + PATIENCE
        while True:
            try:
                if found := look():
                    return found
            except (httpx.TransportError, KeyError, StopIteration, WrongConfig, StoreUnavailable):
                pass
            assert time.monotonic() < late, what
            time.sleep(0.1)

    def play(self) -> None:
        for number, email in enumerate(self.emails):
            self.until("the form is taken", lambda number=number, email=email: self._sign_up(number, email))
        for email in self.emails:
            self.until(f"{email} has a dossier", lambda email=email: self._whole(email))
        for day, hour in itertools.product((1, 2), (10,)):
            for number, email in enumerate(self.emails):
                date = f"2027-03-0{day}T{hour + number}:00"
                self.until("the date is saved", lambda email=email, date=date: self._save(email, date))
        for number, email in enumerate(self.emails):
            date = f"2027-03-02 {10 + number}:00:00"
            self.until(
                f"the visit of {email}", lambda email=email, date=date: self._visit(email)["date_planned"] == date
            )

    def _sign_up(self, number: int, email: str) -> bool:
        typed = {
            "voornaam": "Voor" + "abcdefgh"[number], "achternaam": "Naam" + "abcdefgh"[number], "emailadres": email,
            "adres_postcode": "9000", "adres_huisnummer": str(number + 1), "adres_straat": "Kerkstraat",
            "adres_plaats": "Gent", "akkoord_privacybeleid": "ja",
        }  # fmt: skip
        return self.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=typed).status_code == 202

    def _save(self, email: str, date: str) -> bool:
        page = f"/hoomdossier/{COOPERATION}/buildings/{self._building(email)}/appointment"
        return not self.http.post(page, data={"appointment_date": date}).is_error

    def state_of(self, peer: str) -> Any:
        return self.http.get(f"/{peer}/{COOPERATION}/_state").raise_for_status().json()

    def _contact(self, email: str) -> dict[str, Any]:
        rows = self.state_of("econobis")
        of = next(row["contact_id"] for row in rows["email_addresses"] if row["email"] == email)
        return next(row for row in rows["contacts"] if row["id"] == of)

    def _visit(self, email: str) -> dict[str, Any]:
        rows, contact = self.state_of("econobis"), self._contact(email)
        (intake,) = [row for row in rows["intakes"] if row["contact_id"] == contact["id"]]
        (opportunity,) = [row for row in rows["opportunities"] if row["intake_id"] == intake["id"]]
        (visit,) = [row for row in rows["quotation_requests"] if row["opportunity_id"] == opportunity["id"]]
        return visit

    def _users(self, email: str) -> list[dict[str, Any]]:
        contact, rows = self._contact(email), self.state_of("hoomdossier")
        return [row for row in rows["users"] if json.loads(row.get("extra") or "{}").get("contact_id") == contact["id"]]

    def _building(self, email: str) -> int:
        (user,), rows = self._users(email), self.state_of("hoomdossier")
        return next(row["id"] for row in rows["buildings"] if row["user_id"] == user["id"])

    def _mailbox(self, email: str) -> list[dict[str, Any]]:
        return [row for row in self.http.get("/mail/messages").json() if email in row["to"]]

    def _letters(self, email: str) -> list[str]:
        return [row["subject"] for row in self._mailbox(email)]

    def _whole(self, email: str) -> bool:
        """Whether dossier, coach link and welcome letter are there. Staff look at the dead letters meanwhile."""
        self._look_at_dead_letters()
        there = self._contact(email)["hoom_account_id"] and self._is_linked(email)
        return bool(there and WELCOME in self._letters(email))

    def _is_linked(self, email: str) -> bool:
        building = self._building(email)
        return any(row["building_id"] == building for row in self.state_of("hoomdossier")["building_coach_statuses"])

    # -- what only staff can do ------------------------------------------------------------------------------------

    def services(self) -> Services:
        secrets = {
            name.removeprefix("export "): shlex.split(value)[0]
            for name, _, value in (
                line.partition("=") for line in (self.state / "environment").read_text().splitlines()
            )
        }
        settings = read(self.state / "cooperations.yaml", secrets).cooperations
        nobody: Any = None
        return Services(
            cooperations=settings, store=SqliteStore(self.state / "link.sqlite", utc_now), queue=NoQueue(),
            blobs=nobody, econobis=nobody, hoomdossier=nobody, smtp=nobody,
        )  # fmt: skip

    def _look_at_dead_letters(self) -> None:
        services = self.services()
        for letter in list(find_dead_letters(services)):
            self._decide(services, letter)
        services.store.close()

    def _decide(self, services: Services, letter: DeadLetter) -> None:
        """The only dead letter that may come of a kill: an account was made, and its id was lost."""
        assert (letter.collection, letter.parked.unknown) == ("residents", False), letter
        resident = services.records(Resident).get(letter.key)
        assert resident
        (user,) = self._users(self._email_of(resident.contact_id))
        settle(services, letter, user["account_id"], "test")

    def _email_of(self, contact_id: int) -> str:
        rows = self.state_of("econobis")["email_addresses"]
        return next(row["email"] for row in rows if row["contact_id"] == contact_id)

    def check(self) -> None:
        """Everything is in the peers and the mailbox once."""
        self.until("no dead letter is left", lambda: self._look_at_dead_letters() is None)
        services = self.services()
        self.until("everything is done", lambda: not list(find_dead_letters(services)) and not self._work(services))
        econobis, hoomdossier = self.state_of("econobis"), self.state_of("hoomdossier")
        assert len(econobis["intakes"]) == len(econobis["opportunities"]) == len(self.emails)
        found = Counter(row["email"] for row in econobis["email_addresses"])
        registered = Counter(row["email"] for row in hoomdossier["accounts"])
        for email in self.emails:
            assert found[email] == registered[email] == 1
            assert len(self._users(email)) == 1
            assert self._contact(email)["hoom_account_id"]
            assert self._visit(email)["id"]
            welcomes = [row["message_id"] for row in self._mailbox(email) if row["subject"] == WELCOME]
            assert len(set(welcomes)) == 1  # The same letter may have been sent twice.
        services.store.close()

    @staticmethod
    def _work(services: Services) -> list[str]:
        return [
            key
            for kind in KINDS
            for key, work in services.records(kind.model).all()
            if work.due_at is not None and not getattr(work, "waiting_for", None)
        ]


@contextmanager
def struck(machine: FastRun, times: int, seed: int, blow: Callable[[], None]) -> Iterator[list[float]]:
    """Calls `blow` at `times` random moments while the block runs, and starts the machine again after each.

    Yields the list of the moments so far.
    """
    chance, over, moments = random.Random(seed), threading.Event(), []
    failed: list[BaseException] = []

    def strike() -> None:
        try:
            for _ in range(times):
                if over.wait(chance.uniform(0.2, 1.6)):
                    return
                blow()
                moments.append(time.monotonic())
                machine.start()
        except BaseException as error:  # noqa: BLE001  (the test raises it)
            failed.append(error)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield moments
    finally:
        over.set()
        thread.join()
    assert not failed, failed


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["kill", pytest.param("stop", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kills", "residents"), [(3, 2), pytest.param(25, 8, marks=pytest.mark.slow)])
def test_f1_everything_is_there_once_after_all_processes_were_killed_at_random_moments(
    tmp_path: Path, kills: int, residents: int, way: str
):
    """`stop` is F2: SIGTERM instead of SIGKILL."""
    with FastRun(tmp_path) as machine:
        people = People(machine, tmp_path, residents)
        with struck(machine, kills, seed=kills, blow=getattr(machine, way)) as moments:
            for _ in range(1 if kills < 10 else 4):
                people.play()
            people.until("all kills are done", lambda: len(moments) == kills or kills > 3)
        people.check()
