"""Cloud Tasks as the flows use it: a named task calls one of our functions at least once, now or later.

`client.py` holds Google's client; a local run uses it with the server of `infra/standins/cloud_tasks`.
`google_token.py` checks that a call of a function comes from this queue.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from shared.errors import TooBig

if TYPE_CHECKING:
    from shared.tasks.client import Client

MAX_BODY = 1_000_000
"""Bytes. Cloud Tasks accepts tasks of 1 MiB, name, URL and headers included.

It answers a larger one as if it were busy (gRPC's own limit), so the task would be retried for ever.
"""

_task_id = re.compile(r"[A-Za-z0-9_-]{1,500}")
_url = re.compile(r"https?://[^/{}]+(/|$)")


@dataclass(frozen=True)
class QueueAddress:
    """What the variable LINK_TASKS says:

    `cloudtasks://<project>/<location>?url=https://<base>/{function}&service_account=<email>`, and for a local server
    also `endpoint=127.0.0.1:8123` and `certs=http://127.0.0.1:8124/oauth2/v1/certs`.

    `parent` is `projects/…/locations/…`. `url` is the address of a function, with `{function}` for its deployed name.
    """

    parent: str
    url: str
    service_account: str | None = None
    endpoint: str | None = None
    certs_url: str | None = None

    @classmethod
    def parse(cls, text: str) -> QueueAddress:
        """Raises ValueError with the reason and the text, which holds no secret."""
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

    def url_of(self, function: str) -> str:
        """The URL of a function, by its deployed name (`run-task`)."""
        return self.url.replace("{function}", function)

    def check_deployed(self) -> None:
        """Raises ValueError when this is no setting for Google Cloud: tasks and tokens then go over https only."""
        if not self.url.startswith("https://"):
            raise ValueError(f"in Google Cloud url= starts with https://: {self.url}")
        if self.endpoint or self.certs_url:
            raise ValueError("endpoint= and certs= are for a local run only")


@dataclass(frozen=True)
class NewTask:
    """A task as `client.py` sends it. `name` is the full name, `projects/…/tasks/…`; `body` is JSON.

    With `service_account` the call carries an OIDC token of that account, whose audience is `url`. `at` (aware) is the
    earliest moment of the call; None: at once. `traceparent` is a header of the call, "" for none.
    """

    name: str
    url: str
    body: bytes
    service_account: str | None
    at: datetime | None
    traceparent: str = ""


class Queue:
    """Safe to use from several threads. Loads Google's libraries and connects at the first task."""

    def __init__(
        self,
        connect: Callable[[], Client],
        parent: str,
        target_url_for: Callable[[str], str],
        service_account: str | None,
    ) -> None:
        """`parent` and `service_account` as in QueueAddress. `target_url_for` maps a deployed name to its URL."""
        self._connect = connect
        self._parent = parent
        self._target_url_for = target_url_for
        self._service_account = service_account
        self._client: Client | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str) -> Queue:
        """The queue that the variable LINK_TASKS describes (see QueueAddress). Raises ValueError."""
        address = QueueAddress.parse(url)
        return cls(
            connect=lambda: _load(address.endpoint),
            parent=address.parent,
            target_url_for=address.url_of,
            service_account=address.service_account,
        )

    def target_url(self, function: str) -> str:
        """The URL of a function, also the audience of its token. Takes the name in code or the deployed name."""
        return self._target_url_for(function.replace("_", "-"))

    def enqueue(  # noqa: PLR0913  (a task consists of these)
        self,
        function: str,
        body: Mapping[str, object],
        *,
        name: str,
        at: datetime | None = None,
        queue: str = "default",
        traceparent: str = "",
    ) -> None:
        """Makes a task that calls `function` with `body` as JSON, not before `at` (aware; at most 30 days from now).

        The call has the header `traceparent`, unless it is empty.

        `name` is made of letters, digits, - and _, and holds no personal data. Does nothing when a task has this name,
        or had it until about a day ago. Raises StoreUnavailable within two seconds when the task may not have been
        made, TooBig for a body over MAX_BODY, and ValueError for a name or time that Cloud Tasks never accepts.
        """
        if not _task_id.fullmatch(name):
            raise ValueError(f"not a task name: {name!r}")
        if at is not None and at.tzinfo is None:
            raise ValueError("a time without a zone")
        content = json.dumps(dict(body), ensure_ascii=False, separators=(",", ":")).encode()
        if len(content) > MAX_BODY:
            raise TooBig(f"a task of {len(content)} bytes")
        full_name = f"{self._parent}/queues/{queue}/tasks/{name}"
        url = self.target_url(function)
        self._get_client().create(NewTask(full_name, url, content, self._service_account, at, traceparent))

    def _get_client(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client


def _load(endpoint: str | None) -> Client:
    from shared.tasks.client import Client  # noqa: PLC0415 - keeps Google's libraries out of a cold start

    return Client(endpoint)
