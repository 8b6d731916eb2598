"""Structured logs: one JSON line per event on stdout, in the format of Cloud Logging, without personal data.

Fields that are not in ALLOWED are dropped. A peer's own words may hold a name, so of an error only its class is logged;
its text is in the store.
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
# Matches `traceparent` (00-TRACE-SPAN-01) and `X-Cloud-Trace-Context` (TRACE/SPAN;o=1).
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?(?!0{32})([0-9a-f]{32})(?:[-/;].*)?", re.ASCII)


def _for_cloud_logging(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["severity"] = _SEVERITY.get(method, "DEFAULT")
    event["message"] = event.pop("event", "")
    return {name: _harmless(value) for name, value in event.items() if name in ALLOWED}


def _harmless(value: Any) -> Any:
    """The value without URLs and e-mail addresses, and the name of its type for what is no text or number.

    Econobis' keys are part of its URLs, and httpx puts the URL in the text of its errors.
    """
    if isinstance(value, str):
        return re.sub(r"[^\s'\"]*(?:://|@)[^\s'\"]*", "[address]", value)
    return value if isinstance(value, int | float | None) else type(value).__name__


class _Libraries(logging.Handler):
    """Logs the warnings of libraries: the fixed text in their code, without the values that they put into it."""

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
"""The only logger. The event is a fixed text; fields have to be in ALLOWED."""

logging.getLogger().addHandler(_Libraries(logging.WARNING))


def needs_a_person(**where: object) -> None:
    """Logs that there is a new dead letter. `where` are fields of ALLOWED.

    An error, because operators set an alert on errors (README, "Operate").
    """
    log.error("needs a person", **where)


def to_stderr() -> None:
    """Writes the logs to stderr from now on, for a command line whose output goes to stdout."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))


def trace(header: str | None, project: str | None) -> None:
    """Adds the trace of the current request to the lines of this thread. Call it at the start of each request.

    `header` is the request's `traceparent` or `X-Cloud-Trace-Context`. Without a valid one, or without the Google Cloud
    `project`, lines get no trace.
    """
    structlog.contextvars.clear_contextvars()
    found = _TRACE.fullmatch(header or "")
    if found and project:
        structlog.contextvars.bind_contextvars(
            **{"logging.googleapis.com/trace": f"projects/{project}/traces/{found[1]}"}
        )


def where(error: BaseException) -> str:
    """The stack trace of an error as files and lines, without its text, which may hold what somebody typed."""
    lines, entry = [], error.__traceback__
    while entry:
        lines.append(f"{entry.tb_frame.f_code.co_filename}:{entry.tb_lineno} {entry.tb_frame.f_code.co_name}")
        entry = entry.tb_next
    return "\n".join(lines)
