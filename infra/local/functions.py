"""The functions as Cloud Functions serves them, each under `/functions/<deployed name>` of one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import functions_framework

from main import FUNCTIONS

SOURCE = Path(__file__).parents[2] / "main.py"
CALLED_BY_SCHEDULER = frozenset({"pull-appointments", "sweep"})


def mount_functions(token: Callable[[str], str], base: str) -> dict[str, WSGIApplication]:
    """`token(audience)` signs for a caller who has no token of his own: a person plays Cloud Scheduler."""
    mounted: dict[str, WSGIApplication] = {}
    for function in sorted(FUNCTIONS):
        deployed = function.replace("_", "-")
        app: WSGIApplication = functions_framework.create_app(function, str(SOURCE))  # type: ignore[no-untyped-call]  # (it has no types)
        audience = f"{base}/functions/{deployed}" if deployed in CALLED_BY_SCHEDULER else None
        mounted[f"/functions/{deployed}"] = _Mounted(app, token, audience)
    return mounted


class _Mounted:
    """A function has a host of its own at Google: its address without a path is `/`."""

    def __init__(self, app: WSGIApplication, token: Callable[[str], str], audience: str | None) -> None:
        self._app, self._token, self._audience = app, token, audience

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"
        if self._audience and "HTTP_AUTHORIZATION" not in environ:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self._token(self._audience)}"
        return self._app(environ, start_response)
