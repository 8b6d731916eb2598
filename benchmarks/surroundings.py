"""Runs a function as it is deployed, with what it needs around it: settings, a queue that sends nothing, a mail server,
and peers that take a fixed time to answer. The function is one process, everything around it another.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import yaml
from werkzeug.wrappers import Request, Response

from infra.standins import cloud_tasks, mailbox
from infra.standins.cloud_tasks import QueueSettings
from infra.standins.server import start
from shared.clock import utc_now
from shared.store.sqlite import SqliteStore
from tests.fixtures import read
from tests.standins.receiver import client_at

MAIN = Path(__file__).parents[1] / "main.py"
COOPERATIONS = ("een", "twee", "drie", "vier")  # Each has its own Hoomdossier, and so its own limit.
KEY = "a-key-for-measuring"
EVENT_KEY = "an-event-key-for-measuring"
SERVICE_ACCOUNT = "measured@local.example"
LOCATION = "measured/here"
QUEUE = "projects/measured/locations/here/queues/default"
SERVE = "import sys; sys.argv[0] = 'functions-framework'; from functions_framework._cli import _cli; _cli()"
# All sign-ups come from one address, so the limits of a form that is deployed would refuse most of them.
_NO_LIMITS = {"per_address": 1_000_000, "per_form": 1_000_000, "per_email": 1_000_000}
_spawn = multiprocessing.get_context("spawn")


@dataclass
class Surroundings:
    """`environment` are the LINK_... variables of a deployment. `folder` holds the files of store and blobs."""

    folder: Path
    environment: dict[str, str]
    _pipe: Connection

    def token(self, function: str) -> str:
        """An OIDC token for a function that only Google calls."""
        return str(self._ask("token", _address(function)))

    def tasks(self) -> int:
        """The number of tasks that were created so far."""
        return int(self._ask("tasks"))

    def store(self) -> SqliteStore:
        """The store of the function, opened for reading. Only without Firestore."""
        return SqliteStore.from_url(self.environment["LINK_STORE"], utc_now)

    def _ask(self, *question: str) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def surrounded(folder: Path, peer_seconds: float, store: str | None = None) -> Iterator[Surroundings]:
    """Runs queue, mail server and peers while the block runs.

    `peer_seconds` is how long a peer takes for an answer. `store` is a LINK_STORE; None is SQLite in `folder`.
    """
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_surround, args=(theirs, peer_seconds), daemon=True)
    process.start()
    try:
        yield Surroundings(folder, _environment(folder, store, ours.recv()), ours)
    finally:
        process.terminate()
        process.join()


def _environment(folder: Path, store: str | None, at: tuple[str, str, str, list[int]]) -> dict[str, str]:
    queue, certs, smtp, peers = at
    config = folder / "cooperations.yaml"
    config.write_text(yaml.safe_dump({"cooperations": dict(zip(COOPERATIONS, map(_cooperation, peers), strict=True))}))
    return {
        "KEY": KEY,
        "EVENT_KEY": EVENT_KEY,
        "LINK_CONFIG": str(config),
        "LINK_STORE": store or f"sqlite:///{folder / 'link.sqlite'}",
        "LINK_BLOBS": (folder / "blobs").as_uri(),
        "LINK_SMTP": f"smtp://{smtp}",
        "LINK_TASKS": f"cloudtasks://{LOCATION}?url={_address('{function}')}&service_account={SERVICE_ACCOUNT}"
        f"&endpoint={queue}&certs={certs}",
    }


def _address(function: str) -> str:
    return f"http://localhost/{function.replace('_', '-')}"


def _cooperation(peer: int) -> dict[str, Any]:
    """The settings of one cooperation, whose peers are at port `peer`."""
    base, key = f"http://localhost:{peer}", "env:KEY"
    return {
        "name": "Gemeten",
        "econobis": {"url": base, "webform_key": key, "event_key": "env:EVENT_KEY"},
        "hoomdossier": {"url": f"{base}/api/v1", "token": key, "calls_per_minute": 60, "appointments_feed": True},
        "callers": {"econobis": [key], "hoomdossier": [key]},
        "campaigns": {1: {"name": "Campagne"}},
        "feeds": {"measured": {"keys": [key]}},
        "coaches": [{"contact_id": 11, "name": "Cora Coach", "email": "cora@measured.nl"}],
        "forms": {"aanmelden": {"campaign": 1, "measures": [1], "coach": 11, "limits": _NO_LIMITS}},
        "mail": {"name": "Gemeten", "sender_address": "post@measured.nl", "dossier_url": base},
    }


# -- the process around it ---------------------------------------------------------------------------------------------


def _surround(pipe: Connection, peer_seconds: float) -> None:
    letters = mailbox.start(None)
    with cloud_tasks.serve(None, queues=[QueueSettings(QUEUE)]) as queue:
        client = client_at(queue.address)
        client.pause_queue(name=QUEUE)
        peers = [start(_Peer(peer_seconds)).port for _ in COOPERATIONS]
        pipe.send((queue.address, queue.certs_url, letters.address, peers))
        while True:
            what, *arguments = pipe.recv()
            if what == "token":
                pipe.send(queue.token(SERVICE_ACCOUNT, *arguments))
            else:
                pipe.send(sum(1 for _ in client.list_tasks(parent=QUEUE)))


class _Peer:
    """Plays Econobis and Hoomdossier, and always answers that all is well."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._accounts = count(1)
        entry = {**read("examples/push-afspraak-request.json"), "updated_at": "2026-11-23T09:00:00Z"}
        self._answers = {
            "building-coach-status": [],
            "appointments": {"data": [entry]},
            **dict.fromkeys((KEY, EVENT_KEY), read("examples/webform-response-200.json")),
        }

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data()
        time.sleep(self._seconds)
        number = next(self._accounts)
        last = request.path.rpartition("/")[2]
        body, status = self._answers.get(last), 200
        if body is None:
            body, status = {"account_id": number, "user_id": number}, 201
        return Response(json.dumps(body), status, mimetype="application/json")(environ, start_response)


# -- the function ------------------------------------------------------------------------------------------------------


class Deployed:
    """One function under the gunicorn of functions-framework: one process, `threads` threads."""

    def __init__(self, function: str, around: Surroundings, python: str, threads: int = 64, code: str = SERVE) -> None:
        self.port = _free_port()
        settings = {"FUNCTION_TARGET": function, "FUNCTION_SOURCE": str(MAIN), "HOST": "127.0.0.1"}
        settings |= {"PORT": str(self.port), "THREADS": str(threads), "PATH": os.environ["PATH"]}
        self.started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 (our own code)
            [python, "-c", code], env={**settings, **around.environment}, stdout=subprocess.PIPE, text=True
        )

    def wait(self) -> float:
        """Waits until the function listens. Returns that moment (time.monotonic); raises RuntimeError after 60 s."""
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return time.monotonic()
            if self._process.poll() is not None or time.monotonic() > self.started + 60:
                raise RuntimeError("the function does not start")
            time.sleep(0.002)

    def line(self) -> str:
        """The next line that the function printed."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def memory(self, what: str = "VmRSS") -> float:
        """Memory of the worker in MiB: `VmRSS` now, `VmHWM` at its peak."""
        lines = Path(f"/proc/{self._worker()}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024

    def cpu(self) -> float:
        """CPU seconds of gunicorn and its worker: the figure that a busy machine changes least."""
        stats = [
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in (self._process.pid, self._worker())
        ]
        ticks = sum(int(value) for stat in stats for value in stat.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _worker(self) -> str:
        master = self._process.pid
        return Path(f"/proc/{master}/task/{master}/children").read_text().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


@dataclass(frozen=True)
class Sent:
    """A POST request to a function."""

    path: str
    body: bytes
    headers: dict[str, str]

    @classmethod
    def json(cls, path: str, body: Any, bearer: str = "") -> Sent:
        """With a JSON body, and a bearer token when one is given."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        return cls(path, json.dumps(body).encode(), headers)

    def to(self, port: int) -> tuple[int, bytes]:
        """Sends the request to this port of 127.0.0.1, and returns status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request("POST", self.path, self.body, self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def sign_up(number: int, cooperation: str = COOPERATIONS[0]) -> Sent:
    """A web form for `receive_webform`."""
    typed = {"voornaam": "Anna", "achternaam": "Berg", "emailadres": f"anna{number}@voorbeeld.nl"}
    typed |= {"adres_postcode": "3811AB", "adres_huisnummer": str(number), "akkoord_privacybeleid": "ja"}
    return Sent.json(f"/{cooperation}/aanmelden", {**typed, "telefoonnummer": "0612345678"})


def register(number: int, cooperation: str = COOPERATIONS[0]) -> Sent:
    """Econobis' request to `create_dossier`."""
    asked = read("examples/econobis-register-request.json")
    asked |= {"extra": {"contact_id": number}, "email": f"anna{number}@voorbeeld.nl"}
    return Sent.json(f"/{cooperation}", asked, KEY)


def link(number: int, cooperation: str = COOPERATIONS[0]) -> Sent:
    """Econobis' request to `link_coach`."""
    pair = {"coach_contact_id": 11, "resident_contact_id": number}
    return Sent.json(f"/{cooperation}", {"building_coach_statuses": pair}, KEY)


def event(kind: str, number: int, body: Any = None, cooperation: str = COOPERATIONS[0]) -> Sent:
    """An event of Hoomdossier about the building with this number; `kind` is the word in its URL (afspraak, pdf)."""
    related = dict.fromkeys(("building_id", "user_id", "account_id", "contact_id"), number)
    body = body or read(f"examples/push-{kind}-request.json")
    return Sent.json(f"/{cooperation}/{KEY}/hoomdossier/{kind}", {**body, "account_related": related})


def load() -> str:
    """The load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def machine() -> str:
    """Processors and Python version, for the heading of a measurement."""
    names = [line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return f"{len(names)} CPUs ({names[0]}), Python {sys.version.split()[0]}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
