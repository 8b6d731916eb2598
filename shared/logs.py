"""One JSON line per event on stdout, as Cloud Logging reads it. Only the fields below get out: nothing personal.

A reason in a peer's words may hold a name, so it is kept in the store and never logged; its class is.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset({
    "severity", "message", "function", "flow", "collection", "cooperation", "form", "kind", "work", "generation",
    "status", "outcome", "error", "seconds", "count", "pages", "due_at", "peer", "stack_trace",
    "logging.googleapis.com/trace",
})  # fmt: skip
_SEVERITY = {"warning": "WARNING", "error": "ERROR", "info": "INFO", "debug": "DEBUG", "critical": "CRITICAL"}


def _for_cloud_logging(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["severity"] = _SEVERITY.get(method, "DEFAULT")
    event["message"] = event.pop("event", "")
    return {name: value for name, value in event.items() if name in ALLOWED}


structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, _for_cloud_logging, structlog.processors.JSONRenderer()],
    logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
    cache_logger_on_first_use=False,
)

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def trace(header: str | None, project: str | None) -> None:
    """Joins this thread's lines to the request's trace (`X-Cloud-Trace-Context: TRACE_ID/SPAN;o=1`)."""
    structlog.contextvars.clear_contextvars()
    trace_id = (header or "").partition("/")[0]
    if trace_id and project:
        structlog.contextvars.bind_contextvars(
            **{"logging.googleapis.com/trace": f"projects/{project}/traces/{trace_id}"}
        )
