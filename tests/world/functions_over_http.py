"""All our functions over real HTTP in this process, on the real clock, with a store, a queue and a Hoomdossier."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal
from unittest.mock import patch
from wsgiref.types import WSGIApplication

import functions_framework
import httpx
import structlog
from google.cloud import tasks_v2
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.local.functions import SOURCE
from infra.standins import cloud_tasks
from infra.standins.address_register import AddressRegisterStandIn
from infra.standins.cloud_tasks import QueueSettings
from infra.standins.database import Database
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import start
from infra.standins.stand_in import Controls
from main import FUNCTIONS
from shared import wiring
from tests.standins.receiver import client_at
from tests.world.firestore_rules import StrictStore
from tests.world.scripted_peer import TRUSTED

QUEUE = "projects/test/locations/local/queues/default"
SERVICE_ACCOUNT = "link@test.example"
SECRETS = {
    "ZONNIG_WEBFORM": "zonnig-webform-1f0a",
    "ZONNIG_EVENTS": "zonnig-events-6d2e",
    "ZONNIG_REGISTER": "zonnig-register-77c2",
    "ZONNIG_ECONOBIS_NEW": "zonnig-econobis-nieuw-90ab",
    "ZONNIG_ECONOBIS_OLD": "zonnig-econobis-oud-12cd",
    "ZONNIG_HOOMDOSSIER_NEW": "zonnig-hoomdossier-nieuw-34ef",
    "ZONNIG_HOOMDOSSIER_OLD": "zonnig-hoomdossier-oud-56ab",
    "MEER_WEBFORM": "meer-webform-3b1d",
    "MEER_EVENTS": "meer-events-44c9",
    "MEER_REGISTER": "meer-register-5e2a",
    "MEER_ECONOBIS": "meer-econobis-e8d4",
    "MEER_HOOMDOSSIER": "meer-hoomdossier-7c11",
    "MEER_ECONOBIS_SIGNING": "whsec_ThGV3wIN5Z4NZaM6QnnxGD565OXZgOMJ",
    "MEER_HOOMDOSSIER_SIGNING_NEW": "whsec_SBTZIJOsig9KIWOrh97lCbowalj1iIvg",
    "MEER_HOOMDOSSIER_SIGNING_OLD": "whsec_0PYxyh3bqNs7z8ueBXzcmNA3nxvuAOda",
}
STAFF_SECRET = "staff-3f0c9b7a5d1e4f62"
ECONOBIS = SECRETS["ZONNIG_ECONOBIS_NEW"]
HOOMDOSSIER = SECRETS["ZONNIG_HOOMDOSSIER_NEW"]
logged: list[dict[str, Any]] = []  # the lines that all functions have logged so far


@dataclass
class Machine:
    """The running functions. `function` is a deployed name such as `run-task`, `path` what follows it in the URL.

    The queue keeps its tasks until `run_queue`.
    """

    base: str
    state: Path
    queue: cloud_tasks.Server
    tasks: tasks_v2.CloudTasksClient
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, verify=TRUSTED))

    def url(self, function: str, path: str = "") -> str:
        return f"{self.base}/functions/{function}{path}"

    def post(self, function: str, path: str = "", **request: Any) -> httpx.Response:
        return self.http.post(self.url(function, path), **request)

    def get(self, function: str, path: str = "", **request: Any) -> httpx.Response:
        return self.http.get(self.url(function, path), **request)

    def sign_up(self, path: str = "/zonnig-dorp/aanmelden", **request: Any) -> httpx.Response:
        return self.post("receive-webform", path, **request)

    def econobis(
        self, function: str, body: Any, cooperation: str = "zonnig-dorp", key: str = ECONOBIS
    ) -> httpx.Response:
        return self.post(function, f"/{cooperation}", headers={"Authorization": f"Bearer {key}"}, **content(body))

    def event(self, kind: str, body: Any, cooperation: str = "zonnig-dorp", key: str = HOOMDOSSIER) -> httpx.Response:
        return self.post("receive-event", f"/{cooperation}/{key}/hoomdossier/{kind}", **content(body))

    def google(self, function: str, body: Any = None) -> httpx.Response:
        token = self.queue.token(SERVICE_ACCOUNT, self.url(function))
        return self.post(
            function, headers={"Authorization": f"Bearer {token}"}, **content({} if body is None else body)
        )

    def run_queue(self) -> None:
        self.tasks.resume_queue(name=QUEUE)

    def documents(self, collection: str | None = None) -> dict[str, dict[str, Any]]:
        """`collection/key` → the stored document, read directly from the SQLite file."""
        rows = self._rows("data")
        return {
            place: json.loads(data)
            for place, data in rows.items()
            if place.split("/")[0] == (collection or place.split("/")[0])
        }

    def versions(self) -> dict[str, str]:
        """`collection/key` → version. When they are the same before and after, nothing was written."""
        return self._rows("version")

    def _rows(self, column: str) -> dict[str, str]:
        with closing(sqlite3.connect(self.state / "link.sqlite")) as store, suppress(sqlite3.OperationalError):
            return dict(store.execute(f"SELECT collection || '/' || key, {column} FROM documents"))
        return {}  # Nothing was ever stored.

    def hoomdossier_received(self, path: str) -> list[dict[str, Any]]:
        received = self.http.get(f"{self.base}/hoomdossier/zonnig-dorp/_received").json()
        return [call for call in received if call["path"].endswith(path)]

    def hoomdossier_state(self) -> Any:
        return self.http.get(f"{self.base}/hoomdossier/zonnig-dorp/_state").json()

    def hoomdossier_fault(self, **fault: Any) -> None:
        self.http.post(f"{self.base}/hoomdossier/zonnig-dorp/_faults", json=[fault]).raise_for_status()


def content(body: Any) -> dict[str, Any]:
    return {"content": body} if isinstance(body, bytes) else {"json": body}


@contextmanager
def running(state: Path, **variables: str) -> Iterator[Machine]:
    """Serves the functions while the block runs, with a new store in the folder `state`. `variables` are LINK_... .

    A block within another one is allowed: until it ends, the functions have its settings.
    """
    _keep_what_is_logged()
    apps = DispatcherMiddleware(NotFound())
    server = start(apps)
    base = f"http://127.0.0.1:{server.port}"
    queue = cloud_tasks.serve(None, queues=[QueueSettings(QUEUE, min_backoff=0.1, max_backoff=0.5)])
    tasks = client_at(queue.address)
    tasks.pause_queue(name=QUEUE)
    machine = Machine(base, state, queue, tasks)
    settings = environment(state, base, queue) | variables
    with patch.dict(os.environ, settings):  # A function reads the settings from there.
        wiring.forget()
        apps.mounts = {**functions(), **_hoomdossiers(), "/pdok": AddressRegisterStandIn()}
        try:
            services = wiring.services()
            services.store = StrictStore(services.store)
            for stand_in in _hoomdossiers():
                machine.http.post(f"{base}{stand_in}/_reset").raise_for_status()
            yield machine
        finally:  # The queue ends before the settings change, because it may still send a task.
            machine.http.close()
            tasks.transport.close()
            queue.close()
            server.shutdown()
            server.server_close()
            wiring.forget()


def environment(state: Path, base: str, queue: cloud_tasks.Server) -> dict[str, str]:
    config = state / "cooperations.yaml"
    template = Template(Path(__file__).with_name("cooperations.yaml").read_text(encoding="utf-8"))
    config.write_text(template.substitute(base=base), encoding="utf-8")
    functions = f"url={base}/functions/{{function}}&service_account={SERVICE_ACCOUNT}"
    return {
        **SECRETS,
        "LINK_CONFIG": str(config),
        "LINK_STORE": f"sqlite:///{state / 'link.sqlite'}",
        "LINK_TASKS": f"cloudtasks://test/local?{functions}&endpoint={queue.address}&certs={queue.certs_url}",
        "LINK_BLOBS": (state / "blobs").as_uri(),
        "LINK_STAFF": "local://",
        "LINK_ADDRESS_REGISTER": f"{base}/pdok/free",
        "LINK_STAFF_SECRET": STAFF_SECRET,
    }


@cache
def functions() -> Mapping[str, WSGIApplication]:
    return {
        f"/functions/{name.replace('_', '-')}": _at_root(functions_framework.create_app(name, str(SOURCE)))
        for name in FUNCTIONS
    }


def _at_root(app: WSGIApplication) -> WSGIApplication:
    """A deployed function has a host of its own, so the path of a request is never empty."""
    return lambda environ, start: app({**environ, "PATH_INFO": environ["PATH_INFO"] or "/"}, start)


@cache
def _hoomdossiers() -> Mapping[str, Controls]:
    """Made once per process; `running` resets them."""
    return {
        "/hoomdossier/zonnig-dorp": _hoomdossier("zonnig-dorp", "NL", SECRETS["ZONNIG_REGISTER"]),
        "/hoomdossier/meer-energie": _hoomdossier("meer-energie", "BE", SECRETS["MEER_REGISTER"]),
    }


def _hoomdossier(name: str, country: Literal["NL", "BE"], token: str) -> Controls:
    settings = HoomdossierSettings(country=country, token=token, calls_per_minute=100_000)
    app = create_hoomdossier(name, Database(), settings)
    assert isinstance(app, Controls)
    return app


def _keep_what_is_logged() -> None:
    processors = structlog.get_config()["processors"]
    if _keep not in processors:
        processors.insert(-1, _keep)


def _keep(_logger: Any, _method: str, event: Any) -> Any:
    logged.append(dict(event))
    return event
