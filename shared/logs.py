"""One JSON line per event on stdout, as Cloud Logging reads it. Only the fields below get out: nothing personal.

A reason in a peer's words may hold a name, so it is kept in the store and never logged; its class is.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset({
    "severity", "message", "function", "flow", "collection", "cooperation", "form", "kind", "work", "generation",
    "status", "outcome", "error", "seconds", "count", "pages", "due_at", "peer", "stack_trace", "library",
    "logging.googleapis.com/trace",
})  # fmt: skip
_SEVERITY = {"warning": "WARNING", "error": "ERROR", "info": "INFO", "debug": "DEBUG", "critical": "CRITICAL"}
# `traceparent` (00-TRACE-SPAN-01) or `X-Cloud-Trace-Context` (TRACE/SPAN;o=1).
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?(?!0{32})([0-9a-f]{32})(?:[-/;].*)?", re.ASCII)


def _for_cloud_logging(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["severity"] = _SEVERITY.get(method, "DEFAULT")
    event["message"] = event.pop("event", "")
    return {name: _harmless(value) for name, value in event.items() if name in ALLOWED}


def _harmless(value: Any) -> Any:
    """Econobis' keys stand in URLs, and httpx puts the URL in the text of its errors."""
    if isinstance(value, str):
        return re.sub(r"[^\s'\"]*(?:://|@)[^\s'\"]*", "[address]", value)
    return value if isinstance(value, int | float | None) else type(value).__name__


class _Libraries(logging.Handler):
    """What libraries warn of: the text as they wrote it in their code, without what they fill in."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        method = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, method)(str(record.msg).partition("\n")[0], library=record.name, error=error)


structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, _for_cloud_logging, structlog.processors.JSONRenderer()],
    logger_factory=structlog.WriteLoggerFactory(),
    cache_logger_on_first_use=False,
)

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
logging.getLogger().addHandler(_Libraries(logging.WARNING))


def needs_a_person(**where: object) -> None:
    """Something became a dead letter. An error, because operators are warned of those (README, "Operate")."""
    log.error("needs a person", **where)


def to_stderr() -> None:
    """For a command line, whose answers go to stdout."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))


def trace(header: str | None, project: str | None) -> None:
    """Joins this thread's lines to the request's trace, its `traceparent` or `X-Cloud-Trace-Context`."""
    structlog.contextvars.clear_contextvars()
    found = _TRACE.fullmatch(header or "")
    if found and project:
        structlog.contextvars.bind_contextvars(
            **{"logging.googleapis.com/trace": f"projects/{project}/traces/{found[1]}"}
        )


def where(error: BaseException) -> str:
    """Files and lines without the error's text, which may hold what somebody typed."""
    lines, entry = [], error.__traceback__
    while entry:
        lines.append(f"{entry.tb_frame.f_code.co_filename}:{entry.tb_lineno} {entry.tb_frame.f_code.co_name}")
        entry = entry.tb_next
    return "\n".join(lines)
