"""The routes of the stand-in (docs/peers/econobis.md 2 to 5), and the answers of the framework, Laravel.

POST /api/webform/external/{key}            the web form
POST /api/{key}/hoomdossier/{kind}          the seven endpoints for Hoomdossier
GET  /api/contact/{id}/make-hoomdossier     the button *Maak Hoomdossier*
POST /api/quotation-request                 a new kansactie; …/{id}/update changes one

The last two need a login in the real Econobis; here every caller is the same employee. The pages: `screens/pages.py`.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from infra.standins.database import Database, Row
from infra.standins.econobis import events, webform
from infra.standins.econobis.events.endpoint import SERVER_ERROR
from infra.standins.econobis.faults import AbortError, BrokenError, CrashError
from infra.standins.econobis.hoomdossier_calls import register
from infra.standins.econobis.load_case import load_case
from infra.standins.econobis.php import to_text
from infra.standins.econobis.screens import kansactie_form
from infra.standins.econobis.screens.pages import pages
from infra.standins.econobis.seed import hoomdossier_columns, seed, webforms
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.econobis.throttle import Throttle, TooManyError
from infra.standins.look import new_app
from infra.standins.stand_in import Controls

api = Blueprint("api", __name__, url_prefix="/api")
screens = Blueprint("screens", __name__, url_prefix="/api")


def create_econobis(cooperation: str, database: Database, settings: EconobisSettings) -> Controls:
    """A stand-in to mount under `/econobis/{cooperation}`. An empty database is filled with the start of the demo."""
    throttle = Throttle()
    if not database.rows("webforms"):
        seed(database, cooperation, settings)
    elif database.rows("webforms", api_key=settings.webform_key):
        # The database is of an earlier run, which may have had another port and no second key.
        for row in database.rows("cooperations"):
            database.update("cooperations", row["id"], **hoomdossier_columns(settings))
        for webform in webforms(cooperation, settings):
            if not database.rows("webforms", api_key=webform["api_key"]):
                database.insert("webforms", **webform)
    app = new_app(__name__)
    app.extensions["econobis"] = {"database": database, "throttle": throttle}
    for blueprint in (api, screens, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _failed)

    def reset() -> None:
        throttle.forget()
        seed(database, cooperation, settings)

    def load(recorded: Row) -> None:
        throttle.forget()
        load_case(database, recorded)

    return Controls(app, database, reset, load)


# -- called by others --------------------------------------------------------------------------------------------------


@api.before_request
def _count() -> None:
    throttle: Throttle = current_app.extensions["econobis"]["throttle"]
    g.throttle_headers = throttle.count(request.remote_addr or "", _database().now())


@api.after_request
def _add_throttle_headers(response: Response) -> Response:
    response.headers.update(g.get("throttle_headers", {}))
    return response


@api.post("/webform/external/<key>")
def post_webform(key: str) -> Response:
    content_type = request.headers.get("Content-Type", "")
    return _framework_or_lines(*webform.post(_database(), key, content_type, request.get_data(), request.query_string))


@api.post(f"/<key>/hoomdossier/<any({', '.join(map(repr, events.KINDS))}):kind>")
def post_endpoint(key: str, kind: str) -> Response:
    return _framework_or_lines(*events.post(_database(), key, kind, request.get_data()))


# -- called by an employee's screen ------------------------------------------------------------------------------------


@screens.get("/contact/<contact_id>/make-hoomdossier")
def make_hoomdossier(contact_id: str) -> Response:
    """The account id as plain text, which is what Laravel makes of a number."""
    return Response(to_text(register.make_dossier(_database(), contact_id)), mimetype="text/html")


@screens.post("/quotation-request")
def store_quotation_request() -> Response:
    return _json(201, {"data": {"id": kansactie_form.store(_database(), _form())["id"]}})


@screens.post("/quotation-request/<id_>/update")
def update_quotation_request(id_: str) -> Response:
    return _json(200, {"data": {"id": kansactie_form.update(_database(), id_, _form())["id"]}})


def _form() -> Row:
    data = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return data if isinstance(data, dict) else {}


# -- answers -----------------------------------------------------------------------------------------------------------


def _database() -> Database:
    database: Database = current_app.extensions["econobis"]["database"]
    return database


def _framework_or_lines(status: int, body: Any) -> Response:
    """Log lines are always JSON."""
    return _json(status, body) if isinstance(body, list) else _framework(status, body)


def _framework(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Laravel's own answers: JSON for a caller who asks for JSON, else a page."""
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
    """JSON as PHP writes it, with `/` and every character outside ASCII escaped."""
    text = json.dumps(body, separators=(",", ":")).replace("/", "\\/")
    return Response(text, status, headers, mimetype="application/json")
