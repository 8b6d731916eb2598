"""The order of every request: check method, path, key and Content-Length; read the body; parse; run one flow; answer.

A body is read only after the checks (`_body.py`). Each error gets its status here. Errors are problem+json (RFC 9457)
with the field and the reason in Dutch, because residents and staff read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVarTuple

from flask import Request, Response, json
from werkzeug.exceptions import HTTPException

from functions._body import check_head
from shared.config import google_project, revision
from shared.errors import BadInput, LinkError, NotAllowed, TooMany
from shared.logs import begin_request, broken, log
from shared.traces import trace_of_request

# The keys in `BadInput.problems` that are no field of a form.
_NO_FIELD = frozenset({"body", "Content-Type", "Content-Encoding"})

_TITLES = {
    400: "Dit is niet te lezen.",
    401: "De sleutel klopt niet.",
    403: "Dit kan vanaf hier niet.",
    404: "Dit adres bestaat niet.",
    405: "Deze methode kan hier niet.",
    410: "Dit is er niet meer.",
    413: "Dit is te groot.",
    415: "Deze soort inhoud wordt niet aangenomen.",
    422: "Niet alles is goed ingevuld.",
    429: "Dit is te veel in korte tijd.",
    500: "Er ging iets mis. Het is vastgelegd.",
    502: "De andere kant antwoordt niet goed.",
    503: "Dit is nu niet beschikbaar. Probeer het zo opnieuw.",
}


class UnknownAddress(LinkError):
    """No cooperation, form or document has this path."""

    status = 404


class WrongMethod(LinkError):
    """`allowed` are the methods of this address, for the header `Allow`."""

    status = 405

    def __init__(self, *allowed: str) -> None:
        super().__init__()
        self.allowed = sorted(allowed)


@dataclass(frozen=True)
class Refusal:
    """Why a request was refused, before it is an answer.

    `errors` maps a field to texts in Dutch, and `labels` a field to what residents call it. `headers` go along with the
    answer. `cause` is the error that it comes from, None for a mistake of our own.
    """

    status: int
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cause: LinkError | None = None

    def told(self, say: Callable[[str], str] = str) -> list[tuple[str, str]]:
        """Pairs of the field's label, `""` for the request as a whole, and the text about it.

        `say` puts each reason into another language.
        """
        return [
            ("" if name in _NO_FIELD else self.labels.get(name, name), " ".join(say(reason) for reason in reasons))
            for name, reasons in self.errors.items()
        ]


def problem(_request: Request, refusal: Refusal) -> Response:
    """The refusal as problem+json."""
    status = refusal.status
    body: dict[str, Any] = {"type": "about:blank", "title": _TITLES.get(status, "Er ging iets mis."), "status": status}
    if refusal.errors:
        body["errors"] = [{"field": name, "reason": " ".join(texts)} for name, texts in refusal.errors.items()]
        body["detail"] = " ".join(f"{label}: {text}" if label else text for label, text in refusal.told())
    return reply(status, body, refusal.headers, mimetype="application/problem+json")


Admitted = TypeVarTuple("Admitted")
Handler = Callable[[Request], Response]
Refuse = Callable[[Request, Refusal], Response]


def endpoint(
    admit: Callable[[Request], tuple[*Admitted]],
    *,
    limit: int,
    methods: Iterable[str] = ("POST",),
    refuse: Refuse = problem,
    quiet: tuple[type[LinkError], ...] = (),
) -> Callable[[Callable[[Request, *Admitted], Response]], Handler]:
    """Makes a handler into a function that Cloud Functions can call.

    `admit` checks path and key; it returns the handler's further arguments, or raises NotAllowed or UnknownAddress.
    `limit` is the largest body in bytes. `refuse` turns every error into the answer. `quiet` are the errors of every
    day, which get no line in the log; those that derive from them do get one.
    """
    allowed = frozenset(methods)

    def wrap(handler: Callable[[Request, *Admitted], Response]) -> Handler:
        @wraps(handler)
        def handle(request: Request) -> Response:
            headers = request.headers
            trace = trace_of_request(headers.get("traceparent"), headers.get("X-Cloud-Trace-Context"))
            begin_request(handler.__name__, trace, project=google_project(), revision=revision())
            try:
                if request.method not in allowed:
                    raise WrongMethod(*allowed)
                request.max_content_length = limit
                admitted = admit(request)
                check_head(request)
                return handler(request, *admitted)
            except Exception as error:  # noqa: BLE001  (the one place where an error becomes an answer)
                return refuse(request, _why(handler.__name__, error, quiet))

        return handle

    return wrap


def _why(function: str, error: Exception, quiet: tuple[type[LinkError], ...]) -> Refusal:
    if isinstance(error, BadInput):
        after = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
        return Refusal(error.status, error.problems, error.labels, after, error)
    if isinstance(error, WrongMethod):
        return Refusal(405, headers={"Allow": ", ".join(error.allowed)}, cause=error)
    if isinstance(error, HTTPException):
        return Refusal(error.code or 400)
    if isinstance(error, NotAllowed):
        return Refusal(401)  # Not logged here: `_peer_keys.py` and `_google.py` raise an alarm, at most once an hour.
    if isinstance(error, LinkError):
        if type(error) not in quiet:
            log.warning("not done", function=function, error=type(error).__name__)
        return Refusal(error.status, headers={"Retry-After": "5"} if error.status == 503 else {}, cause=error)
    broken(error, function=function)
    return Refusal(500)


def reply(
    status: int, body: Any, headers: Mapping[str, str] | None = None, mimetype: str = "application/json"
) -> Response:
    """`body` as JSON."""
    return Response(json.dumps(body, ensure_ascii=False), status, headers, mimetype=mimetype)


def own_path(request: Request) -> str:
    """The path of this request as the browser asks for it, without a slash at its end."""
    return f"{request.root_path.rstrip('/')}{request.path.rstrip('/')}"


def path_parts(request: Request, *counts: int) -> list[str]:
    """The parts of the path. Raises UnknownAddress when their number is none of `counts`."""
    parts = [part for part in request.path.split("/") if part]
    if len(parts) not in counts:
        raise UnknownAddress
    return parts
