"""Structured logs: one JSON line per event on stdout, in the format of Cloud Logging, without personal data.

Fields that are not in ALLOWED are dropped. A peer's own words may hold a name, so of an error only its class is logged;
its text is in the store.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from shared.log_output import Output
from shared.traces import Trace, read_traceparent

ALLOWED = frozenset({
    "severity", "message", "function", "flow", "collection", "cooperation", "form", "kind", "work", "generation",
    "status", "outcome", "error", "seconds", "count", "pages", "due_at", "peer", "stack_trace", "library",
})  # fmt: skip
LONGEST_TEXT = 1000  # characters of a value, so that a line stays below the 4096 bytes of `log_output.py`
LONGEST_STACK = 2000
MOST_FRAMES = 20

_SEVERITY = {"warning": "WARNING", "error": "ERROR", "info": "INFO", "debug": "DEBUG", "critical": "CRITICAL"}
_REPORTED = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
_WORD = re.compile(r"[^\s'\"]+")
_FRAME = re.compile(r'File "([^"]*)", line ([0-9]+), in (\S+)')

_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)
_project: ContextVar[str | None] = ContextVar("project", default=None)
_revision: ContextVar[str | None] = ContextVar("revision", default=None)
_output = Output()


def _for_cloud_logging(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["severity"] = _SEVERITY.get(method, "DEFAULT")
    event["message"] = event.pop("event", "")
    line = {name: _harmless(name, value) for name, value in event.items() if name in ALLOWED}
    return line | _trace_fields() | (_report(line) if line["severity"] in {"ERROR", "CRITICAL"} else {})


def _harmless(name: str, value: Any) -> Any:
    """The value without URLs and e-mail addresses, and the name of its type for what is no text or number.

    Econobis' keys are part of its URLs, and httpx puts the URL in the text of its errors.
    """
    if isinstance(value, str):
        harmless = _WORD.sub(_without_address, value)
        return harmless[-LONGEST_STACK:] if name == "stack_trace" else harmless[:LONGEST_TEXT]
    return value if isinstance(value, int | float | None) else type(value).__name__


def _without_address(word: re.Match[str]) -> str:
    return "[address]" if "://" in word[0] or "@" in word[0] else word[0]


def _trace_fields() -> dict[str, Any]:
    trace, project = _trace.get(), _project.get()
    if trace is None or project is None:
        return {}
    return {
        "logging.googleapis.com/trace": f"projects/{project}/traces/{trace.trace_id}",
        "logging.googleapis.com/spanId": trace.span_id,
        "logging.googleapis.com/trace_sampled": trace.sampled,
    }


def _report(line: MutableMapping[str, Any]) -> dict[str, Any]:
    """The fields with which Error Reporting shows an ERROR, which is what needs a person, and groups it with its like.

    It groups by stack trace. A line without one gets the part of the link and the kind of error as its place.
    """
    service: dict[str, Any] = {"service": str(line.get("function") or "dossierlink").replace("_", "-")}
    if revision := _revision.get():
        service["version"] = revision
    return {"@type": _REPORTED, "serviceContext": service, "context": {"reportLocation": _place(line)}}


def _place(line: MutableMapping[str, Any]) -> dict[str, Any]:
    if frames := _FRAME.findall(str(line.get("stack_trace", ""))):
        path, number, function = frames[-1]
        return {"filePath": path, "lineNumber": int(number), "functionName": function}
    part = next((str(line[name]) for name in ("flow", "function", "library", "collection") if line.get(name)), "link")
    what = next((str(line[name]) for name in ("error", "kind", "message") if line.get(name)), "")
    return {"filePath": part, "functionName": what.replace(" ", "_")}


class _Libraries(logging.Handler):
    """Logs the warnings of libraries: the fixed text in their code, without the values that they put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        method = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, method)(str(record.msg).partition("\n")[0], library=record.name, error=error)


class _Lines:
    """What structlog writes to. All levels are written alike."""

    def msg(self, line: str) -> None:
        if dropped := _output.write(line):
            log.warning("log lines were dropped", count=dropped)

    debug = info = warning = error = critical = msg


structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, _for_cloud_logging, structlog.processors.JSONRenderer()],
    logger_factory=lambda *_: _Lines(),
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


def broken(error: BaseException, **where: object) -> None:
    """Logs a mistake of our own code, without its message: that may hold personal data. `where` as above."""
    log.error("broken", error=type(error).__name__, stack_trace=stack_of(error), **where)


def to_stderr() -> None:
    """Writes the logs to stderr from now on, for a command line whose output goes to stdout."""
    _output.to_stderr = True


# -- what all lines of a request or a task have in common --------------------------------------------------------------


def begin_request(function: str, trace: Trace, *, project: str | None, revision: str | None = None) -> None:
    """Call it at the start of each request: the lines of this thread then belong to `function` and `trace`.

    Without the Google Cloud `project` lines get no trace. `revision` is the version of the function.
    """
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(function=function)
    _trace.set(trace)
    _project.set(project)
    _revision.set(revision)


@contextmanager
def about(traceparent: str = "", **fields: object) -> Iterator[None]:
    """Adds these fields to all lines within, and the trace of stored work: that of the request which it came from.

    When `traceparent` is empty, or of the trace that is going on, the present trace stays.
    """
    stored, present = read_traceparent(traceparent), _trace.get()
    changes = stored is not None and (present is None or present.trace_id != stored.trace_id)
    token = _trace.set(stored) if changes else None
    try:
        with structlog.contextvars.bound_contextvars(**fields):
            yield
    finally:
        if token:
            _trace.reset(token)


def current_traceparent() -> str:
    """The trace that is going on, for what is stored and for tasks; "" outside a request."""
    trace = _trace.get()
    return trace.header if trace else ""


def stack_of(error: BaseException) -> str:
    """The stack trace in Python's own form, without the error's text, which may hold what somebody typed."""
    frames, entry = [], error.__traceback__
    while entry:
        code = entry.tb_frame.f_code
        frames.append(f'  File "{code.co_filename}", line {entry.tb_lineno}, in {code.co_name}')
        entry = entry.tb_next
    return "\n".join(["Traceback (most recent call last):", *frames[-MOST_FRAMES:], type(error).__name__])
