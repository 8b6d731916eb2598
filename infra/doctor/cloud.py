"""Collects the facts of Google Cloud: the answers of gcloud as they came, or the reason why there is none."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from infra.doctor import commands
from infra.doctor.commands import Command
from infra.doctor.finding import NotSeen
from infra.function_table import Row, page_rows, rows
from infra.gcloud import GcloudFailed, Why, gcloud
from infra.secret_manager import value_in
from shared.config import WrongConfig, read_event_hosts
from shared.tasks.queue import Queue, QueueAddress

Resource = Mapping[str, Any]
"""A resource as Google's REST interface describes it."""
Resources = list[Resource] | NotSeen

DATABASE = "(default)"
"""The name of the Firestore database."""
QUEUE: str = inspect.signature(Queue.enqueue).parameters["queue"].default
"""The name of the queue in which our code puts its tasks."""
AT_ONCE = 4  # Each gcloud is a process of its own that takes about a second, mostly of the processor.

_REASONS: Mapping[Why, str] = {
    "not_installed": "gcloud is niet geïnstalleerd",
    "not_logged_in": "gcloud is niet aangemeld; doe: gcloud auth login",
    "api_off": "deze API van Google staat uit in dit project",
    "no_project": "dit project bestaat niet, of uw account mag het niet zien",
    "no_right": "uw account heeft hier geen rechten voor",
    "not_there": "dit bestaat niet in dit project",
}


@dataclass(frozen=True)
class Cloud:
    """The facts of one project. Functions, invokers, versions, readers, the pages for staff and who comes past Google's
    sign-in in front of them (`visitors`) are by name.

    `region` is that of the functions, `address` what they know of the queue, and `bucket` the name of the one with
    files; `""` and None as long as no function is seen.
    """

    project_id: str
    region: str
    address: QueueAddress | None
    bucket: str
    functions: Mapping[str, Resource] | NotSeen
    invokers: Mapping[str, Resource | NotSeen]
    pages: Mapping[str, Resource | NotSeen]
    visitors: Mapping[str, Resource | NotSeen]
    secrets: frozenset[str] | NotSeen
    versions: Mapping[str, Resources]
    readers: Mapping[str, Resource | NotSeen]
    billing: Resource | NotSeen
    log_bucket: Resource | NotSeen
    roles: Resource | NotSeen
    queue_users: Resource | NotSeen
    caller_users: Resource | NotSeen
    bucket_users: Resource | NotSeen
    queues: Resources
    schedules: Resources
    databases: Resources
    expiry_fields: Resources
    indexes: Resources
    backup_schedules: Resources
    backups: Resources
    buckets: Resources
    alerts: Resources
    channels: Resources
    errors: Resources
    logged_addresses: Resources
    calls_of_econobis: Resources

    def deployed(self) -> list[str]:
        """The names of the functions that are deployed; empty when that cannot be seen."""
        return list(self.functions) if isinstance(self.functions, Mapping) else []

    def environment(self, function: str) -> Mapping[str, str]:
        """The environment variables of a deployed function, without secrets. Empty when it is not deployed."""
        variables: Mapping[str, str] = self.service(function).get("environmentVariables", {})
        return variables

    @property
    def event_hosts(self) -> Mapping[str, str]:
        """The names at which events come in, with the cooperation of each, as the pages for staff know them."""
        page = next((page for page in self.pages.values() if not isinstance(page, NotSeen)), {})
        with suppress(WrongConfig):
            return read_event_hosts(variables_of_page(page).get("LINK_EVENT_HOSTS", ""))
        return {}

    def service(self, function: str) -> Resource:
        """The `serviceConfig` of a deployed function. Empty when it is not deployed."""
        functions = self.functions if isinstance(self.functions, Mapping) else {}
        config: Resource = functions.get(function, {}).get("serviceConfig", {})
        return config


def variables_of_page(page: Resource) -> Mapping[str, str]:
    """The plain variables of the container, as `gcloud run services describe` shows a service."""
    spec = page.get("spec", {}).get("template", {}).get("spec", {})
    containers = spec.get("containers") or [{}]
    return {it["name"]: it.get("value", "") for it in containers[0].get("env", [])}


def look(command: Command) -> Any | NotSeen:
    """The answer of gcloud, or why there is none."""
    try:
        return gcloud(*command)
    except GcloudFailed as failed:
        return NotSeen(_reason(failed))


def collect(project_id: str, table: Mapping[str, Row]) -> Cloud:
    """Everything that can be seen without knowing the settings. Takes about half a minute.

    Functions of other programmes in the project are left out.
    """
    all_functions = _by_name(look(commands.functions(project_id)))
    deployed = (
        {} if isinstance(all_functions, NotSeen) else {it: all_functions[it] for it in table if it in all_functions}
    )
    functions = all_functions if isinstance(all_functions, NotSeen) else deployed
    region = next((it["name"].split("/")[3] for it in deployed.values()), "")
    address = _address(deployed)
    secrets = _names(look(commands.secrets(project_id)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        names = [] if isinstance(secrets, NotSeen) else sorted(secrets)
        pages = sorted(page_rows()) if region else []
        return Cloud(
            project_id=project_id,
            functions=functions,
            region=region,
            address=address,
            bucket=_bucket(deployed),
            secrets=secrets,
            invokers=_each(
                pool, sorted([*deployed, *pages]), lambda name: look(commands.invokers(project_id, region, name))
            ),
            pages=_each(pool, pages, lambda name: look(commands.page(project_id, region, name))),
            visitors=_each(pool, pages, lambda name: look(commands.page_visitors(project_id, region, name))),
            versions=_each(pool, names, lambda name: _rows(look(commands.secret_versions(project_id, name)))),
            readers=_each(pool, names, lambda name: look(commands.secret_readers(project_id, name))),
            **_single(pool, project_id, address, _bucket(deployed)),
            **_lists(pool, project_id, address, [name for name, row in rows().items() if row.has_secret_address]),
        )


def _single(pool: ThreadPoolExecutor, project_id: str, address: QueueAddress | None, bucket: str) -> dict[str, Any]:
    place = address.parent.rpartition("/")[2] if address else ""
    account = address.service_account if address else ""
    wanted: dict[str, Command | None] = {
        "billing": commands.billing(project_id),
        "log_bucket": commands.log_bucket(project_id),
        "roles": commands.roles(project_id),
        "queue_users": commands.queue_users(project_id, place, QUEUE) if place else None,
        "caller_users": commands.account_users(project_id, account) if account else None,
        "bucket_users": commands.bucket_users(project_id, bucket) if bucket else None,
    }
    return _each(pool, wanted, lambda name: _if_known(wanted[name]))


def _lists(
    pool: ThreadPoolExecutor, project_id: str, address: QueueAddress | None, secret_addresses: Sequence[str]
) -> dict[str, Any]:
    place = address.parent.rpartition("/")[2] if address else ""
    wanted: dict[str, Command | None] = {
        "queues": commands.queues(project_id, place) if place else None,
        "schedules": commands.schedules(project_id, place) if place else None,
        "databases": commands.databases(project_id),
        "expiry_fields": commands.expiry_fields(project_id, DATABASE),
        "indexes": commands.indexes(project_id, DATABASE),
        "backup_schedules": commands.backup_schedules(project_id, DATABASE),
        "backups": commands.backups(project_id),
        "buckets": commands.buckets(project_id),
        "alerts": commands.alerts(project_id),
        "channels": commands.channels(project_id),
        "errors": commands.errors(project_id),
        "logged_addresses": commands.logged_addresses(project_id, secret_addresses),
        "calls_of_econobis": commands.calls_of_econobis(project_id),
    }
    return _each(pool, wanted, lambda name: _rows(_if_known(wanted[name])))


def _if_known(command: Command | None) -> Any | NotSeen:
    return look(command) if command else NotSeen("de variabelen van de functies zijn niet te zien")


def _address(functions: Mapping[str, Resource]) -> QueueAddress | None:
    for function in functions.values():
        try:
            return QueueAddress.parse(_variables(function).get("LINK_TASKS", ""))
        except ValueError:
            continue
    return None


def _bucket(functions: Mapping[str, Resource]) -> str:
    urls = (_variables(it).get("LINK_BLOBS", "") for it in functions.values())
    return next((url.removeprefix("gs://").partition("/")[0] for url in urls if url.startswith("gs://")), "")


def _variables(function: Resource) -> Mapping[str, str]:
    variables: Mapping[str, str] = function.get("serviceConfig", {}).get("environmentVariables", {})
    return variables


@dataclass
class Values:
    """Reads values of secrets when a check needs one, each once. They are kept in memory only."""

    project_id: str
    _read: dict[tuple[str, str], str | NotSeen] = field(default_factory=dict, repr=False)

    def value(self, name: str, version: str = "latest") -> str | NotSeen:
        """The secret as text, or why it could not be read."""
        if (name, version) not in self._read:
            answer = look(commands.secret_value(self.project_id, name, version))
            self._read[name, version] = answer if isinstance(answer, NotSeen) else _payload(answer)
        return self._read[name, version]


def _payload(answer: Resource) -> str | NotSeen:
    try:
        return value_in(answer)
    except (LookupError, TypeError, ValueError):
        return NotSeen("het antwoord van gcloud is niet te lezen")


def _each(pool: ThreadPoolExecutor, names: Iterable[str], look_at: Callable[[str], Any]) -> dict[str, Any]:
    names = list(names)
    return dict(zip(names, pool.map(look_at, names), strict=True))


def _rows(answer: Any | NotSeen) -> Resources:
    """gcloud prints nothing at all for some empty lists."""
    return answer if isinstance(answer, NotSeen) else list(answer or [])


def _names(answer: Any | NotSeen) -> frozenset[str] | NotSeen:
    rows = _by_name(answer)
    return rows if isinstance(rows, NotSeen) else frozenset(rows)


def _by_name(answer: Any | NotSeen) -> Mapping[str, Resource] | NotSeen:
    rows = _rows(answer)
    if isinstance(rows, NotSeen):
        return rows
    try:
        return {last(row["name"]): row for row in rows}
    except (LookupError, TypeError, AttributeError):
        return NotSeen("het antwoord van gcloud is niet te lezen")


def last(name: str) -> str:
    """The last part of a resource's name: `sweep` of `projects/p/locations/l/functions/sweep`."""
    return name.rpartition("/")[2]


def members(policy: Resource, roles: Collection[str]) -> set[str]:
    """Who has one of the roles in an IAM policy."""
    bindings = [it for it in policy.get("bindings", []) if it["role"] in roles]
    return {member for binding in bindings for member in binding.get("members", [])}


def _reason(failed: GcloudFailed) -> str:
    """Why gcloud failed, in Dutch."""
    line = failed.first_line.replace("[address]", "[adres]")
    return _REASONS.get(failed.why) or f"gcloud zegt: “{line}”"
