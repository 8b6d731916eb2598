"""The queue and the schedules: there, running, calling the right functions, and heard from lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from infra.doctor.cloud import QUEUE, Cloud, Resource, last
from infra.doctor.finding import Finding, about, error, warning
from infra.doctor.timeouts import SCHEDULER_DEADLINE
from infra.function_table import TIME_ZONE, Row
from shared.tasks.queue import QueueAddress

SILENT = timedelta(minutes=15)
"""After so long without `sweep`, work that was forgotten stands still."""
_AGAIN = "rol opnieuw uit met make deploy"


def problems(cloud: Cloud, table: Mapping[str, Row], now: datetime) -> list[Finding]:
    """The findings about the queue and the schedules at `now` (aware)."""
    return [
        *about("de wachtrij", cloud.queues, _queue),
        *about("de planning", cloud.schedules, lambda jobs: _schedules(cloud, table, jobs, now)),
    ]


def deadlines(cloud: Cloud, table: Mapping[str, Row]) -> dict[str, float]:
    """How long each schedule waits for its function, in seconds."""
    jobs, address = cloud.schedules, cloud.address
    if not isinstance(jobs, list) or address is None:
        return {}
    found = {name: _job_of(name, jobs, address) for name, row in table.items() if row.schedule}
    return {name: _seconds(job.get("attemptDeadline", f"{SCHEDULER_DEADLINE}s")) for name, job in found.items() if job}


def _queue(queues: list[Resource]) -> Iterator[Finding]:
    queue = next((it for it in queues if last(it["name"]) == QUEUE), None)
    where = f"Google Cloud: Cloud Tasks → {QUEUE}"
    if queue is None:
        why = "wat binnenkomt wordt bewaard, maar niets gaat door naar Econobis of Hoomdossier"
        yield error(f"de wachtrij {QUEUE} uit LINK_TASKS bestaat niet", why, f"Terminal: {_AGAIN}")
        return
    if queue.get("state") != "RUNNING":
        why = "alle werk staat stil tot hij weer loopt"
        yield error(f"de wachtrij {QUEUE} staat op {queue.get('state')}", why, f"{where} → Wachtrij hervatten")
    rates, retries = queue.get("rateLimits", {}), queue.get("retryConfig", {})
    if not rates.get("maxDispatchesPerSecond") or not rates.get("maxConcurrentDispatches"):
        why = "dan gaat er geen enkele taak op weg"
        yield error(
            f"de wachtrij {QUEUE} mag niets tegelijk of per seconde doen", why, f"{where} → Bewerken → Snelheid"
        )
    if retries.get("maxAttempts") == 1:
        why = "na één storing van een tel wacht het werk op de volgende sweep"
        yield warning(f"de wachtrij {QUEUE} probeert een taak maar één keer", why, f"{where} → Bewerken → Pogingen")


def _schedules(cloud: Cloud, table: Mapping[str, Row], jobs: list[Resource], now: datetime) -> Iterator[Finding]:
    address = cloud.address
    assert address, "without it the schedules are not seen"
    for name, row in table.items():
        if row.schedule is None:
            continue
        job = _job_of(name, jobs, address)
        if job is None:
            why = "zonder roept niemand deze functie aan"
            yield error(f"er is geen planning voor {name}", why, f"Terminal: {_AGAIN}")
            continue
        where = f"Google Cloud: Cloud Scheduler → {last(job['name'])}"
        yield from _set_up(name, row, job, address, where)
        yield from _last_run(name, job, now, where)


def _job_of(name: str, jobs: list[Resource], address: QueueAddress) -> Resource | None:
    url = address.url_of(name)
    return next((it for it in jobs if it.get("httpTarget", {}).get("uri", "").rstrip("/") == url.rstrip("/")), None)


def _set_up(name: str, row: Row, job: Resource, address: QueueAddress, where: str) -> Iterator[Finding]:
    if job.get("state") != "ENABLED":
        yield error(f"de planning voor {name} staat op {job.get('state')}", "de functie wordt niet aangeroepen", where)
    if job.get("schedule") != row.schedule:
        why = "zij is niet uitgerold zoals infra/functions.yaml zegt"
        yield warning(f"de planning voor {name} is “{job.get('schedule')}” en niet “{row.schedule}”", why, where)
    if job.get("timeZone") != TIME_ZONE:
        why = "de functie loopt dan op andere uren dan bedoeld"
        yield warning(f"de planning voor {name} heeft tijdzone {job.get('timeZone')} en niet {TIME_ZONE}", why, where)
    target = job["httpTarget"]
    token = target.get("oidcToken", {})
    audience = address.url_of(name)
    if token.get("serviceAccountEmail") != address.service_account or token.get("audience", audience) != audience:
        why = "de functie kan niet zien dat de aanroep van ons is, en weigert hem"
        yield error(
            f"de planning voor {name} toont niet het bewijs dat de functie verwacht", why, f"{where} → OIDC-token"
        )
    if target.get("httpMethod", "POST") != "POST":
        yield error(
            f"de planning voor {name} gebruikt {target['httpMethod']}", "de functie neemt alleen POST aan", where
        )


def _last_run(name: str, job: Resource, now: datetime, where: str) -> Iterator[Finding]:
    code = job.get("status", {}).get("code", 0)
    if code:
        why = "de functie gaf geen goed antwoord; de logboeken van de functie zeggen waarom"
        yield error(f"de laatste aanroep van {name} is mislukt (code {code})", why, f"{where} → Logboeken")
    ran = job.get("lastAttemptTime")
    if name != "sweep":
        return
    if ran is None:
        why = "tot de eerste keer wordt vergeten werk niet opgepakt"
        yield warning("sweep is nog nooit aangeroepen", why, f"wacht tien minuten; blijft het zo, kijk in {where}")
    elif now - datetime.fromisoformat(ran) > SILENT:
        minutes = int((now - datetime.fromisoformat(ran)).total_seconds() // 60)
        yield error(f"sweep is {minutes} minuten niet aangeroepen", "vergeten werk wordt niet opgepakt", where)


def _seconds(text: str) -> float:
    """Google's duration: `180s`."""
    return float(text.removesuffix("s"))
