"""Two versions of the link side by side: each request to a function goes to a process of the one or of the other.

The older one is this tree. The newer one is a copy of it, changed as a next release might be (`make_newer`).
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx
from werkzeug.wrappers import Request, Response

from tests.tree import ROOT
from tests.world.ports import free_port

SERVE = """
import sys, time
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from infra.local.functions import mount_functions
from infra.standins.server import start

functions = mount_functions(lambda audience: "", "")
start(DispatcherMiddleware(NotFound(), functions), int(sys.argv[1]))
time.sleep(3600)
"""

GREET = """\
    from shared.domain.greeting import Greeting
    greeting = Greeting(
        cooperation=resident.cooperation, contact_id=resident.contact_id, accepted_at=services.clock()
    ).begin(services.expiry(Greeting))
    if services.records(Greeting).create(key, greeting):
        services.enqueue_if_possible(key, greeting)
"""
ROW = "    Kind(Greeting, 'greetings', 'greet.greet', 'run-task', retention.MAILS, texts.MAIL, ('contact_id',)),\n"
MARK = """\
        self.made_by = "newer code"
        from shared.clock import to_text
        print("made", to_text(self.accepted_at), flush=True)
"""
# (file, a line in it, what newer code has before it, what it has after it)
CHANGES = [
    # Each document gets a field, and the log says which documents newer code made.
    ("shared/domain/work.py", "    expires_at: Moment | None = None\n", "", '    made_by: str = ""\n'),
    ("shared/domain/work.py", "        self.due_at = self.due_at or self.accepted_at\n", "", MARK),
    # Older code must leave the letters that newer code made.
    ("shared/domain/outgoing_mail.py", "    kind: MailKind\n", "    VERSION = 2\n", ""),
    # A kind of work that older code does not know, made for each resident with a dossier.
    ("shared/work/kinds.py", "from shared.domain.link import Link\n", "from shared.domain.greeting import Greeting\n", ""),
    ("shared/work/kinds.py", "KINDS: Sequence[Kind[Any]] = (\n", "", ROW),
    ("shared/flows/follow_registration.py", "    if not resident.is_coach:\n", GREET, ""),
]  # fmt: skip
FIRST_TO_OLD = re.compile(rb'"collection": ?"(greetings|mails)"')
"""The first attempt of these tasks goes to older code, so that it certainly meets what it must give back."""

ADDED = {
    "shared/domain/greeting.py": """from shared.domain.ids import ContactId
from shared.domain.work import Work


class Greeting(Work):
    contact_id: ContactId
""",
    "shared/flows/greet.py": """from shared.domain.greeting import Greeting


def greet(services, key, stored):
    services.records(Greeting).edit(key, Greeting.finish, stored)
""",
}


def make_newer(folder: Path) -> None:
    """Copies this tree to `folder`, and changes it there."""
    for part in ("functions", "shared", "infra"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "main.py", folder / "main.py")
    for name, line, before, after in CHANGES:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(line) == 1, f"{name} has changed: say anew what a next release changes in it"
        file.write_text(text.replace(line, before + line + after), encoding="utf-8")
    for name, text in ADDED.items():
        (folder / name).write_text(text, encoding="utf-8")


class Version:
    """All functions of one tree, in a process with the environment variables of this one."""

    def __init__(self, tree: Path, log: Path) -> None:
        self._tree, self.log, self._port = tree, log, free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            command = [sys.executable, "-c", SERVE, str(self._port)]
            environment = {**os.environ, "PYTHONPATH": str(self._tree)}
            self._process = subprocess.Popen(command, cwd=self._tree, env=environment, stdout=log, stderr=log)
        late = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < late, "it does not start"
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url).status_code == 404
        except httpx.TransportError:
            return False

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Front:
    """Sends each request to one of the versions by chance, as Cloud Run does while it replaces instances.

    The first attempt of some tasks goes to the old one (FIRST_TO_OLD). Until there are versions it answers 503. `answers` counts by version, function and status.
    """

    def __init__(self) -> None:
        self.versions: Mapping[str, Version] = {}
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self._random = random.Random(1)
        self._http = httpx.Client(timeout=60)

    def function(self, name: str, _source: str) -> WSGIApplication:
        """Takes the place of `functions_framework.create_app`."""
        path = f"/functions/{name.replace('_', '-')}"

        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return self._send_on(path, Request(environ))(environ, start_response)

        return serve

    def _send_on(self, path: str, request: Request) -> Response:
        if not self.versions:
            return Response(status=503)
        version = self._random.choice(sorted(self.versions))
        if request.headers.get("X-CloudTasks-TaskRetryCount") == "0" and FIRST_TO_OLD.search(request.get_data()):
            version = "old"
        headers = [(name, value) for name, value in request.headers if name not in {"Host", "Content-Length"}]
        url = f"{self.versions[version].url}{path}{request.full_path.rstrip('?')}"
        answer = self._http.request(request.method, url, content=request.get_data(), headers=headers)
        self.answers[version, path.rpartition("/")[2], answer.status_code] += 1
        kept = [
            (name, value) for name, value in answer.headers.items() if name not in {"transfer-encoding", "connection"}
        ]
        return Response(answer.content, answer.status_code, kept)
