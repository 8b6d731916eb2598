"""The queue of pushes: runs in the background, one job at a time, and keeps waiting jobs when the process is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from werkzeug.wrappers import Request, Response

from infra.standins.database import Database
from infra.standins.hoomdossier.pushes import PushQueue
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving
from tests.standins.hoomdossier.conftest import stand_in
from tests.standins.receiver import eventually, receiving

SERVE = """
import sys
from pathlib import Path
from infra.standins.database import Database
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving

settings = HoomdossierSettings(country="NL", token="t", econobis_url=sys.argv[2], econobis_key="KEY")
with serving(create_hoomdossier("zonnig-dorp", Database(Path(sys.argv[1])), settings)) as url:
    print(url, flush=True)
    sys.stdin.read()
"""
COACH = 7011


@contextmanager
def process(database: Path, econobis: str) -> Iterator[httpx.Client]:
    """The stand-in as a separate process, which is killed at the end."""
    command = [sys.executable, "-c", SERVE, str(database), econobis]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            with httpx.Client(base_url=running.stdout.readline().strip(), timeout=20, trust_env=False) as http:
                yield http
        finally:
            running.kill()


def test_a_waiting_push_is_made_after_the_process_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "hoomdossier.sqlite"
    never = threading.Event()

    @Request.application
    def silent(request: Request) -> Response:
        got.append(request.path)
        never.wait(20)
        return Response("[]")

    got: list[str] = []
    with serving(silent) as url, process(path, f"{url}/api") as http:
        assert http.post(f"/buildings/{COACH}/scan", data={"scan": "quick-scan"}).status_code == 303
        eventually(lambda: got)
        for _ in range(2):
            assert http.post(f"/buildings/{COACH}/usage", data={"amount-gas": "1250"}).status_code == 303
    never.set()
    assert [job["outcome"] for job in Database(path).rows("jobs")] == [None, None, None]

    with receiving(handle=lambda _: Response("[]")) as econobis, process(path, f"{econobis.url}/api") as http:
        received = econobis.wait_for(3)
        eventually(lambda: {job["outcome"] for job in http.get("/_state").json()["jobs"]} == {"synced"})
    kinds = [one.path.rpartition("/")[2] for one in received]
    assert kinds == ["scan-status", "gebruik", "gebruik"], "the one under way again, then the others in their order"


def test_the_payload_is_built_when_the_job_runs() -> None:
    first = threading.Event()
    dates: list[str] = []

    @Request.application
    def slow(request: Request) -> Response:
        dates.append(request.get_json()["appointment_date"])
        first.wait(5)
        return Response("[]")

    with serving(slow) as url, stand_in(econobis_url=f"{url}/api", econobis_key="KEY") as hoomdossier:
        building = hoomdossier.register()
        hoomdossier.link()
        for hour in (9, 10, 11):
            hoomdossier.form(building, "appointment", appointment_date=f"2026-12-01T{hour:02}:00")
            eventually(lambda: dates)
        first.set()
        assert hoomdossier.pushed() == ["afspraak"] * 3
    assert dates == ["2026-12-01 09:00:00", "2026-12-01 11:00:00", "2026-12-01 11:00:00"]


def test_a_refused_push_is_lost_and_the_next_one_is_made() -> None:
    answers = iter([Response(status=503), Response("[]")])
    with (
        receiving(handle=lambda _: next(answers)) as econobis,
        stand_in(econobis_url=f"{econobis.url}/api", econobis_key="KEY") as hoomdossier,
    ):
        for _ in range(2):
            hoomdossier.form(COACH, "usage")
        outcomes = [(job["outcome"], job["status"]) for job in hoomdossier.jobs()]
        assert outcomes == [("lost", 503), ("synced", 200)]
        assert len(econobis.received) == 2
        (synced,) = hoomdossier.database.rows("integration_processes")
        assert synced["process"] == "App\\Jobs\\Econobis\\Out\\SendBuildingFilledInAnswersToEconobis"


def test_a_payload_that_cannot_be_built_does_not_stop_the_queue() -> None:
    database = Database()
    settings = HoomdossierSettings(country="NL", token="t", econobis_url="http://127.0.0.1:9", econobis_key="KEY")
    queue = PushQueue(database, settings)
    for kind in ("gebruik", "no such kind", "pdf"):
        queue.add(kind, 404)
    eventually(lambda: not database.rows("jobs", outcome=None))
    assert {job["outcome"] for job in database.rows("jobs")} == {"lost"}


def test_without_an_address_or_key_nothing_is_sent() -> None:
    with receiving() as econobis:
        for settings in ({}, {"econobis_url": econobis.url}, {"econobis_key": "KEY"}):
            with stand_in(**settings) as hoomdossier:
                hoomdossier.form(COACH, "usage")
                assert [job["outcome"] for job in hoomdossier.jobs()] == ["skipped"]
        assert econobis.received == []


def test_a_reset_removes_waiting_pushes() -> None:
    """Also when the job under way ends after the reset, and another job has its id by then."""
    first, got = threading.Event(), []

    @Request.application
    def slow(request: Request) -> Response:
        got.append(request.path.rpartition("/")[2])
        first.wait(5)
        return Response("[]")

    with serving(slow) as url, stand_in(econobis_url=f"{url}/api", econobis_key="KEY") as hoomdossier:
        hoomdossier.form(COACH, "usage")
        eventually(lambda: got)
        hoomdossier.form(COACH, "usage")
        hoomdossier.http.post("/_reset").raise_for_status()
        hoomdossier.form(COACH, "scan", scan="quick-scan")
        first.set()
        assert [job["outcome"] for job in hoomdossier.jobs()] == ["synced"]
    assert got == ["gebruik", "scan-status"]
