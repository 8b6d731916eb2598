"""A `World`: both peers over HTTP, mail server, queue and store, and instances of the link that can be killed.

All of it has one clock, which the test moves. Each call of the link passes two crash points (`crash_points.py`).

    with open_world(folder) as world:
        resident = Resident(world, 1)  # residents.py
        resident.sign_up()
        world.settle()  # runs tasks and sweeps until no work is left
        resident.check()
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zoneinfo import ZoneInfo

import functions_framework
import httpx
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from infra.local.run import COOPERATIONS, DEMO_KEYS
from infra.standins import mailbox
from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.hoomdossier import dossier, pushes
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.mailbox.box import Letter
from infra.standins.server import drop_connection, serving
from shared import wiring
from shared.blobs.folder import FolderBlobs
from shared.config import read
from shared.econobis.client import EconobisClient
from shared.errors import StoreError
from shared.flows.run_task import Task, run_task
from shared.flows.sweep import sweep
from shared.hoomdossier.client import HoomdossierClient
from shared.mail.smtp import Smtp
from shared.store.port import Store
from shared.store.sqlite import SqliteStore
from shared.work.kinds import KINDS
from shared.work.services import Services
from tests.world.clock import TestClock
from tests.world.cloud_tasks import Dispatcher
from tests.world.crash_points import Boundaries, Killed, Watched, WatchedTransport
from tests.world.firestore_rules import StrictStore
from tests.world.own_secrets import Uses, note_uses, running_as
from tests.world.scripted_peer import TRUSTED

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CALLED_FROM_OUTSIDE = ("receive_webform", "create_dossier", "link_coach", "receive_event", "serve_feed")
STORE = ("get", "create", "replace", "delete", "find", "count")
BLOBS = ("put", "get", "delete", "set_aside", "aside")
SWEEP_EVERY = 300.0  # seconds
TICK = 0.001  # seconds that pass before each request of people and peers, so that no two have the same time
LONGEST = timedelta(days=9)  # All work is done by then, or a dead letter.
AT_REST = timedelta(hours=12)  # Only a coach link that waits for an account has its next task later: once a day.
MAIN = Path(__file__).parents[2] / "main.py"
DEMO = Path(__file__).parents[2] / "infra/local/demo.yaml"

NO_DIGEST = "digest: false"
"""In the settings of each member of staff: a world starts on a Monday morning, and its tests count mails and tasks."""

OpenStore = Callable[[TestClock], Store]


class World:
    """Use `open_world` to make one. `open_store` opens the store for each instance.

    `services` is the instance that runs the tasks and serves the functions; its crash points are in `boundaries`.
    `observer` is one for the test itself, without crash points. `uses` knows which function used which secret. `econobis_rows`, `hoomdossier_rows` (by cooperation)
    and `letters` are what the stand-ins hold.
    """

    def __init__(self, folder: Path, base: list[str], open_store: OpenStore, adjust: Callable[[str], str]) -> None:
        self.folder, self._base, self._open_store, self._adjust = folder, base, open_store, adjust
        self.clock = TestClock()
        self.boundaries = Boundaries()
        self.dispatcher = Dispatcher(self.clock, self._run)
        self.dispatcher.base = lambda: self.base
        self.letters = mailbox.start(None)
        self.uses = Uses()
        self.econobis_rows: dict[str, Database] = {}
        self.hoomdossier_rows: dict[str, Database] = {}
        self.services: Services
        self.observer: Services
        self.http = httpx.Client(timeout=30, verify=TRUSTED, trust_env=False)
        self._open: list[Any] = [self.http]

    # -- our side --------------------------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        return self._base[0]

    def start(self) -> None:
        """Starts a new instance, with nothing in memory."""
        self.services = self.instance()
        self.observer = self.instance(boundaries=Boundaries())

    def instance(self, clock: Callable[[], datetime] | None = None, boundaries: Boundaries | None = None) -> Services:
        """One more instance of the link on the same store, by default on the clock and crash points of the world."""
        settings = self._settings()
        watch = boundaries or self.boundaries
        http = httpx.Client(transport=WatchedTransport(watch), trust_env=False)
        store = self._open_store(self.clock)
        self._open += [http, store]
        now = clock or self.clock

        def econobis(name: str) -> EconobisClient:
            peer = settings[name].econobis
            return EconobisClient(http, peer.url, peer.webform_key.value, peer.key_for_events.value, now)

        def hoomdossier(name: str) -> HoomdossierClient:
            peer = settings[name].hoomdossier
            return HoomdossierClient(http, peer.url, peer.token.value, now)

        mail_server = Watched(Smtp.from_url(f"smtp://{self.letters.address}"), watch, "smtp", ("send",))

        def smtp() -> Smtp:
            self.uses.note("smtp")
            return mail_server

        return Services(
            cooperations=settings,
            store=Watched(StrictStore(store), watch, "store", STORE),
            queue=Watched(self.dispatcher, watch, "queue", ("enqueue",)),
            blobs=Watched(FolderBlobs.from_url((self.folder / "blobs").as_uri()), watch, "blobs", BLOBS),
            econobis=econobis,
            hoomdossier=hoomdossier,
            smtp=smtp,
            clock=now,
            sleep=self.clock.sleep,
        )

    def environment(self) -> dict[str, str]:
        """The environment variables of a deployment. Writes the settings file."""
        path = self.folder / "cooperations.yaml"
        text = DEMO.read_text(encoding="utf-8").replace("$base", self.base)
        path.write_text(
            self._adjust(re.sub(r"(role: (?:manage|work))}", rf"\1, {NO_DIGEST}}}", text)), encoding="utf-8"
        )
        return {
            **DEMO_KEYS,
            "LINK_CONFIG": str(path),
            "LINK_STORE": f"sqlite:///{self.folder / 'unused.sqlite'}",
            "LINK_TASKS": "cloudtasks://local/here?url=http://127.0.0.1:1/{function}&endpoint=127.0.0.1:1",
            "LINK_BLOBS": (self.folder / "blobs").as_uri(),
        }

    def _settings(self) -> Any:
        path = Path(self.environment()["LINK_CONFIG"])
        return _read(path, path.read_bytes(), self.uses)

    def _run(self, task: Task) -> None:
        run_task(self.services, task)

    def die(self) -> None:
        """Replaces the instance that was killed by a new one. The store still has the leases of the old one."""
        self.boundaries.begin()
        self.start()

    def close(self) -> None:
        for one in self._open:
            one.close()

    def settle(self, until: timedelta = LONGEST) -> None:
        """Runs tasks and sweeps, and moves the clock, until no work is left.

        Raises AssertionError when work is left after `until`, and Killed at the crash point that was asked for.
        """
        end = self.clock() + until
        swept = self.clock()
        while self.clock() < end:
            if self.dispatcher.run_due():
                continue
            following = self.dispatcher.next_time()
            if (following is None or following > self.clock() + AT_REST) and not self.has_work():
                return
            sweep_at = swept + timedelta(seconds=SWEEP_EVERY)
            moment = min(following, sweep_at) if following else sweep_at
            self.clock.advance(max((moment - self.clock()).total_seconds(), 0.001))
            if self.clock() >= sweep_at:
                with suppress(StoreError), running_as("sweep"):  # Cloud Scheduler gets a 503 and calls again.
                    sweep(self.services)
                swept = self.clock()
        raise AssertionError(f"work is left: {self.work_left()} {self.dispatcher.waiting}")

    def has_work(self) -> bool:
        return bool(self.work_left())

    def work_left(self) -> list[str]:
        """The accepted work that is neither done nor a dead letter. Without coach links that wait for an account."""
        return [
            *(blob.name for blob in self.observer.blobs.aside()),
            *self._due(),
        ]

    def _due(self) -> Iterator[str]:
        return (
            f"{kind.collection} {key} {work.state}"
            for kind in KINDS
            for key, work in self.observer.records(kind.model).all()
            if work.due_at is not None and not getattr(work, "waiting_for", None)
        )

    # -- what people and peers do ----------------------------------------------------------------------------------

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response | None:
        """Posts JSON to a path of this world. None when the connection broke."""
        self.clock.advance(TICK)
        try:
            return self.http.post(f"{self.base}{path}", json=body, headers=headers)
        except httpx.TransportError:
            return None

    def push(self, cooperation: str, kind: str, building_id: int) -> bool:
        """Hoomdossier sends an event now. False: the link did not accept it, and Hoomdossier does not try again."""
        self.clock.advance(TICK)
        settings = hoomdossier_settings(cooperation, self.base)
        return pushes.push_now(self.hoomdossier_rows[cooperation], settings, kind, building_id)["outcome"] == "synced"

    def set_appointment(self, cooperation: str, building_id: int, date: str | None) -> None:
        """Saves the date in Hoomdossier (Amsterdam's time; None removes it), without the event: `push` sends that."""
        rows = self.hoomdossier_rows[cooperation]
        with rows.transaction():
            dossier.append_appointment(rows, dossier.existing_building(rows, building_id), date)

    # -- what is there ---------------------------------------------------------------------------------------------

    def rows(self, cooperation: str, table: str, **equal: Any) -> list[dict[str, Any]]:
        return self.econobis_rows[cooperation].rows(table, **equal)

    def dossiers(self, cooperation: str, contact_id: int) -> list[dict[str, Any]]:
        """The users of this contact in Hoomdossier, each with its building id."""
        tables = self.hoomdossier_rows[cooperation]
        users = [user for user in tables.rows("users") if dossier.contact_id(user) == contact_id]
        return [{**user, "building_id": tables.rows("buildings", user_id=user["id"])[0]["id"]} for user in users]

    def letters_to(self, email: str) -> list[str]:
        rows = self.letters.database.rows("messages")  # Parsing only the letters to `email` saves much time.
        return [Letter(row).header("Subject") for row in rows if email in row["recipients"]]

    def received(self, peer: str, cooperation: str, part: str = "") -> list[dict[str, Any]]:
        tables = self.econobis_rows if peer == "econobis" else self.hoomdossier_rows
        return [row for row in tables[cooperation].rows("_received") if part in row["path"]]

    def fault(self, peer: str, cooperation: str, **fault: Any) -> None:
        answer = self.http.post(f"{self.base}/{peer}/{cooperation}/_faults", content=json.dumps([fault]))
        assert answer.status_code == 200, answer.text


@lru_cache(maxsize=1)
def _read(path: Path, _text: bytes, uses: Uses) -> Any:
    """Read once per content, because it takes longer than most tests."""
    return note_uses(read(path, DEMO_KEYS), uses).cooperations


@contextmanager
def open_world(
    folder: Path, open_store: OpenStore | None = None, *, adjust: Callable[[str], str] = lambda text: text
) -> Iterator[World]:
    """A world that keeps its state in `folder`. `adjust` changes the text of the settings.

    Without `open_store` the store is SQLite, in `link.sqlite`.
    """
    base: list[str] = [""]
    world = World(folder, base, open_store or (lambda clock: SqliteStore(folder / "link.sqlite", clock)), adjust)
    apps: dict[str, WSGIApplication] = {}
    mounted = DispatcherMiddleware(Response(status=404))
    mounted.mounts = apps
    with serving(mounted) as base[0], _functions(world) as functions:
        for name, country in COOPERATIONS.items():
            econobis = world.econobis_rows[name] = _on_clock(world)
            apps[f"/econobis/{name}"] = create_econobis(name, econobis, econobis_settings(name, country, base[0]))
            hoomdossier = world.hoomdossier_rows[name] = _on_clock(world)
            settings = hoomdossier_settings(name, base[0])
            apps[f"/hoomdossier/{name}"] = create_hoomdossier(name, hoomdossier, settings)
        apps.update(functions)
        world.start()
        try:
            yield world
        finally:
            world.letters.stop()
            world.close()
        assert world.uses.not_its_own == set(), "give these secrets to these functions in both tables, or use others"


def econobis_settings(name: str, country: Any, base: str) -> EconobisSettings:
    return EconobisSettings(
        country=country,
        webform_key=f"demo-{name}-webform",
        event_key=f"demo-{name}-events",
        hoom_link=f"{base}/functions/create-dossier/{name}",
        hoom_connect_coach_link=f"{base}/functions/link-coach/{name}",
        hoom_key=f"demo-{name}-econobis",
    )


def hoomdossier_settings(name: str, base: str) -> HoomdossierSettings:
    return HoomdossierSettings(
        country=COOPERATIONS[name],
        token=f"demo-{name}-register",
        econobis_url=f"{base}/functions/receive-event/{name}",
        econobis_key=f"demo-{name}-hoomdossier",
    )


def _on_clock(world: World) -> Database:
    tables = Database()
    tables.now = lambda: world.clock().astimezone(AMSTERDAM)
    return tables


@contextmanager
def _functions(world: World) -> Iterator[dict[str, WSGIApplication]]:
    """The functions that Econobis, Hoomdossier and web forms call, and agendas. They use the world's `services` of that moment."""
    with patch.dict(os.environ, world.environment()):  # A function reads the settings from there.
        wiring.forget()
        served = {name: _served(name) for name in CALLED_FROM_OUTSIDE}
        wiring.forget()
    wiring.use(lambda: world.services)
    try:
        yield {
            f"/functions/{name.replace('_', '-')}": _dying(name.replace("_", "-"), app) for name, app in served.items()
        }
    finally:
        wiring.use(None)


@cache
def _served(name: str) -> WSGIApplication:
    """A function asks for its services at each request, so it is made once for all worlds."""
    app: WSGIApplication = functions_framework.create_app(name, str(MAIN))
    return app


def _dying(function: str, app: WSGIApplication) -> WSGIApplication:
    """Closes the connection without an answer when the instance is killed during a request."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            with running_as(function):
                return app(environ, start_response)
        except Killed:
            drop_connection(environ)
            raise ConnectionResetError("killed") from None

    return serve
