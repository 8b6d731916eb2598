"""The screens from which a person can take appointments and answers out of Hoomdossier, by hand.

GET  /coaches                   the coaches, with a link to both tables of each
GET  /coaches/{id}              the coordinator's page of one coach (user id): the appointments; ?page=2
GET  /coaches/{id}/buildings    the coach's own list of them; ?page=2
GET  /reports                   the page "Rapporten"
POST /reports                   makes the report of all data; 303 to the page
GET  /reports/{id}              downloads it, for seven days; 404 after that
GET  /admin/actions/{account id}/verify-email   a link in the coach's list, when not verified; 302 to /coaches
POST /pushes                    on=yes|no: fills or empties the settings for Econobis; 303 to the list of buildings
                                Emptied, the feed of appointments is not there either

Both tables are plain HTML tables of ten rows, so what a browser copies from them is as from the real ones. Their links
end in `/buildings/show/{building id}`. There is no login, so a visitor may see every page.
"""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from infra.standins.database import Row
from infra.standins.hoomdossier import coach_table, dossier, mysql, pushes, reports
from infra.standins.hoomdossier.pages import open_cooperation, render
from infra.standins.look.listing import listing

pages = Blueprint("coordinator", __name__, template_folder="templates")
pages.before_request(open_cooperation)


@pages.get("/coaches")
def list_coaches() -> str:
    users = g.database.rows("users", cooperation_id=g.cooperation["id"])
    return render("coaches.html", coaches=[user for user in users if dossier.has_role(g.database, user, "coach")])


@pages.get("/coaches/<int:user_id>")
def show_coach(user_id: int) -> str:
    return _table("coach.html", user_id, coach_table.newest_residents_first(g.database, _coach(user_id)))


@pages.get("/coaches/<int:user_id>/buildings")
def list_own_buildings(user_id: int) -> str:
    return _table("coach_buildings.html", user_id, coach_table.earliest_appointments_first(g.database, _coach(user_id)))


@pages.get("/reports")
def show_reports() -> str:
    return render("reports.html", report=reports.kept_report(g.database, g.cooperation))


@pages.post("/reports")
def make_report() -> Response:
    reports.make_report(g.database, g.cooperation)
    return redirect(url_for("coordinator.show_reports"), 303)


@pages.get("/reports/<int:report_id>")
def download_report(report_id: int) -> Response:
    report = reports.kept_report(g.database, g.cooperation)
    if report is None or report["id"] != report_id:
        abort(404)
    answer = Response(reports.read_report(g.database, report), content_type="text/csv; charset=UTF-8")
    answer.headers.set("Content-Disposition", "attachment", filename=report["filename"])
    return answer


@pages.post("/pushes")
def switch_pushes() -> Response:
    pushes.switch(g.database, on=request.form.get("on") == "yes")
    return redirect(url_for("pages.list_buildings"), 303)


@pages.get("/admin/actions/<int:account_id>/verify-email")
def verify_email(account_id: int) -> Response:
    if not g.database.row("accounts", account_id):
        abort(404)
    g.database.update("accounts", account_id, email_verified_at=mysql.local_time(g.database.now()))
    return redirect(url_for("coordinator.list_coaches"))


def _table(template: str, user_id: int, rows: list[Row]) -> str:
    found = listing(rows, lambda row: f"{row['name']} {row['street']} {row['city']}", coach_table.ROWS_A_PAGE)
    return render(template, coach=_coach(user_id), list=found)


def _coach(user_id: int) -> Row:
    """Answers 404 when there is no such user in this cooperation, or it is no coach."""
    user: Row | None = g.database.row("users", user_id)
    if user is None or user.get("cooperation_id") != g.cooperation["id"]:
        abort(404)
    return user if dossier.has_role(g.database, user, "coach") else abort(404)
