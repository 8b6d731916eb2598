"""The functions, the queue and the schedules, against the table and against the code that they run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.local.run import QUEUE
from shared.tasks.queue import QueueAddress
from tests.terraform.plan import Plan
from tests.terraform.workspace import EVENT_HOSTS

ROOT = Path(__file__).parents[3]
CONFIG, PYPROJECT = ROOT / "shared/config.py", ROOT / "pyproject.toml"
TASK_DEADLINE = 600  # seconds; Cloud Tasks' own default, and shared/tasks/client.py asks for no other
INTERNAL = {"cloud_tasks", "cloud_scheduler"}


def every_row_is_deployed(plan: Plan) -> Iterator[str]:
    planned = {name for name, _, _ in plan.functions} | {it["name"] for it in plan.of("cloud_run_v2_service")}
    if planned != set(plan.table):
        yield f"deployed are {sorted(planned)}, in the table are {sorted(plan.table)}"
    for name, it, _ in plan.functions:
        if it.block("build_config")["entry_point"] != name.replace("-", "_"):
            yield f"{name}: wrong entry point"


def the_runtime_is_a_python_that_the_code_runs_on(plan: Plan) -> Iterator[str]:
    oldest = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["requires-python"].removeprefix(">=3.")
    for name, it, _ in plan.functions:
        runtime = it.block("build_config")["runtime"]
        if int(runtime.removeprefix("python3")) < int(oldest):
            yield f"{name}: {runtime}, and the code needs 3.{oldest}"


def only_the_outside_is_reachable_from_outside(plan: Plan) -> Iterator[str]:
    for name, _, config in plan.functions:
        wanted = "ALLOW_INTERNAL_ONLY" if plan.table[name]["called_by"] in INTERNAL else "ALLOW_ALL"
        if config["ingress_settings"] != wanted:
            yield f"{name}: ingress {config['ingress_settings']} instead of {wanted}"


def threads_equal_concurrency(plan: Plan) -> Iterator[str]:
    for name, _, config in plan.functions:
        threads, concurrency = (
            config["environment_variables"].get("THREADS"),
            config["max_instance_request_concurrency"],
        )
        if threads != str(concurrency):
            yield f"{name}: THREADS {threads}, concurrency {concurrency}"
        if concurrency > 1 and config["available_cpu"] != "1":
            yield f"{name}: more than one request at once needs a whole CPU"


def size_and_time_are_those_of_the_table(plan: Plan) -> Iterator[str]:
    for name, _, config in plan.functions:
        row = plan.table[name]
        if config["available_memory"] != row["memory"] or not re.fullmatch(r"[1-9][0-9]*(Mi|Gi)", row["memory"]):
            yield f"{name}: memory {config['available_memory']}, in the table {row['memory']}, in Mi or Gi"
        if config["timeout_seconds"] != row["timeout_seconds"]:
            yield f"{name}: time-out {config['timeout_seconds']}, in the table {row['timeout_seconds']}"
        if row["called_by"] == "cloud_tasks" and config["timeout_seconds"] >= TASK_DEADLINE:
            yield f"{name}: Cloud Tasks repeats a task after {TASK_DEADLINE} seconds, while this one may still run"
        if config["max_instance_count"] != row["instances"] or config["min_instance_count"] > row["instances"]:
            yield f"{name}: instances {config['min_instance_count']} to {config['max_instance_count']}"


def every_variable_is_set(plan: Plan) -> Iterator[str]:
    """The names that shared/config.py reads. LINK_SMTP is a secret, and only the pages for staff read LINK_STAFF and LINK_EVENT_HOSTS."""
    read = set(re.findall(r'"(LINK_[A-Z]+)"', CONFIG.read_text(encoding="utf-8")))
    for name, _, config in plan.functions:
        given = set(config["environment_variables"])
        if missing := read - given - {"LINK_SMTP", "LINK_STAFF", "LINK_EVENT_HOSTS"}:
            yield f"{name}: not set: {', '.join(sorted(missing))}"
        if unknown := given - read - {"THREADS"}:
            yield f"{name}: nothing reads {', '.join(sorted(unknown))}"


def every_variable_means_what_the_code_reads(plan: Plan) -> Iterator[str]:
    project = plan.only("firestore_database")["project"] or "test-project"
    for name, _, config in plan.functions:
        given = config["environment_variables"]
        (volume,) = config["secret_volumes"]
        expected = {
            "LINK_CONFIG": f"{volume['mount_path']}/{volume['versions'][0]['path']}",
            "LINK_STORE": f"firestore://{project}/{plan.only('firestore_database')['name']}",
            "LINK_BLOBS": f"gs://{plan.only('storage_bucket', 'blobs')['name']}/dossierlink",
            "LINK_PROXIES": "1",
        }
        for variable, value in expected.items():
            if given.get(variable) != value:
                yield f"{name}: {variable} is {given.get(variable)} instead of {value}"
        queue = plan.only("cloud_tasks_queue")
        parent = f"projects/{project}/locations/{queue['location']}"
        if _queue_address(config).parent != parent:
            yield f"{name}: LINK_TASKS names another queue than {parent}/queues/{queue['name']}"


def a_page_is_deployed_as_the_functions_are(plan: Plan) -> Iterator[str]:
    """With the same variables and two more, the sizes of the table, and Google's sign-in in front."""
    (variables,) = {tuple(sorted(config["environment_variables"].items())) for _, _, config in plan.functions}
    for name, it, template, plain in plan.pages:
        row = plan.table[name]
        audience = f"iap:///projects/123456789012/locations/{it['location']}/services/{name}"
        own = {"LINK_STAFF": audience, "LINK_EVENT_HOSTS": ",".join(map("=".join, sorted(EVENT_HOSTS.items())))}
        for variable, value in {**dict(variables), **own}.items():
            if plain.get(variable) != value:
                yield f"{name}: {variable} is {plain.get(variable)} instead of {value}"
        if not it["iap_enabled"] or it["ingress"] != "INGRESS_TRAFFIC_ALL":
            yield f"{name}: Google's sign-in is not in front"
        limits = it.block("template", "containers", "resources").get("limits", {})
        if limits != {"cpu": "1", "memory": row["memory"]} or template["timeout"] != f"{row['timeout_seconds']}s":
            yield f"{name}: {limits} and {template['timeout']} are not those of the table"
        if str(template["max_instance_request_concurrency"]) != plain.get("THREADS"):
            yield f"{name}: THREADS {plain.get('THREADS')}, concurrency {template['max_instance_request_concurrency']}"
        if template["scaling"][0]["max_instance_count"] != row["instances"]:
            yield f"{name}: another number of instances than in the table"


def schedules_call_with_the_token_that_the_code_expects(plan: Plan) -> Iterator[str]:
    """As `google_caller_of` in shared/wiring.py works out who may call."""
    addresses = {name: _queue_address(config) for name, _, config in plan.functions}
    jobs = {it["name"]: it for it in plan.of("cloud_scheduler_job")}
    wanted = {name for name, row in plan.table.items() if row["called_by"] == "cloud_scheduler"}
    if set(jobs) != wanted:
        yield f"scheduled are {sorted(jobs)}, in the table {sorted(wanted)}"
    for name, job in jobs.items():
        target, token = job.block("http_target"), job.block("http_target", "oidc_token")
        url = addresses[name].url.replace("{function}", name)
        if token.get("audience") != url:
            yield f"{name}: audience {token.get('audience')} instead of {url}"
        if token.get("service_account_email") != addresses[name].service_account:
            yield f"{name}: called as {token.get('service_account_email')}"
        if (target["uri"], target["http_method"]) != (url, "POST") or urlsplit(url).path not in {"", "/"}:
            yield f"{name}: calls {target['http_method']} {target['uri']}"
        if (job["schedule"], job["time_zone"]) != (plan.table[name]["schedule"], "Europe/Amsterdam"):
            yield f"{name}: schedule {job['schedule']} {job['time_zone']}"
        if not plan.table[name]["timeout_seconds"] < int(job["attempt_deadline"].rstrip("s")) <= 1800:
            yield f"{name}: deadline {job['attempt_deadline']} is not longer than the function's time-out"


def the_queue_has_the_numbers_of_a_local_run(plan: Plan) -> Iterator[str]:
    queue = plan.only("cloud_tasks_queue")
    limits, retry = queue.block("rate_limits"), queue.block("retry_config")
    numbers = {
        "name": (queue["name"], QUEUE.name.rpartition("/")[2]),
        "max_dispatches_per_second": (limits["max_dispatches_per_second"], QUEUE.max_dispatches_per_second),
        "max_concurrent_dispatches": (limits["max_concurrent_dispatches"], QUEUE.max_concurrent_dispatches),
        "max_attempts": (retry["max_attempts"], QUEUE.max_attempts),
        "min_backoff": (retry["min_backoff"], f"{QUEUE.min_backoff}s"),
        "max_backoff": (retry["max_backoff"], f"{QUEUE.max_backoff}s"),
    }
    for name, (planned, local) in numbers.items():
        if planned != local:
            yield f"queue: {name} {planned}, in a local run {local}"


def _queue_address(config: Mapping[str, Any]) -> QueueAddress:
    return QueueAddress.parse(config["environment_variables"].get("LINK_TASKS") or _NO_QUEUE)


_NO_QUEUE = "cloudtasks://none/none?url=https://{function}.none"

RULES = (
    every_row_is_deployed,
    the_runtime_is_a_python_that_the_code_runs_on,
    only_the_outside_is_reachable_from_outside,
    threads_equal_concurrency,
    size_and_time_are_those_of_the_table,
    every_variable_is_set,
    every_variable_means_what_the_code_reads,
    a_page_is_deployed_as_the_functions_are,
    schedules_call_with_the_token_that_the_code_expects,
    the_queue_has_the_numbers_of_a_local_run,
)
