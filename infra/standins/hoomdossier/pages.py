"""The screens on which a person plays the coach and the resident: plain forms, without JavaScript.

What a coordinator sees, and may take out by hand, is in coordinator_pages.py.

GET  /                              the cooperation's buildings; ?q= searches, ?page=2
GET  /buildings/{id}                one building: resident, coaches, appointments, status, home data, plan, pushes
GET  /admin/buildings/show/{id}     the same building, at the address that it has in the real Hoomdossier

Forms, each answered with 303 to the building (404: no such building, 422: an invalid value):
POST /buildings/{id}/appointment    appointment_date=2026-12-01T10:00, or empty to remove it
POST /buildings/{id}/status         status=active|inactive|pending|in_progress|executed|no_execution
POST /buildings/{id}/usage          any question's short as a field, such as build-year=1972, heat-source=hr-boiler
                                    (may be repeated), amount-gas=1250; an empty value removes the answer
POST /buildings/{id}/plan           measure=floor-insulation (may be repeated), comment_resident=…, comment_coach=…
POST /buildings/{id}/report         report=<file>, or no file for a small PDF made here
POST /buildings/{id}/scan           scan=quick-scan|lite-scan, completes one more step
POST /buildings/{id}/reset          removes answers, scans and plan
POST /buildings/{id}/unlink         coach_id=<user id>
POST /buildings/{id}/delete         removes the resident; 303 to the list
"""

from __future__ import annotations

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from infra.standins.database import Row
from infra.standins.hoomdossier import actions, dossier
from infra.standins.hoomdossier.caller import own_cooperation
from infra.standins.hoomdossier.payloads import KINDS
from infra.standins.hoomdossier.pushes import PushQueue, are_off
from infra.standins.hoomdossier.reference import STATUS_NAMES
from infra.standins.hoomdossier.report import make_report
from infra.standins.look.listing import listing

pages = Blueprint("pages", __name__, template_folder="templates")

# The questions that the page shows. The form accepts every other question too.
_QUESTIONS = (
    "building-type-category", "build-year", "surface", "resident-count", "heat-source", "cook-type", "amount-gas",
    "amount-electricity", "has-solar-panels", "solar-panel-count", "desired-solar-panel-count",
)  # fmt: skip


@pages.before_request
def open_cooperation() -> None:
    """Fills `g` with the database and the cooperation of this stand-in."""
    parts = current_app.extensions["hoomdossier"]
    g.database = parts["database"]
    g.cooperation = own_cooperation(g.database, parts["slug"])


@pages.get("/")
def list_buildings() -> str:
    newest_first = g.database.rows("users", cooperation_id=g.cooperation["id"])[::-1]
    users = listing(newest_first, lambda user: f"{dossier.full_name(user)} {dossier.contact_id(user) or ''}")
    dossiers = [
        {"user": user, "building": building, "status": dossier.current_status(g.database, building), **_people(user)}
        for user in users.rows
        if (building := dossier.building_of(g.database, user))
    ]
    jobs = g.database.rows("jobs")[-20:]
    return render("buildings.html", list=users, dossiers=dossiers, jobs=jobs[::-1], pushes_off=are_off(g.database))


@pages.get("/buildings/<int:building_id>")
def show_building(building_id: int) -> str:
    return _building_page(_building(building_id))


@pages.get("/admin/buildings/show/<int:building_id>")
def show_building_at_real_address(building_id: int) -> str:
    return _building_page(_building(building_id))


@pages.post("/buildings/<int:building_id>/appointment")
def save_appointment(building_id: int) -> Response | tuple[str, int]:
    building = _building(building_id)
    try:
        date = actions.parse_appointment(request.form.get("appointment_date", ""))
    except ValueError:
        return _building_page(building, "Vul een geldige datum en tijd in."), 422
    actions.save_appointment(g.database, _queue(), building, date)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/status")
def set_status(building_id: int) -> Response | tuple[str, int]:
    building, short = _building(building_id), request.form.get("status", "")
    if short not in STATUS_NAMES:
        return _building_page(building, "Kies een status."), 422
    actions.set_status(g.database, _queue(), building, short)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/usage")
def save_usage(building_id: int) -> Response:
    actions.save_home_data(g.database, _queue(), _building(building_id), dict(request.form.lists()))
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/plan")
def make_plan(building_id: int) -> Response:
    comments = {who: request.form.get(f"comment_{who}", "").strip() for who in ("resident", "coach")}
    actions.make_plan(g.database, _queue(), _building(building_id), request.form.getlist("measure"), comments)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/report")
def save_report(building_id: int) -> Response:
    building = _building(building_id)
    upload = request.files.get("report")
    pdf = upload.read() if upload and upload.filename else make_report(_report_lines(building))
    actions.save_report(g.database, _queue(), building, pdf)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/scan")
def progress_scan(building_id: int) -> Response | tuple[str, int]:
    building, short = _building(building_id), request.form.get("scan", "")
    if not g.database.rows("scans", short=short):
        return _building_page(building, "Kies een scan."), 422
    actions.progress_scan(g.database, _queue(), building, short)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/reset")
def reset_building(building_id: int) -> Response:
    actions.reset_building(g.database, _queue(), _building(building_id))
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/unlink")
def unlink_coach(building_id: int) -> Response | tuple[str, int]:
    building, coach_id = _building(building_id), request.form.get("coach_id", type=int)
    if coach_id is None or coach_id not in [coach["id"] for coach in dossier.linked_coaches(g.database, building)]:
        return _building_page(building, "Deze coach is niet gekoppeld."), 422
    actions.unlink_coach(g.database, building, coach_id)
    return _back(building_id)


@pages.post("/buildings/<int:building_id>/delete")
def delete_resident(building_id: int) -> Response:
    actions.delete_resident(g.database, _queue(), _building(building_id))
    return redirect(url_for("pages.list_buildings"), 303)


# -- pages ------------------------------------------------------------------------------------------------


def _building_page(building: Row, problem: str = "") -> str:
    database = g.database
    user = dossier.user_of(database, building)
    return render(
        "building.html",
        building=building,
        user=user,
        problem=problem,
        coaches=dossier.linked_coaches(database, building),
        history=database.rows("building_statuses", building_id=building["id"])[::-1],
        status=dossier.current_status(database, building),
        questions=[actions.home_data(database, building, short) for short in _QUESTIONS],
        measures=database.rows("measure_applications"),
        plan=actions.plan_of(database, building),
        comments=actions.comments_of(database, building),
        jobs=database.rows("jobs", building_id=building["id"])[::-1],
        **_people(user),
    )


def _people(user: Row) -> Row:
    account = g.database.row("accounts", user["account_id"]) or {}
    roles = [role["name"] for role in dossier.roles(g.database, user)]
    return {
        "name": dossier.full_name(user),
        "email": account.get("email", ""),
        "contact_id": dossier.contact_id(user),
        "roles": roles,
    }


def _report_lines(building: Row) -> list[str]:
    user = dossier.user_of(g.database, building)
    address = f"{building.get('street', '')} {building.get('number', '')}{building.get('extension', '')}"
    return ["Woonplan", dossier.full_name(user), address, *actions.plan_of(g.database, building)]


def render(template: str, **values: object) -> str:
    """The page of this template, with what every template here uses: the cooperation and the names of statuses."""
    names = {row["id"]: STATUS_NAMES.get(row["short"], row["short"]) for row in g.database.rows("statuses")}
    return render_template(
        template, cooperation=g.cooperation, status_names=names, statuses=STATUS_NAMES, kinds=KINDS, **values
    )


def _building(building_id: int) -> Row:
    """Answers 404 when there is no such building, or its resident belongs to another cooperation."""
    building: Row | None = g.database.row("buildings", building_id)
    user = g.database.row("users", building.get("user_id")) if building else None
    if building is None or user is None or user.get("cooperation_id") != g.cooperation["id"]:
        abort(404)
    return building


def _queue() -> PushQueue:
    queue: PushQueue = current_app.extensions["hoomdossier"]["queue"]
    return queue


def _back(building_id: int) -> Response:
    return redirect(url_for("pages.show_building", building_id=building_id), 303)
