"""The functions as Cloud Functions serves them, each under `/functions/<deployed name>` of one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import functions_framework

from main import FUNCTIONS

SOURCE = Path(__file__).parents[2] / "main.py"
CALLED_BY_SCHEDULER = ("pull-appointments", "sweep")


def mount_functions(token: Callable[[str, str], str], service_account: str, base: str) -> dict[str, WSGIApplication]:
    """`token(service_account, audience)` signs for a caller who has no token: a person plays Cloud Scheduler."""
    mounted: dict[str, WSGIApplication] = {}
    for function in sorted(FUNCTIONS):
        deployed = function.replace("_", "-")
        app: WSGIApplication = functions_framework.create_app(function, str(SOURCE))
        if deployed in CALLED_BY_SCHEDULER:
            app = _Scheduled(app, token, service_account, f"{base}/functions/{deployed}")
        mounted[f"/functions/{deployed}"] = app
    return mounted


class _Scheduled:
    def __init__(
        self, app: WSGIApplication, token: Callable[[str, str], str], service_account: str, audience: str
    ) -> None:
        self._app, self._token = app, token
        self._service_account, self._audience = service_account, audience

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_AUTHORIZATION" not in environ:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self._token(self._service_account, self._audience)}"
        return self._app(environ, start_response)
