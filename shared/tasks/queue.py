"""Cloud Tasks, as the flows use it: a named task calls one of our functions, once or more, now or later.

Locally the same client talks to `infra/standins/cloud_tasks`. Who may call the functions: `caller.py`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from shared.errors import TooBig

if TYPE_CHECKING:
    from shared.tasks.client import Client

# Bytes. A whole task may be 1 MiB; name, address and headers are far below what is left. Past gRPC's own limit Cloud
# Tasks would answer as if it were busy, and a task like that would be tried for ever.
MAX_BODY = 1_000_000
_task_id = re.compile(r"[A-Za-z0-9_-]{1,500}")
_url = re.compile(r"https?://[^/{}]+(/|$)")


@dataclass(frozen=True)
class QueueAddress:
    """What `LINK_TASKS` says.

    `cloudtasks://<project>/<location>?url=https://<base>/{function}&service_account=<email>`, and for a local server
    also `endpoint=127.0.0.1:8123` and `certs=http://127.0.0.1:8124/oauth2/v1/certs`.
    """

    parent: str
    url: str
    service_account: str | None = None
    endpoint: str | None = None
    certs_url: str | None = None

    @classmethod
    def parse(cls, text: str) -> QueueAddress:
        """Raises ValueError with the reason; the text holds no secret."""
        parts = urlsplit(text)
        settings = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        known = {"url": "url", "service_account": "service_account", "endpoint": "endpoint", "certs": "certs_url"}
        location = parts.path.strip("/")
        if parts.scheme != "cloudtasks" or not parts.netloc or not location or "/" in location:
            raise ValueError(f"not cloudtasks://<project>/<location>?…: {text}")
        if unknown := settings.keys() - known.keys():
            raise ValueError(f"unknown in {text}: {', '.join(sorted(unknown))}")
        if twice := [name for name, values in settings.items() if len(values) > 1]:
            raise ValueError(f"more than once in {text}: {', '.join(twice)}")
        values = {known[name]: value for name, (value,) in settings.items()}
        if not _url.match(values.get("url", "").replace("{function}", "function")) or "{function}" not in values["url"]:
            raise ValueError(f"url= has to be an http(s) URL with {{function}} in it: {text}")
        return cls(parent=f"projects/{parts.netloc}/locations/{location}", **values)


class Queue:
    """Any thread may use it. The Google libraries are loaded, and the connection made, at the first task."""

    def __init__(
        self,
        connect: Callable[[], Client],
        parent: str,
        target_url_for: Callable[[str], str],
        service_account: str | None,
    ) -> None:
        """`parent` is projects/…/locations/…; `target_url_for` takes a deployed name. A function is called with an
        OIDC token of `service_account` whose audience is that URL; None: without a token."""
        self._connect = connect
        self._parent = parent
        self._target_url_for = target_url_for
        self._service_account = service_account
        self._client: Client | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str) -> Queue:
        """From what `LINK_TASKS` says (see QueueAddress). Raises ValueError."""
        address = QueueAddress.parse(url)
        return cls(
            connect=lambda: _load(address.endpoint),
            parent=address.parent,
            target_url_for=lambda function: address.url.replace("{function}", function),
            service_account=address.service_account,
        )

    def target_url(self, function: str) -> str:
        """Where a function is called, and the audience of its token. `function` may be its name in code."""
        return self._target_url_for(function.replace("_", "-"))

    def enqueue(
        self, function: str, body: dict[str, Any], *, name: str, at: datetime | None = None, queue: str = "default"
    ) -> None:
        """Has `function` called with `body` as JSON, not before `at` (aware; at most 30 days from now).

        `name` is letters, digits, - and _, and holds nothing personal. A task of this name that exists, or did in the
        last 24 hours or so, is fine: nothing happens. Raises StoreUnavailable within two seconds when the task may
        not be there, TooBig for a body over MAX_BODY, and ValueError for a name or time that can never be right.
        """
        if not _task_id.fullmatch(name):
            raise ValueError(f"not a task name: {name!r}")
        if at is not None and at.tzinfo is None:
            raise ValueError("a time without a zone")
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        if len(content) > MAX_BODY:
            raise TooBig(f"a task of {len(content)} bytes")
        self._get_client().create(self._task(function, content, f"{self._parent}/queues/{queue}/tasks/{name}", at))

    def _task(self, function: str, body: bytes, name: str, at: datetime | None) -> dict[str, Any]:
        url = self.target_url(function)
        request: dict[str, Any] = {
            "url": url,
            "headers": {"Content-Type": "application/json"},
            "body": body,
        }
        if self._service_account:
            request["oidc_token"] = {"service_account_email": self._service_account, "audience": url}
        task: dict[str, Any] = {"name": name, "http_request": request}
        if at is not None:
            task["schedule_time"] = at
        return task

    def _get_client(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client


def _load(endpoint: str | None) -> Client:
    from shared.tasks.client import Client  # noqa: PLC0415 - the first task loads Google's libraries, not a cold start

    return Client(endpoint)
