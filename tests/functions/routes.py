"""Every route with its caller and a valid request. The suites run over all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import yaml

from functions.staff import routes as staff
from tests.functions.examples import coach_link, event, registration, sign_up
from tests.tree import ROOT
from tests.world.functions_over_http import SECRETS, SERVICE_ACCOUNT, Machine, content

OPENAPI = ROOT / "infra/openapi/dossierlink.yaml"
TABLE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "infra/functions.yaml").read_text(encoding="utf-8"))
Caller = Literal["anybody", "econobis", "hoomdossier", "google", "staff", "program"]
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
BROWSER = {"Accept": CHROME}
KINDS = ("afspraak", "woning-status", "woonplan", "gebruik", "scan-status", "pdf", "delete")
TASK = {"collection": "links", "key": "zonnig-dorp:11:1", "generation": 1}


@dataclass(frozen=True)
class Route:
    """`path` and `method` as in the OpenAPI file. `body` is None for a route that reads no body. `query` begins with `?`."""

    method: str
    path: str
    caller: Caller
    body: Any = None
    kind: str = ""
    query: str = ""

    @property
    def function(self) -> str:
        return self.path.split("/")[1]

    @property
    def name(self) -> str:
        parts = ("confirm", "made", "address", "page.js", "thanks")
        place = next((f"{part} " for part in parts if f"/{part}" in self.path), "")
        if self.method == "GET" and self.path.endswith("{form}"):
            place = "page "
        return f"{self.function} {place}{self.kind or self.method}"

    @property
    def limit(self) -> int:
        """The largest body in bytes."""
        return int(TABLE[self.function]["body_kib"]) * 1024

    def call(self, link: Machine, **call: Any) -> httpx.Response:
        return link.http.send(self.request(link, **call))

    def request(
        self,
        link: Machine,
        *,
        key: str | None = None,
        cooperation: str = "zonnig-dorp",
        form: str = "aanmelden",
        header: Callable[[str], str] = "Bearer {}".format,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> httpx.Request:
        """Calls the route with a valid key, or with `key`; `""` sends no key."""
        key = self.good_key(link) if key is None else key
        path = self.path.format(
            cooperation=cooperation,
            form=form,
            id="0" * 32,
            token="0" * 32,
            contact_id=1001,
            campaign_id=1,
            name="staff.css",
            key=key or "-",
            kind=self.kind or "afspraak",
        )
        sent = dict(headers or {})
        if self.caller in {"econobis", "google"} and key:
            sent["Authorization"] = header(key)
        if not request and self.body is not None:
            request = content(self.body)
        return link.http.build_request(self.method, f"{link.base}/functions{path}{self.query}", headers=sent, **request)

    def good_key(self, link: Machine, cooperation: str = "ZONNIG", age: str = "_NEW") -> str:
        if self.caller == "google":
            return link.queue.token(SERVICE_ACCOUNT, link.url(self.function))
        return SECRETS.get(f"{cooperation}_{self.caller.upper()}{age}", "")


ROUTES = (
    Route("POST", "/receive-webform/{cooperation}/{form}", "anybody", sign_up()),
    Route("OPTIONS", "/receive-webform/{cooperation}/{form}", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}/thanks", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}/made", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}/address", "anybody", query="?postcode=1234AB&number=12"),
    Route("GET", "/receive-webform/{cooperation}/{form}/page.js", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}/{id}", "anybody"),
    Route("GET", "/receive-webform/{cooperation}/{form}/confirm/{token}", "anybody"),
    Route("POST", "/receive-webform/{cooperation}/{form}/confirm/{token}", "anybody"),
    Route("POST", "/create-dossier/{cooperation}", "econobis", registration()),
    Route("POST", "/link-coach/{cooperation}", "econobis", coach_link()),
    *(
        Route("POST", "/receive-event/{cooperation}/{key}/hoomdossier/{kind}", "hoomdossier", event(kind), kind)
        for kind in KINDS
    ),
    Route("POST", "/pull-appointments", "google"),
    Route("POST", "/run-task", "google", TASK),
    Route("POST", "/send-email", "google", {**TASK, "collection": "mails"}),
    Route("POST", "/sweep", "google"),
)


def _of_a_page(path: str) -> str:
    return "/show-staff" + re.sub(r"<(?:int:)?(\w+)>", r"{\1}", path if path != "/" else "")


# The pages for staff have a table of their own, and tests in `staff/`.
PAGES = tuple(Route(method, _of_a_page(path), "staff", kind=f"{method} {path}") for method, path, _, _ in staff._TABLE)

# Programs that read; `tests/feed/` has their tests, because their errors have forms of their own.
FEEDS = (
    Route("GET", "/serve-feed/{cooperation}/odata/", "program"),
    Route("GET", "/serve-feed/{cooperation}/odata/$metadata", "program"),
    Route("GET", "/serve-feed/{cooperation}/odata/{table}", "program"),
    Route("GET", "/serve-feed/{cooperation}/{file}.csv", "program"),
    Route("GET", "/serve-feed/{cooperation}/{file}.jsonl", "program"),
    Route("GET", "/serve-feed/{cooperation}/calendar/{secret}.ics", "program"),
    Route("GET", "/serve-feed/{cooperation}/coach/{secret}", "program"),
    Route("POST", "/serve-feed/{cooperation}/coach/{secret}", "program"),
)


def described() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return document


def is_problem(answer: httpx.Response, status: int) -> dict[str, str]:
    """The reasons in the answer, by field."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    return {error["field"]: error["reason"] for error in body.get("errors", [])}


def page(answer: httpx.Response, status: int) -> str:
    """The page in the answer."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="nl">' in answer.text
    return answer.text
