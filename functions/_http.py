"""The order of every request: check the caller, parse, one flow, answer; and the status of every error, once.

Errors are problem+json (RFC 9457) that names the field and the reason, in Dutch: residents and staff read them.
"""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from flask import Request, Response, json
from werkzeug.exceptions import HTTPException

from shared.config import google_project
from shared.errors import BadInput, LinkError, NotAllowed
from shared.logs import log, trace, where

KIB, MIB = 1024, 1024 * 1024
Handler = Callable[[Request], Response]

_TITLES = {
    400: "Dit is niet te lezen.",
    401: "De sleutel klopt niet.",
    404: "Dit adres bestaat niet.",
    405: "Deze methode kan hier niet.",
    413: "Dit is te groot.",
    415: "Deze soort inhoud wordt niet aangenomen.",
    422: "Niet alles is goed ingevuld.",
    500: "Er ging iets mis. Het is vastgelegd.",
    502: "De andere kant antwoordt niet goed.",
    503: "Dit is nu niet beschikbaar. Probeer het zo opnieuw.",
}


class UnknownAddress(LinkError):
    status = 404


def endpoint(*, limit: int, methods: Iterable[str] = ("POST",)) -> Callable[[Handler], Handler]:
    """`limit` is the largest body in bytes."""
    allowed = frozenset(methods)

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        def handle(request: Request) -> Response:
            trace(request.headers.get("X-Cloud-Trace-Context"), google_project())
            try:
                _receive(request, limit)
                if request.method not in allowed:
                    return problem(405, headers={"Allow": ", ".join(sorted(allowed))})
                return handler(request)
            except Exception as error:  # noqa: BLE001  (the one place where an error becomes an answer)
                return _failed(handler.__name__, error)

        return handle

    return wrap


def _receive(request: Request, limit: int) -> None:
    """Reads the body, up to the limit and before anybody looks at it.

    The framework reads what is left of it after our answer, and would turn one that is too large into a 500.
    """
    request.max_content_length = limit + 1  # What comes in chunks is cut off there without a word.
    try:
        too_large = len(request.get_data()) > limit
    except HTTPException as error:
        request.stream = io.BytesIO()
        if error.code != 413:
            raise
        too_large = True
    if too_large:
        raise BadInput({"body": [f"De inhoud is te groot: hooguit {limit // KIB} KiB."]}, 413)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadInput({"Content-Encoding": ["Stuur de inhoud zonder compressie."]}, 415)


def _failed(function: str, error: Exception) -> Response:
    if isinstance(error, BadInput):
        return problem(error.status, errors=error.problems)
    if isinstance(error, HTTPException):
        return problem(error.code or 400)
    if isinstance(error, NotAllowed):
        return problem(401)  # Anybody may try a key, as often as he likes: `_caller.py` and `_task.py` warn of it.
    if isinstance(error, LinkError):
        log.warning("not done", function=function, error=type(error).__name__)
        return problem(error.status, headers={"Retry-After": "5"} if error.status == 503 else None)
    broken(function, error)
    return problem(500)


def broken(function: str, error: Exception) -> None:
    """A fault of our own, in the log."""
    log.error("broken", function=function, error=type(error).__name__, stack_trace=where(error))


def problem(
    status: int, errors: Mapping[str, Iterable[str]] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    body: dict[str, Any] = {"type": "about:blank", "title": _TITLES.get(status, "Er ging iets mis."), "status": status}
    if errors:
        body["errors"] = [{"field": field, "reason": " ".join(reasons)} for field, reasons in errors.items()]
        body["detail"] = " ".join(f"{field}: {' '.join(reasons)}" for field, reasons in errors.items())
    return reply(status, body, headers, mimetype="application/problem+json")


def reply(
    status: int, body: Any, headers: Mapping[str, str] | None = None, mimetype: str = "application/json"
) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, {"Cache-Control": "no-store", **(headers or {})}, mimetype=mimetype)


def path_parts(request: Request, *counts: int) -> list[str]:
    """The parts of the path; another number of them than one of `counts` is an address that we do not have."""
    parts = [part for part in request.path.split("/") if part]
    if len(parts) not in counts:
        raise UnknownAddress
    return parts


def check_bearer(request: Request, keys: Iterable[str]) -> None:
    """Raises NotAllowed: the same for a wrong key, no key and a cooperation that we do not have (no keys)."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    check_key(given.strip(" ") if scheme.lower() == "bearer" else "", keys)


def check_key(given: str, keys: Iterable[str]) -> None:
    """In constant time, against all keys that are live."""
    digest = hashlib.sha256(given.encode(errors="replace")).digest()
    fits = [hmac.compare_digest(digest, hashlib.sha256(key.encode()).digest()) for key in (*keys, "")]
    if not any(fits[:-1]):
        raise NotAllowed
