"""F2, F22, F24 and F26: deployed functions that are stopped, lack a secret or get large bodies, and other versions.

A deployed function is a process of its own here, beside a local run that has the peers and the store.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.run import running
from shared.domain.erasure import UNDER_WAY
from shared.erasure.erase import erase
from shared.flows.pull_appointments import pull_appointments
from shared.flows.sweep import sweep
from shared.secret import SECRETS_OF
from shared.store.port import Query
from tests.fixtures import read
from tests.world.own_secrets import running_as
from tests.world.ports import free_port
from tests.world.residents import COOPERATION, OTHER, Campaign, Resident
from tests.world.world import World

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a local run, and the environment variables of a function that is started beside it."""
    with running(tmp_path, 0) as base:
        lines = (tmp_path / "environment").read_text(encoding="utf-8").splitlines()
        pairs = (line.removeprefix("export ").partition("=") for line in lines)
        settings = {name: shlex.split(value)[0] for name, _, value in pairs}
        for name in settings:
            monkeypatch.delenv(name)
        yield base, settings


@contextmanager
def deployed(function: str, settings: dict[str, str], log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The URL and the process of one function."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("functions-framework")), "--source", "main.py", "--target", function]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--host", "127.0.0.1"],
            env={**os.environ, **settings}, cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        late = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < late:
            with suppress(httpx.TransportError):  # gunicorn listens before its worker can answer.
                httpx.get(f"http://127.0.0.1:{port}/", timeout=30)
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def registration(contact_id: int) -> dict[str, Any]:
    example = read("examples/econobis-register-request.json")
    return {**example, "extra": {"contact_id": contact_id}, "email": f"bewoner{contact_id}@example.org"}


@pytest.mark.timed
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_f2_a_registration_is_sent_once_when_its_instance_is_stopped_halfway(
    local, tmp_path: Path, how: signal.Signals
):
    """After SIGTERM Econobis still gets its answer, after SIGKILL none. Hoomdossier gets one call in both cases."""
    base, settings = local
    fault = [{"match": "register", "kind": "delay", "seconds": 1.0}]
    httpx.post(f"{base}/hoomdossier/zonnig-dorp/_faults", json=fault, timeout=30).raise_for_status()
    headers = {"Authorization": "Bearer demo-zonnig-dorp-econobis"}
    with deployed("create_dossier", settings, tmp_path / "instance.txt") as (url, process):
        timer = threading.Timer(0.7, process.send_signal if how == signal.SIGTERM else _killer(process), [how])
        timer.start()
        try:
            answer = httpx.post(f"{url}/zonnig-dorp", json=registration(4711), headers=headers, timeout=30)
        except httpx.TransportError:
            answer = None
        timer.join()
        assert process.wait(timeout=10) is not None
    if how == signal.SIGTERM:
        assert answer is not None
        assert answer.status_code == 201
        again = httpx.post(
            f"{base}/functions/create-dossier/zonnig-dorp", json=registration(4711), headers=headers, timeout=30
        )
        assert again.content == answer.content
    else:
        assert answer is None
    received = [
        row
        for row in httpx.get(f"{base}/hoomdossier/zonnig-dorp/_received", timeout=30).json()
        if "register" in row["path"]
    ]
    assert len(received) == 1


def _killer(process: subprocess.Popen[bytes]) -> Any:
    return lambda how: os.killpg(process.pid, how)


def test_f22_a_function_without_its_secret_does_not_start(local, tmp_path: Path):
    """The log names the missing variable, and no value of a secret. Cloud Run then keeps the revision that works."""
    _, settings = local
    lacking = {name: value for name, value in settings.items() if name != "ZONNIG_DORP_WEBFORM"}
    log = tmp_path / "instance.txt"
    with deployed("receive_event", lacking, log) as (_, process):
        assert process.wait(timeout=20) != 0
    said = log.read_text()
    assert "ZONNIG_DORP_WEBFORM" in said
    assert not [value for name, value in settings.items() if value.startswith("demo-") and value in said]


def test_f22_the_old_and_the_new_secret_of_a_caller_both_work(adjusted):
    """So a secret can be changed for some callers first."""
    new = f"demo-{COOPERATION}-econobis"  # The environment of the test has no secret for this, so it borrows one.
    two = (
        "hoomdossier: [env:MEER_ENERGIE_HOOMDOSSIER]",
        "hoomdossier: [env:MEER_ENERGIE_HOOMDOSSIER, env:MEER_ENERGIE_ECONOBIS]",
    )
    with adjusted(two) as world:
        event = read("examples/push-gebruik-request.json")
        for key, status in ((f"demo-{COOPERATION}-hoomdossier", 200), (new, 200), ("another-key-altogether", 401)):
            answer = world.post(f"/functions/receive-event/{COOPERATION}/{key}/hoomdossier/gebruik", event)
            assert answer is not None
            assert answer.status_code == status


def test_f22_each_function_uses_all_its_own_secrets_and_no_other(adjusted):
    """A secret that a function does not use should not be given to it. `open_world` fails when it uses another one."""
    asks = "mapping: {email: emailadres, postcode: adres_postcode, huisnummer: adres_huisnummer}"
    with adjusted((asks, f"{asks}\n        confirm_email: true")) as world:
        stranger, resident = Resident(world, 2, OTHER), Resident(world, 1)
        assert stranger.sign_up()
        assert resident.sign_up()
        world.settle()
        for kind in ("gebruik", "woonplan"):
            assert resident.push(kind)
        for date in ("2027-03-05 10:00:00", None):
            assert resident.set_appointment(date)
            world.settle()
        pair = {"coach_contact_id": 22, "resident_contact_id": resident.contact_id}
        key = {"Authorization": f"Bearer demo-{COOPERATION}-econobis"}
        answer = world.post(f"/functions/link-coach/{COOPERATION}", {"building_coach_statuses": pair}, **key)
        assert answer is not None
        assert answer.status_code == 200, answer.text
        feed = f"{world.base}/functions/serve-feed/{COOPERATION}/journeys.csv"
        assert world.http.get(feed, auth=("power-bi", f"demo-{COOPERATION}-feed")).status_code == 200
        with running_as("pull-appointments"):
            pull_appointments(world.services, COOPERATION)
        with running_as("show-staff"):
            erase(world.services, COOPERATION, resident.contact_id, "test")
        world.clock.advance((UNDER_WAY + timedelta(minutes=1)).total_seconds())
        with running_as("sweep"):
            sweep(world.services)
        world.settle()
    given = {(name, setting) for name, settings in SECRETS_OF.items() for setting in settings}
    signing = {(name, setting) for name, setting in given if setting.endswith("_signing")}
    # The peers of this world do not sign, and nobody signs in: `functions/test_signatures.py`, `functions/staff/`.
    assert world.uses.seen == given - signing - {("show-staff", "staff")}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_f24_eight_reports_of_the_largest_size_at_once_stay_within_memory(local, tmp_path: Path):
    """The peak is at most four times the size of all bodies and 150 MiB."""
    _, settings = local
    pdf = base64.b64encode(b"%PDF-1.7 " + os.urandom(23 * MIB)).decode()
    example = read("examples/push-pdf-request.json")
    bodies = [
        json.dumps({
            "account_related": {**example["account_related"], "building_id": 900 + number},
            "pdf": {"contents": pdf},
        }).encode()
        for number in range(8)
    ]  # fmt: skip
    with deployed("receive_event", settings, tmp_path / "instance.txt") as (url, process):
        path = f"{url}/zonnig-dorp/demo-zonnig-dorp-hoomdossier/hoomdossier/pdf"

        def post(body: bytes) -> int:
            return httpx.post(path, content=body, timeout=120).status_code

        assert post(bodies[0]) == 200
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(post, bodies)) == [200] * 8
        peak = max(_peak(pid) for pid in _group(process.pid))
    assert peak <= 8 * 4 * len(bodies[0]) + 150 * MIB
    assert len([file for file in (tmp_path / "blobs").iterdir() if file.suffix != ".part"]) == 8


def _group(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _peak(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_f26_documents_of_a_later_and_of_an_earlier_version_are_read(world: World):
    """After a rollback a document has fields that the code does not know; after an upgrade it lacks the new fields."""
    campaign = Campaign(world, 2)
    campaign.sign_up()
    first, second = world.observer.store.find(Query("submissions"))
    later = {**first.data, "of_a_later_version": {"a": 1}}
    earlier = {name: value for name, value in second.data.items() if name not in {"unsure", "attempts", "visit_ids"}}
    for document, data in ((first, later), (second, earlier)):
        world.observer.store.replace("submissions", document.key, data, document.version)
    world.settle()
    campaign.check()


def test_f26_an_event_of_a_cooperation_that_left_the_settings_is_refused(adjusted):
    """The settings hold no key of that cooperation any more."""
    with adjusted() as world:
        event = read("examples/push-gebruik-request.json")
        answer = world.post("/functions/receive-event/left/demo-left-hoomdossier/hoomdossier/gebruik", event)
        assert answer is not None
        assert answer.status_code == 401
