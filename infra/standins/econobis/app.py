"""Econobis' API as far as the link meets it (`docs/peers/econobis.md` 2-5), and what its own screens call.

POST /api/webform/external/{key}            the webform
POST /api/{key}/hoomdossier/{kind}          the seven endpoints for Hoomdossier
GET  /api/contact/{id}/make-hoomdossier     the button *Maak Hoomdossier*
POST /api/quotation-request                 the form of a new kansactie; …/{id}/update of one that is there

The last three need a login in Econobis; here anybody is the same employee. Pages: `pages.py`.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from infra.standins.database import Database, Row
from infra.standins.econobis import case, endpoints, kansactie_form, outgoing, pages, webform
from infra.standins.econobis.endpoints.endpoint import SERVER_ERROR
from infra.standins.econobis.outgoing import AbortError
from infra.standins.econobis.seed import links, seed, webforms
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.econobis.throttle import Throttle, TooManyError
from infra.standins.econobis.webform.faults import BrokenError, CrashError
from infra.standins.econobis.webform.php import to_text
from infra.standins.stand_in import Controls

api = Blueprint("api", __name__, url_prefix="/api")
screens = Blueprint("screens", __name__, url_prefix="/api")


def create_econobis(cooperation: str, database: Database, settings: EconobisSettings) -> Controls:
    """A stand-in to be mounted under `/econobis/{cooperation}`; an empty database gets the start of the demo."""
    throttle = Throttle()
    if not database.rows("webforms"):
        seed(database, cooperation, settings)
    elif database.rows("webforms", api_key=settings.webform_key):
        # What was kept from an earlier run may still point to another port, or be of before there was a second key.
        for row in database.rows("cooperations"):
            database.update("cooperations", row["id"], **links(settings))
        for webform in webforms(cooperation, settings):
            if not database.rows("webforms", api_key=webform["api_key"]):
                database.insert("webforms", **webform)
    app = Flask(__name__)
    app.extensions["econobis"] = {"database": database, "throttle": throttle}
    for blueprint in (api, screens, pages.pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _failed)

    def reset() -> None:
        throttle.forget()
        seed(database, cooperation, settings)

    def load(recorded: Row) -> None:
        throttle.forget()
        case.load_case(database, recorded)

    return Controls(app, database, reset, load)


# -- what others call --------------------------------------------------------------------------------------------------


@api.before_request
def _count() -> None:
    throttle: Throttle = current_app.extensions["econobis"]["throttle"]
    g.throttle_headers = throttle.count(request.remote_addr or "", _database().now())


@api.after_request
def _tell_how_many_are_left(response: Response) -> Response:
    response.headers.update(g.get("throttle_headers", {}))
    return response


@api.post("/webform/external/<key>")
def post_webform(key: str) -> Response:
    kind, caller = request.headers.get("Content-Type", ""), request.remote_addr or ""
    answer = webform.post(_database(), key, kind, request.get_data(), caller, request.query_string)
    return _framework_or_lines(answer.status, answer.body, answer.headers)


@api.post(f"/<key>/hoomdossier/<any({', '.join(map(repr, endpoints.KINDS))}):kind>")
def post_endpoint(key: str, kind: str) -> Response:
    return _framework_or_lines(*endpoints.post(_database(), key, kind, request.get_data()))


# -- what an employee's screen calls -----------------------------------------------------------------------------------


@screens.get("/contact/<contact_id>/make-hoomdossier")
def make_hoomdossier(contact_id: str) -> Response:
    """The bare account id, as text, like Laravel does with a number."""
    return Response(to_text(outgoing.make_dossier(_database(), contact_id)), mimetype="text/html")


@screens.post("/quotation-request")
def store_quotation_request() -> Response:
    return _json(201, {"data": kansactie_form.store(_database(), _form())})


@screens.post("/quotation-request/<id_>/update")
def update_quotation_request(id_: str) -> Response:
    return _json(200, {"data": kansactie_form.update(_database(), id_, _form())})


def _form() -> Row:
    data = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return data if isinstance(data, dict) else {}


# -- answers -----------------------------------------------------------------------------------------------------------


def _database() -> Database:
    database: Database = current_app.extensions["econobis"]["database"]
    return database


def _framework_or_lines(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Log lines are always JSON; Laravel's own body only for who asks for JSON."""
    return _json(status, body, headers) if isinstance(body, list) else _framework(status, body, headers)


def _framework(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    accepted = request.headers.get("Accept", "").split(",")[0]
    if "/json" in accepted or "+json" in accepted:
        return _json(status, body, headers)
    return Response(f"<!DOCTYPE html><title>{body.get('message')}</title>", status, headers)


def _failed(error: Exception) -> Response:
    if isinstance(error, TooManyError):
        return _framework(429, {"message": str(error)}, error.headers)
    if isinstance(error, AbortError):
        return _json(error.status or 500, error.body())
    if isinstance(error, HTTPException):
        return _framework(*_http_error(error))
    if not isinstance(error, BrokenError | CrashError):
        current_app.logger.error("the stand-in itself failed", exc_info=error)
    return _json(500, SERVER_ERROR) if request.blueprint == "screens" else _framework(500, SERVER_ERROR)


def _http_error(error: HTTPException) -> tuple[int, Row, dict[str, str]]:
    path = request.path.strip("/")
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
        text = f"The {request.method} method is not supported for route {path}. Supported methods: {allowed}."
        return 405, {"message": text}, {"Allow": allowed}
    text = f"The route {path} could not be found." if isinstance(error, NotFound) else error.name
    return error.code or 500, {"message": text}, {}


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """As PHP writes it: `/` and whatever is not ASCII escaped."""
    text = json.dumps(body, separators=(",", ":")).replace("/", "\\/")
    return Response(text, status, headers, mimetype="application/json")
