"""The controls that both stand-ins of a peer share: read and set the state, see requests, add faults.

`Controls` wraps the WSGI app of a stand-in and adds:
    GET  /_state     every table, the clock and the faults
    POST /_state     loads a recorded case: database_before, now, …
    GET  /_received  the API requests in order of arrival, each with the status that it got
    POST /_reset     back to the start of the demo, without faults
    POST /_faults    adds faults: a JSON list of `Fault`
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from pydantic import BaseModel, TypeAdapter, ValidationError
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from infra.standins.database import Database, Row
from infra.standins.server import drop_connection

LONG_BODY = 200_000  # characters; of a longer body only the start is kept


class Fault(BaseModel, extra="forbid"):
    """Spoils the next `times` API calls whose path contains `match`.

    status       answers `status` (500) with `body` and `headers`, and does not do the work
    delay        waits `seconds`, then works as usual
    reset        drops the connection, and does not do the work
    lost_answer  does the work, then drops the connection
    body         does the work, then answers `body` (and `status` and `headers` when given)
    """

    match: str = ""
    times: int = 1
    kind: Literal["status", "delay", "reset", "lost_answer", "body"]
    status: int | None = None
    headers: dict[str, str] = {}
    body: str = ""
    seconds: float = 0


_faults = TypeAdapter(list[Fault])


class Controls:
    """`reset` fills an empty database with the start of the demo; `load` puts a recorded case (JSON) into it."""

    def __init__(
        self, app: WSGIApplication, database: Database, reset: Callable[[], None], load: Callable[[Row], None]
    ) -> None:
        self.app = app
        self.database = database
        self.reset = reset
        self.load = load

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        control = getattr(self, f"{request.method.lower()}{request.path[1:]}", None)
        if request.path.startswith("/_"):
            answer = control(request) if control else Response(status=404)
        elif request.path.startswith("/api/"):
            answer = self._api(request)
        else:
            return self.app(environ, start_response)
        return answer(environ, start_response) if answer else _dropped(environ)

    # -- controls --------------------------------------------------------------------------------------------------

    def get_state(self, _request: Request) -> Response:
        tables = {name: rows for name, rows in self.database.dump().items() if not name.startswith("_")}
        return _json({**tables, "now": self.database.now().isoformat(), "faults": self.database.rows("_faults")})

    def get_received(self, _request: Request) -> Response:
        return _json(self.database.rows("_received"))

    def post_state(self, request: Request) -> Response:
        """Loads the recorded case in the body, and answers as `get_state`."""
        with self.database.transaction():
            self.load(request.get_json(force=True))
        return self.get_state(request)

    def post_reset(self, request: Request) -> Response:
        """Removes everything, fills in the start of the demo, and sets the clock to the real time."""
        with self.database.transaction():
            self.database.replace_all({})
            self.database.set_now(None)
            self.reset()
        return self.get_state(request)

    def post_faults(self, request: Request) -> Response:
        """Adds faults. Answers 422 with the errors when the body is not a list of `Fault`."""
        try:
            faults = _faults.validate_json(request.get_data())
        except ValidationError as error:
            return Response(error.json(include_url=False), 422, mimetype="application/json")
        with self.database.transaction():
            for fault in faults:
                self.database.insert("_faults", **fault.model_dump())
        return _json(self.database.rows("_faults"))

    # -- a call to the API -----------------------------------------------------------------------------------------

    def _api(self, request: Request) -> Response | None:
        """Answers a call to the peer's API; None means that the connection is to be dropped."""
        received = self._record(request)
        fault = self._take_fault(request.path)
        if fault and fault.kind == "delay":
            time.sleep(fault.seconds)
        if fault and fault.kind == "status":
            response = Response(fault.body, fault.status or 500, fault.headers)
        elif fault and fault.kind == "reset":
            self._note(received, "reset")
            return None
        else:
            response = Response(*_answer(self.app, request.environ))
        if fault and fault.kind == "body":
            response = Response(fault.body, fault.status or response.status_code, fault.headers or response.headers)
        answered = "lost" if fault and fault.kind == "lost_answer" else response.status_code
        self._note(received, answered)
        return None if answered == "lost" else response

    def _note(self, received: Row, answered: str | int) -> None:
        """Stores the outcome with the request, unless a reset removed that request while the call was under way."""
        with self.database.transaction():
            if self.database.row("_received", received["id"]):
                self.database.update("_received", received["id"], answered=answered)

    def _record(self, request: Request) -> Row:
        raw = request.get_data()
        request.environ["wsgi.input"] = io.BytesIO(raw)
        request.environ["CONTENT_LENGTH"] = str(len(raw))
        body = raw.decode(errors="replace")
        kept: Row = {"body": body} if len(body) <= LONG_BODY else {"body_first_400": body[:400], "length": len(body)}
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return self.database.insert(
            "_received",
            at=self.database.now().isoformat(),
            method=request.method,
            path=request.path + query,
            headers=dict(request.headers),
            **kept,
        )

    def _take_fault(self, path: str) -> Fault | None:
        with self.database.transaction():
            for row in self.database.rows("_faults"):
                fault = Fault.model_validate({name: value for name, value in row.items() if name != "id"})
                if fault.match in path and fault.times > 0:
                    self.database.update("_faults", row["id"], times=fault.times - 1)
                    return fault
        return None


def _answer(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[bytes, str, Any]:
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return b"".join(body), status, headers


def _dropped(environ: WSGIEnvironment) -> Iterable[bytes]:
    drop_connection(environ)
    raise ConnectionResetError("dropped on purpose")


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
