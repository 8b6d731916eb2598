"""The API v1 of Hoomdossier (docs/peers/hoomdossier.md 1-3), and the feed of appointments that we propose beside it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import (
    appointments,
    coach_link,
    coordinator_pages,
    pages,
    php,
    pushes,
    recorded,
    register_request,
)
from infra.standins.hoomdossier.caller import Refusal, Throttle, find_client, find_cooperation, wants_json
from infra.standins.hoomdossier.pushes import PushQueue
from infra.standins.hoomdossier.register import register
from infra.standins.hoomdossier.seed import seed
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.look import new_app
from infra.standins.stand_in import Controls

api = Blueprint("api", __name__, url_prefix="/api/v1")


def create_hoomdossier(
    cooperation: str, database: Database, settings: HoomdossierSettings, throttle: Throttle | None = None
) -> Controls:
    """A stand-in to mount under `/hoomdossier/{cooperation}`. Fills an empty database with the start of the demo.

    Give all stand-ins of one installation the same `throttle`, because the real one counts over all cooperations.
    """
    throttle = throttle or Throttle(settings.calls_per_minute)
    if not database.rows("cooperations"):
        seed(database, cooperation, settings)
    app = new_app(__name__)
    app.url_map.strict_slashes = False
    app.extensions["hoomdossier"] = {
        "slug": cooperation,
        "database": database,
        "throttle": throttle,
        "queue": PushQueue(database, settings),
    }
    app.register_blueprint(api)
    app.register_blueprint(pages.pages)
    app.register_blueprint(coordinator_pages.pages)
    app.register_error_handler(Exception, _failed)

    def reset() -> None:
        throttle.forget()
        seed(database, cooperation, settings)

    def load(case: Row) -> None:
        throttle.forget()
        recorded.load_case(database, case)

    return Controls(app, database, reset, load)


@api.before_request
def _identify() -> None:
    parts = current_app.extensions["hoomdossier"]
    g.database = parts["database"]
    parts["throttle"].count(request.remote_addr or "", g.database.now())
    g.cooperation = find_cooperation(g.database, request, parts["slug"])
    g.client = find_client(g.database, request, g.cooperation)


@api.get("/")
def ping() -> Response:
    """Answers 200 when key and cooperation are right."""
    return _json(200, [])


@api.post("/register")
def store_user() -> Response:
    """201 with the ids, or 422 with the texts per field (docs/peers/hoomdossier.md 2)."""
    data = register_request.normalised(_body())
    problems = register_request.problems(g.database, g.cooperation, data)
    return _json(422, problems) if problems else _json(201, register(g.database, g.cooperation, data))


@api.post("/building-coach-status")
def store_coach_link() -> Response:
    """200 with an empty list, or 422 with the texts per field (docs/peers/hoomdossier.md 3)."""
    data = _body()
    problems = coach_link.problems(g.database, g.cooperation, data)
    if problems:
        return _json(422, problems)
    coach_link.link(g.database, g.cooperation, data, g.client)
    return _json(200, [])


@api.get("/appointments")
def list_appointments() -> Response:
    """A page of the feed, or 422 with the texts per field (infra/openapi/hoomdossier-appointments.yaml).

    404 without the settings for Econobis: then it is the Hoomdossier of today, which has no such list.
    """
    if pushes.are_off(g.database):
        raise NotFound
    query, problems = appointments.parse(request.args)
    return _json(422, problems) if problems else _json(200, appointments.page(g.database, g.cooperation, query))


def _body() -> Row:
    """The trimmed fields of a JSON object or a form. Any other body counts as one without fields."""
    content_type = request.content_type or ""
    if "/json" in content_type or "+json" in content_type:
        data = php.trimmed(php.decode_json(request.get_data()))
    else:
        data = php.trimmed(request.form.to_dict())
    return data if isinstance(data, dict) else {}


def _failed(error: Exception) -> Response:
    """The error pages of Laravel: JSON when `Accept` asks for it, else HTML, and a redirect instead of 401."""
    refusal = _refusal(error)
    if wants_json(request):
        return _json(refusal.status, refusal.body, refusal.headers)
    if refusal.status == 401:
        return Response(status=302, headers={"Location": "/"})
    return Response(f"<!DOCTYPE html><title>{refusal.status}</title>", refusal.status, refusal.headers)


def _refusal(error: Exception) -> Refusal:
    path = request.path.strip("/")
    if isinstance(error, Refusal):
        return error
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
        text = f"The {request.method} method is not supported for route {path}. Supported methods: {allowed}."
        return Refusal(405, {"message": text}, {"Allow": allowed})
    if isinstance(error, NotFound):
        return Refusal(404, {"message": f"The route {path} could not be found."})
    if isinstance(error, HTTPException):
        return Refusal(error.code or 500, {"message": error.name})
    if not isinstance(error, php.Uncaught):
        current_app.logger.error("the stand-in itself failed", exc_info=error)
    return Refusal(500, {"message": "Server Error"})


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(php.encode_json(body), status, headers, mimetype="application/json")
