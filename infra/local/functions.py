"""Serves every function under `/functions/<deployed name>`, all in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from functions_framework import create_app

from main import FUNCTIONS

SOURCE = Path(__file__).parents[2] / "main.py"
CALLED_BY_SCHEDULER = frozenset({"pull-appointments", "sweep"})


def mount_functions(token: Callable[[str], str], base: str) -> dict[str, WSGIApplication]:
    """Path → WSGI app of each function.

    `token(audience)` makes an OIDC token. A request without one gets it at the functions that Cloud Scheduler calls, so
    that a person can call them with curl. `base` is the URL of the local run.
    """
    mounted: dict[str, WSGIApplication] = {}
    for function in sorted(FUNCTIONS):
        deployed = function.replace("_", "-")
        app: WSGIApplication = create_app(function, str(SOURCE))  # type: ignore[no-untyped-call]  # (it has no types)
        audience = f"{base}/functions/{deployed}" if deployed in CALLED_BY_SCHEDULER else None
        mounted[f"/functions/{deployed}"] = _Mounted(app, token, audience)
    return mounted


class _Mounted:
    """Gives the function the path `/` when the request has no more path: at Google it has its own host name."""

    def __init__(self, app: WSGIApplication, token: Callable[[str], str], audience: str | None) -> None:
        self._app, self._token, self._audience = app, token, audience

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"
        if self._audience and "HTTP_AUTHORIZATION" not in environ:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self._token(self._audience)}"
        return self._app(environ, start_response)
