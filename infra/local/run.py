"""Wires everything on one machine and one port: functions, stand-ins of both peers, queue, mailbox, scheduler, pages.

All state is in one folder, which only its owner can read. A run continues from there, also after a crash.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from string import Template
from typing import Literal
from wsgiref.types import WSGIApplication

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from infra.local.full_campaign.fill import COOPERATION as FILLED
from infra.local.full_campaign.fill import fill
from infra.local.full_campaign.peers import Peers
from infra.local.functions import mount_functions
from infra.local.pages import TASKS, create_pages, with_places
from infra.local.reset import reset_together
from infra.local.scheduler import scheduled
from infra.standins import cloud_tasks, mailbox
from infra.standins.address_register import create_address_register
from infra.standins.cloud_tasks import QueueSettings
from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.caller import Throttle
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import start
from shared import wiring
from shared.private_files import close_to_others, private_folder, write_private

COOPERATIONS: Mapping[str, Literal["NL", "BE"]] = {"zonnig-dorp": "NL", "meer-energie": "BE"}
DEMO_KEYS = {
    f"{name.upper().replace('-', '_')}_{use.upper()}": f"demo-{name}-{use}"
    for name in COOPERATIONS
    for use in ("econobis", "hoomdossier", "webform", "events", "register", "feed")
}
LOCATION = "local/europe-west4"
QUEUE = QueueSettings(
    f"projects/{LOCATION.replace('/', '/locations/')}/queues/default",
    max_dispatches_per_second=100,
    max_concurrent_dispatches=20,
    max_attempts=12,
    min_backoff=1,
    max_backoff=60,
)
SERVICE_ACCOUNT = "dossierlink@local.iam.gserviceaccount.com"
JOBS = {"pull-appointments": 20.0, "sweep": 30.0}  # seconds between two calls


ENVIRONMENT = "environment"
"""The file with the variables of a local run, in the folder with its state."""


class NotLocal(Exception):
    """The store is a real one. The stand-ins' reset deletes what the link stored."""


class InUse(Exception):
    """Another run works in the same folder."""


def local_store(environ: Mapping[str, str]) -> str | None:
    """The store that LINK_STORE names: a SQLite file, or Firestore in Google's emulator. None without LINK_STORE.

    The emulator stands in the URL (`?emulator=host:port`) or in Google's own variable FIRESTORE_EMULATOR_HOST. Also
    None for the store of a local run, which the shell has after `. .local/environment`: a run goes on with its own,
    and a demo must not work in somebody else's. Raises NotLocal.
    """
    store, emulator = environ.get("LINK_STORE") or None, environ.get("FIRESTORE_EMULATOR_HOST")
    if store and store.startswith("firestore://") and emulator and "?" not in store:
        store += f"?emulator={emulator}"
    if store and not store.startswith("sqlite:") and "?emulator=" not in store:
        raise NotLocal("LINK_STORE: a local run uses SQLite, or Firestore with FIRESTORE_EMULATOR_HOST=host:port")
    file = Path(store.removeprefix("sqlite:///")) if store and store.startswith("sqlite:") else None
    return None if file and (file.parent / ENVIRONMENT).exists() else store


@contextmanager
def running(state: Path, port: int, store: str | None = None, *, campaign: bool = False) -> Iterator[str]:
    """Runs everything while the block runs, and yields the base URL without a slash at the end.

    `state` is the folder for all state; `store` is another place for what the link stores. Port 0 takes a free one.
    `campaign` fills an empty state with the campaign of `full_campaign/`.
    Only one at a time per process, because it sets the LINK_... variables of the process meanwhile. Raises OSError when
    the port is taken, and InUse.
    """
    private_folder(state)
    with _only_run_in(state):
        yield from _run(state, port, store, campaign)


@contextmanager
def _only_run_in(state: Path) -> Iterator[None]:
    """Holds the folder until the block, or this process, ends."""
    with (state / "in-use").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse from None
        yield


def _run(state: Path, port: int, store: str | None, campaign: bool) -> Iterator[str]:
    private_folder(state / "blobs")
    close_to_others(state.iterdir())
    port = port or _free_port()
    base = f"http://127.0.0.1:{port}"
    letters = mailbox.start(state / "mailbox.sqlite")
    with cloud_tasks.serve(state / "queue.sqlite", queues=[QUEUE]) as queue:
        settings = environment(state, base, queue, letters.address) | ({"LINK_STORE": store} if store else {})
        before = dict(os.environ)
        os.environ |= settings
        wiring.forget()
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
        write_private(state / ENVIRONMENT, "".join(lines))
        tables = {name: _tables(state, name) for name in COOPERATIONS}
        apps: dict[str, WSGIApplication] = {
            **mount_functions(partial(queue.token, SERVICE_ACCOUNT), base),
            **_stand_ins(tables, base),
            "/pdok": create_address_register(),
            "/mail": mailbox.create_mailbox_app(letters),
            "/queue": cloud_tasks.create_queue_app(queue, TASKS),
        }
        if campaign:
            fill(wiring.services(), tables[FILLED])
        mounted = DispatcherMiddleware(create_pages(base, COOPERATIONS), apps)
        server = start(with_places(mounted, COOPERATIONS), port)
        try:
            with scheduled(base, JOBS):
                yield base
        finally:
            server.shutdown()
            server.server_close()
            letters.stop()
            os.environ.clear()
            os.environ |= before


def environment(state: Path, base: str, queue: cloud_tasks.Server, smtp: str) -> dict[str, str]:
    """The variables that a deployment sets too (README, "Configure"); writes the settings file. `smtp` is host:port."""
    settings = Template(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8"))
    config = state / "cooperations.yaml"
    write_private(config, settings.substitute(base=base))
    functions = f"url={base}/functions/{{function}}&service_account={SERVICE_ACCOUNT}"
    return {
        **DEMO_KEYS,
        "LINK_CONFIG": str(config),
        "LINK_STORE": f"sqlite:///{(state / 'link.sqlite').absolute()}",
        "LINK_TASKS": f"cloudtasks://{LOCATION}?{functions}&endpoint={queue.address}&certs={queue.certs_url}",
        "LINK_BLOBS": (state / "blobs").absolute().as_uri(),
        "LINK_SMTP": f"smtp://{smtp}",
        "LINK_ADDRESS_REGISTER": f"{base}/pdok/free",
        "LINK_STAFF": "local://",
        "LINK_STAFF_SECRET": secrets.token_hex(32),
    }


def _tables(state: Path, name: str) -> Peers:
    econobis = Database(state / f"econobis-{name}.sqlite")
    return Peers(econobis, Database(state / f"hoomdossier-{name}.sqlite"), f"demo-{name}-webform")


def _stand_ins(tables: Mapping[str, Peers], base: str) -> dict[str, WSGIApplication]:
    throttle = Throttle(HoomdossierSettings(country="NL", token="").calls_per_minute)
    apps: dict[str, WSGIApplication] = {}
    for name, country in COOPERATIONS.items():
        econobis = EconobisSettings(
            country=country,
            webform_key=f"demo-{name}-webform",
            event_key=f"demo-{name}-events",
            hoom_link=f"{base}/functions/create-dossier/{name}",
            hoom_connect_coach_link=f"{base}/functions/link-coach/{name}",
            hoom_key=f"demo-{name}-econobis",
        )
        hoomdossier = HoomdossierSettings(
            country=country,
            token=f"demo-{name}-register",
            econobis_url=f"{base}/functions/receive-event/{name}",
            econobis_key=f"demo-{name}-hoomdossier",
        )
        its = tables[name]
        apps[f"/econobis/{name}"] = reset_together(create_econobis(name, its.econobis, econobis), name)
        made = create_hoomdossier(name, its.hoomdossier, hoomdossier, throttle)
        apps[f"/hoomdossier/{name}"] = reset_together(made, name)
    return apps


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
