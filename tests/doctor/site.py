"""The functions as callers from outside see them: ours answer, and Google refuses what is not public."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask, Response, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from functions.create_dossier import create_dossier
from functions.link_coach import link_coach
from functions.receive_event import receive_event
from functions.receive_webform import receive_webform
from functions.serve_feed import serve_feed
from infra.doctor.settings_file import Settings
from shared import wiring
from tests.tree import ROOT

Handler = Callable[..., Response]
PUBLIC: dict[str, Handler] = {
    "create-dossier": create_dossier,
    "link-coach": link_coach,
    "receive-event": receive_event,
    "receive-webform": receive_webform,
    "serve-feed": serve_feed,
}


def wire(folder: Path, used: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the functions the settings in `folder`. Call `wiring.forget` at the end."""
    for name, text in {
        "LINK_CONFIG": str(folder / "cooperations.yaml"),
        "LINK_STORE": f"sqlite:///{folder / 'link.sqlite'}",
        "LINK_TASKS": "cloudtasks://local/here?url=http://127.0.0.1:1/{function}",
        "LINK_BLOBS": (folder / "blobs").as_uri(),
        **{it.secret.name: f"{it.secret.name}-of-this-test" for it in used.secrets},
    }.items():
        monkeypatch.setenv(name, text)
    wiring.forget()


def site(functions: dict[str, Handler]) -> WSGIApplication:
    """Each function under its name; on any other address the page with which Google refuses."""
    google = Flask(__name__, root_path=str(ROOT))
    google.errorhandler(404)(lambda _: Response("<html><title>403 Forbidden</title>", 403))
    return DispatcherMiddleware(google, {f"/{name}": served(handler) for name, handler in functions.items()})


def served(handler: Handler) -> Flask:
    """One function on every path."""
    app = Flask(__name__, root_path=str(ROOT))
    app.before_request(lambda: handler(request))
    return app
