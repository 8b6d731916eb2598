"""The Cloud Tasks server as a process: killed or ended at a bad moment, and started again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.api_core import exceptions
from google.auth.transport.requests import Request
from google.cloud import tasks_v2
from google.oauth2 import id_token
from werkzeug.wrappers import Response

from tests.standins.receiver import LOCATION, Received, Receiver, client_at, eventually, receiving

QUEUE = f"{LOCATION}/queues/q"
ROOT = Path(__file__).parents[2]
OIDC = {"service_account_email": "link@demo.example", "audience": "https://here.example"}


@dataclass
class Running:
    process: subprocess.Popen[str]
    client: tasks_v2.CloudTasksClient
    certs_url: str

    def add(self, receiver: Receiver, name: str, at: datetime | None = None) -> None:
        request = {"url": receiver.url, "body": name.encode(), "oidc_token": OIDC}
        task = {"name": f"{QUEUE}/tasks/{name}", "http_request": request, "schedule_time": at}
        self.client.create_task(parent=QUEUE, task=task, timeout=5)

    def names(self) -> set[str]:
        return {task.name.rpartition("/")[2] for task in self.client.list_tasks(parent=QUEUE)}

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(5)


@contextmanager
def running(state: Path) -> Iterator[Running]:
    queue = f"{QUEUE},min_backoff=0.01,max_concurrent_dispatches=20"
    command = [sys.executable, "-m", "infra.standins.cloud_tasks", "--state", str(state), "--queue", queue]
    with subprocess.Popen(
        [*command, "--port", "0", "--certs-port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout
            address, certs_url = re.findall(r"(\S+:\d+|http://\S+)(?:,|$)", process.stdout.readline())
            client = client_at(address)
            yield Running(process, client, certs_url)
            client.transport.close()
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_continues_after_a_kill_and_after_an_orderly_end(tmp_path, how):
    held = threading.Event()

    def handle(received: Received) -> Response:
        if received.task == "under-way":
            held.wait(5)
        return Response(status=200)

    later = datetime.now(UTC) + timedelta(hours=1)
    with receiving(handle=handle) as receiver:
        with running(tmp_path / "state") as server:
            server.add(receiver, "done")
            server.add(receiver, "later", later)
            server.add(receiver, "deleted", later)
            server.client.delete_task(name=f"{QUEUE}/tasks/deleted")
            eventually(lambda: server.names() == {"later"})
            server.add(receiver, "under-way")
            receiver.wait_for(2)
            assert server.end(how) == (-how if how is signal.SIGKILL else 0)
        held.set()
        with running(tmp_path / "state") as server:
            eventually(lambda: server.names() == {"later"})
            assert receiver.tasks() == ["done", "under-way", "under-way"]
            first, again = receiver.received[1:]
            assert first.body == again.body == b"under-way"
            assert again.headers["X-Cloudtasks-Taskretrycount"] == "1"
            for name in ("done", "later", "deleted", "under-way"):
                with pytest.raises(exceptions.AlreadyExists):
                    server.add(receiver, name)
            assert server.client.get_task(name=f"{QUEUE}/tasks/later").schedule_time == later
            old = first.headers["Authorization"].removeprefix("Bearer ")
            assert id_token.verify_token(old, Request(), OIDC["audience"], certs_url=server.certs_url)


def test_a_kill_while_many_tasks_are_sent_loses_none(tmp_path):
    accepted: list[str] = []
    with receiving() as receiver:
        with running(tmp_path / "state") as server:

            def add_many() -> None:
                for number in range(10_000):
                    try:
                        server.add(receiver, f"task-{number}")
                    except exceptions.GoogleAPICallError:
                        return
                    accepted.append(f"task-{number}")

            adding = threading.Thread(target=add_many)
            adding.start()
            receiver.wait_for(20)
            server.end(signal.SIGKILL)
            adding.join()
        with running(tmp_path / "state") as server:
            eventually(lambda: not server.names())
        assert len(accepted) >= 20
        received = receiver.tasks()
        assert set(accepted) <= set(received)
        # Only tasks whose answer was under way at the kill come twice.
        assert len(received) - len(set(received)) <= 20
