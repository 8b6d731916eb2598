"""What Cloud Functions loads. It imports only the function that is asked for, so a cold start pays for one.

The settings are read at once: wrong ones stop the start, with the line and the reason, and not a resident.
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
})  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in FUNCTIONS:
        raise AttributeError(name)
    import_module("shared.wiring").environment()
    import_module("shared.serving").serve_patiently()
    if has_app_context():  # The framework's, that loads us.
        import_module("functions._body").hold_back(current_app)
    return getattr(import_module(f"functions.{name}"), name)
