"""The source file of every deployed function. It imports only the function that is asked for, for a short cold start.

The settings are read at the start: wrong ones stop the deployment, with line and reason, instead of failing a request.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import current_app, has_app_context

FUNCTIONS = frozenset({
    "receive_webform",
    "create_dossier",
    "link_coach",
    "receive_event",
    "pull_appointments",
    "run_task",
    "send_email",
    "sweep",
    "show_staff",
    "serve_feed",
})  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in FUNCTIONS:
        raise AttributeError(name)
    import_module("shared.wiring").environment()
    import_module("shared.work.kinds").check_kinds()
    import_module("shared.serving").serve_patiently()
    if has_app_context():  # functions-framework loads us within its app; other importers have none.
        import_module("functions._body").hold_back(current_app)
        import_module("functions._security_headers").add_security_headers(current_app)
    return getattr(import_module(f"functions.{name}"), name)
