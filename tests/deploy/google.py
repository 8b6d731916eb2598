"""What Google itself answers over HTTP: who may do what, and a 404 for a function that is not reachable from outside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from infra.deploy.permissions import FOR_EVENT_HOSTS, ROLES
from infra.function_table import rows
from tests.world.functions_over_http import functions


@dataclass
class Google:
    """The real functions behind Google's front. `lacking` are the permissions that the caller does not have.

    `open_to_all` lets strangers through to internal functions too; `down` names functions that do not answer well.
    """

    lacking: set[str] = field(default_factory=set)
    open_to_all: bool = False
    down: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.calls.append(f"{environ['REQUEST_METHOD']} {path}")
        if path.endswith(":testIamPermissions"):
            have = sorted({*ROLES.values(), *FOR_EVENT_HOSTS.values()} - self.lacking)
            return _answer(start, "200 OK", json.dumps({"permissions": have}), "application/json")
        function, _, rest = path.lstrip("/").partition("/")
        if function in self.down:
            return _answer(start, "500 Internal Server Error", "<h1>Service Unavailable</h1>")
        if not rows()[function].is_public and not self.open_to_all:
            return _answer(start, "404 Not Found", "<title>404 Page not found</title>")
        if rows()[function].credential == "sign_in" and not self.open_to_all:
            return _answer(start, "302 Found", "<a href='https://accounts.google.com/'>Sign in</a>")
        app: WSGIApplication = functions()[f"/functions/{function}"]
        return app({**environ, "PATH_INFO": f"/{rest}"}, start)


def _answer(start: StartResponse, status: str, body: str, kind: str = "text/html") -> list[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body.encode())))])
    return [body.encode()]
