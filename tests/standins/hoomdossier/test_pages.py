"""The pages on which a person plays coach and resident, and the pushes that follow."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from infra.standins.hoomdossier.pushes import are_off, push_now, switch
from infra.standins.server import serving
from tests.standins.hoomdossier.conftest import Hoomdossier, stand_in

Push = tuple[str, dict[str, Any]]


class Received(list[Push]):
    """The pushes that Econobis received: kind and body."""

    @Request.application
    def app(self, request: Request) -> Response:
        self.append((request.path.removeprefix("/api/KEY/hoomdossier/"), request.get_json()))
        return Response("[]", mimetype="application/json")


@pytest.fixture(scope="module")
def pushing() -> Iterator[tuple[Hoomdossier, Received]]:
    received = Received()
    with serving(received.app) as url, stand_in(econobis_url=f"{url}/api", econobis_key="KEY") as hoomdossier:
        yield hoomdossier, received


@pytest.fixture
def econobis(pushing: tuple[Hoomdossier, Received]) -> Received:
    hoomdossier, received = pushing
    hoomdossier.jobs()
    hoomdossier.http.post("/_reset").raise_for_status()
    received.clear()
    return received


@pytest.fixture
def coach(pushing: tuple[Hoomdossier, Received], econobis: Received) -> Hoomdossier:
    return pushing[0]


@pytest.fixture
def building(coach: Hoomdossier) -> int:
    """The id of the building of a resident with contact id 1001, linked to coach 11."""
    building = coach.register()
    coach.link()
    return building


def kinds(coach: Hoomdossier, econobis: Received) -> list[str]:
    """The kinds of all pushes, after the queue has run them."""
    coach.jobs()
    return [kind for kind, _ in econobis]


def without(coach: Hoomdossier, building: int, missing: str) -> None:
    """Removes one condition of a push."""
    user_id = coach.database.rows("buildings", id=building)[0]["user_id"]
    if missing == "contact id":
        coach.database.update("users", user_id, extra=None)
    elif missing == "access":
        coach.database.update("users", user_id, allow_access=0)
    else:
        assert coach.form(building, "unlink", coach_id=8011).status_code == 303


# -- appointments ------------------------------------------------------------------------------------------------------


def test_a_registration_and_a_link_push_nothing(coach: Hoomdossier, building: int, econobis: Received) -> None:
    assert kinds(coach, econobis) == []


def test_every_save_of_an_appointment_is_pushed(coach: Hoomdossier, building: int, econobis: Received) -> None:
    for date in ("2026-12-01T10:00", "2026-12-02T14:30", "2026-12-02T14:30", ""):
        answer = coach.form(building, "appointment", appointment_date=date)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"/hoomdossier/zonnig-dorp/buildings/{building}")
        coach.jobs()
    dates = [push["appointment_date"] for _, push in econobis]
    assert dates == ["2026-12-01 10:00:00", "2026-12-02 14:30:00", "2026-12-02 14:30:00", None]
    assert kinds(coach, econobis) == ["afspraak"] * 4
    _, push = econobis[0]
    user = coach.database.rows("users", id=20001)[0]
    related = {"building_id": building, "user_id": user["id"], "account_id": user["account_id"], "contact_id": 1001}
    assert push["account_related"] == related
    assert push["coaches"] == [{"contact_id": 11, "user_id": 8011, "building_id": 7011, "account_id": 9011}]


@pytest.mark.parametrize("missing", ["contact id", "coach"])
def test_an_appointment_is_not_pushed_without(
    missing: str, coach: Hoomdossier, building: int, econobis: Received
) -> None:
    without(coach, building, missing)
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    assert kinds(coach, econobis) == []


def test_an_appointment_is_pushed_without_allow_access(coach: Hoomdossier, building: int, econobis: Received) -> None:
    without(coach, building, "access")
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    assert kinds(coach, econobis) == ["afspraak"]


def test_a_coach_without_a_contact_id_is_left_out(coach: Hoomdossier, building: int, econobis: Received) -> None:
    coach.database.update("users", 8011, extra=None)
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    assert kinds(coach, econobis) == ["afspraak"]
    assert "coaches" not in econobis[0][1]


@pytest.mark.parametrize("date", ["morgen", "2026-13-01T10:00", "2026-12-01T10:00+01:00"])
def test_an_invalid_appointment_date_is_422(date: str, coach: Hoomdossier, building: int, econobis: Received) -> None:
    answer = coach.form(building, "appointment", appointment_date=date)
    assert answer.status_code == 422
    assert "Vul een geldige datum en tijd in." in answer.text
    assert kinds(coach, econobis) == []


def test_nothing_is_pushed_while_the_settings_for_econobis_are_empty(
    coach: Hoomdossier, building: int, econobis: Received
) -> None:
    """As in production where a cooperation has no address or key: the job is skipped, and no later one makes up for it."""
    switch(coach.database, on=False)
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    coach.form(building, "usage", **{"amount-gas": "1250"})
    assert [job["outcome"] for job in coach.jobs()] == ["skipped", "skipped"]
    switch(coach.database, on=True)
    coach.form(building, "status", status="executed")
    assert kinds(coach, econobis) == ["woning-status"]


@pytest.mark.parametrize("column", ["econobis_wildcard", "econobis_api_key"])
def test_one_empty_setting_is_enough_and_a_reset_fills_it(
    column: str, coach: Hoomdossier, building: int, econobis: Received
) -> None:
    coach.database.update("cooperations", 1, **{column: ""})
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    assert kinds(coach, econobis) == []
    coach.http.post("/_reset").raise_for_status()
    assert not are_off(coach.database)


# -- status, scans -----------------------------------------------------------------------------------------------------


def test_only_the_status_executed_is_pushed(coach: Hoomdossier, building: int, econobis: Received) -> None:
    for status in ("active", "inactive", "pending", "in_progress", "executed", "no_execution"):
        assert coach.form(building, "status", status=status).status_code == 303
        coach.jobs()
    ((kind, push),) = econobis
    assert (kind, push["status"]) == ("woning-status", {"id": 5, "short": "executed", "name": "Uitgevoerd"})
    assert [one["contact_id"] for one in push["coaches"]] == [11]


@pytest.mark.parametrize("missing", ["contact id", "coach"])
def test_a_status_is_not_pushed_without(missing: str, coach: Hoomdossier, building: int, econobis: Received) -> None:
    without(coach, building, missing)
    coach.form(building, "status", status="executed")
    assert kinds(coach, econobis) == []


def test_a_status_keeps_the_appointment(coach: Hoomdossier, building: int) -> None:
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    coach.form(building, "status", status="executed")
    newest = coach.database.rows("building_statuses", building_id=building)[-1]
    assert newest["appointment_date"] == "2026-12-01 10:00:00"
    assert coach.form(building, "status", status="klaar").status_code == 422


def test_only_the_first_step_of_a_scan_is_pushed(coach: Hoomdossier, building: int, econobis: Received) -> None:
    for scan in ("quick-scan", "quick-scan", "lite-scan"):
        assert coach.form(building, "scan", scan=scan).status_code == 303
        coach.jobs()
    progress = [{short: scan["has_made_progress"] for short, scan in push["scans"].items()} for _, push in econobis]
    assert kinds(coach, econobis) == ["scan-status"] * 2
    assert progress == [{"quick-scan": True, "lite-scan": False}, {"quick-scan": True, "lite-scan": True}]
    assert coach.form(building, "scan", scan="mri").status_code == 422


def test_a_reset_of_a_building_pushes_empty_home_data(coach: Hoomdossier, building: int, econobis: Received) -> None:
    coach.form(building, "scan", scan="quick-scan")
    coach.form(building, "usage", **{"amount-gas": "1250"})
    coach.jobs()
    econobis.clear()
    assert coach.form(building, "reset").status_code == 303
    assert kinds(coach, econobis) == ["scan-status", "gebruik"]
    (_, scans), (_, usage) = econobis
    assert scans["scans"]["quick-scan"]["has_made_progress"] is False
    assert usage["current"]["amount-gas"]["answers"] == []


# -- home data, plan, report -------------------------------------------------------------------------------------------


def test_home_data_is_pushed_as_it_was_filled_in(coach: Hoomdossier, building: int, econobis: Received) -> None:
    given = {
        "build-year": "1972",
        "amount-gas": "1250",
        "heat-source": ["hr-boiler", "heat-pump"],
        "resident-count": "2",
        "cook-type": "",
    }
    assert coach.form(building, "usage", **given).status_code == 303
    assert kinds(coach, econobis) == ["gebruik"]
    current = econobis[0][1]["current"]
    assert current["build-year"]["answers"] == {"value": 1972, "short": None, "name": None}
    assert current["amount-gas"]["answers"] == {"value": 1250, "short": None, "name": None}
    assert current["heat-source"]["answers"] == [
        {"value": "hr-boiler", "name": "Gasketel", "short": "hr-boiler"},
        {"value": "heat-pump", "name": "Warmtepomp", "short": "heat-pump"},
    ]
    assert current["resident-count"]["answers"]["name"] == "Twee"
    assert current["cook-type"]["answers"] == []
    assert (len(current), len(econobis[0][1]["new"])) == (72, 15)

    coach.form(building, "usage", **{"build-year": ""})
    coach.jobs()
    assert econobis[-1][1]["current"]["build-year"]["answers"] == []


def test_an_answer_that_is_no_option_loses_the_push(coach: Hoomdossier, building: int, econobis: Received) -> None:
    coach.form(building, "usage", **{"cook-type": "kampvuur"})
    assert [job["outcome"] for job in coach.jobs()] == ["lost"]
    assert kinds(coach, econobis) == []


def test_a_plan_is_pushed_after_the_home_data(coach: Hoomdossier, building: int, econobis: Received) -> None:
    coach.form(building, "usage", **{"desired-solar-panel-count": "8"})
    coach.jobs()
    econobis.clear()
    given = {"measure": ["solar-panels-place-replace", "crack-sealing"], "comment_coach": "Kruipruimte is droog"}
    assert coach.form(building, "plan", **given).status_code == 303
    assert kinds(coach, econobis) == ["gebruik", "woonplan"]
    plan = econobis[1][1]
    advices = {advice["name"]: advice for advice in plan["user_action_plan_advices"].values()}
    panels = advices["Zonnepanelen plaatsen/vervangen"]
    assert (panels["count"], panels["execute_self"], panels["savings_gas"]) == (8, True, "125.00")
    assert panels["co2_savings"] == 235
    assert "count" not in advices["Kierdichting verbeteren"]
    assert plan["user_action_plan_advice_comments"] == {"coach": "Kruipruimte is droog"}

    coach.form(building, "plan")
    coach.jobs()
    assert "user_action_plan_advices" not in econobis[-1][1], "an empty plan has no key"


def test_a_custom_measure_is_pushed_with_its_category(coach: Hoomdossier, building: int, econobis: Received) -> None:
    """Without a category it is left out; when no measure is left, the payload has the key with nothing in it."""
    user_id = coach.database.rows("buildings", id=building)[0]["user_id"]
    coach.form(building, "plan", measure="crack-sealing")
    coach.jobs()
    econobis.clear()
    (advice,) = coach.database.rows("user_action_plan_advices", user_id=user_id)
    kind = "App\\Models\\CustomMeasureApplication"
    coach.database.insert("custom_measure_applications", id=77, name="Radiatorfolie", measure_category_id=9)
    coach.database.insert("custom_measure_applications", id=78, name="Gordijnen")
    for measure_id in (77, 78):
        values = {"user_action_plan_advisable_type": kind, "user_action_plan_advisable_id": measure_id}
        coach.database.update("user_action_plan_advices", advice["id"], **values, savings_gas=None)
        push_now(coach.database, coach.settings, "woonplan", building)
    plans = [push["user_action_plan_advices"] for kind, push in econobis if kind == "woonplan"]
    assert plans[1] == []
    (sent,) = plans[0].values()
    assert sent == {
        "name": "Radiatorfolie",
        "savings_gas": None,
        "savings_electricity": "0.00",
        "co2_savings": 0,
        "measure_id": 77,
        "measure_type": kind,
        "measure_category": {"id": 9, "short": "heating", "name": "Verwarming"},
    }


def test_a_report_is_pushed(coach: Hoomdossier, building: int, econobis: Received) -> None:
    uploaded = coach.http.post(f"/buildings/{building}/report", files={"report": ("a.pdf", b"%PDF-1.4 mine")})
    assert uploaded.status_code == 303
    coach.jobs()
    assert coach.form(building, "report").status_code == 303
    assert kinds(coach, econobis) == ["pdf", "pdf"]
    reports = [base64.b64decode(push["pdf"]["contents"]) for _, push in econobis]
    assert reports[0] == b"%PDF-1.4 mine"
    assert reports[1].startswith(b"%PDF-")


@pytest.mark.parametrize("missing", ["contact id", "access"])
def test_a_scheduled_push_is_not_made_without(
    missing: str, coach: Hoomdossier, building: int, econobis: Received
) -> None:
    without(coach, building, missing)
    for action in ("usage", "plan", "report"):
        coach.form(building, action)
    assert kinds(coach, econobis) == []


# -- a resident leaves -------------------------------------------------------------------------------------------------


def test_a_deleted_resident_is_pushed(coach: Hoomdossier, building: int, econobis: Received) -> None:
    answer = coach.form(building, "delete")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/hoomdossier/zonnig-dorp/")
    assert kinds(coach, econobis) == ["delete"]
    related = {"building_id": building, "user_id": 20001, "account_id": 10001, "contact_id": 1001}
    assert econobis[0][1] == {"account_related": related}
    assert coach.http.get(f"/buildings/{building}").status_code == 404
    assert not coach.database.rows("accounts", id=10001)
    assert coach.register() != building, "e-mail and contact id are free again"


def test_a_delete_is_pushed_of_a_user_without_a_contact_id_too(coach: Hoomdossier, econobis: Received) -> None:
    coach.form(coach.register(extra=None), "delete")
    assert kinds(coach, econobis) == ["delete"]
    assert econobis[0][1]["account_related"]["contact_id"] is None


# -- the pages themselves ----------------------------------------------------------------------------------------------


def test_the_list_shows_the_dossiers_and_the_pushes(coach: Hoomdossier, building: int) -> None:
    coach.form(building, "appointment", appointment_date="2026-12-01T10:00")
    coach.jobs()
    page = coach.http.get("/").text
    for shown in ("Anna de Jong", "anna@example.org", "1001", "In uitvoering", "2026-12-01 10:00:00", "aangekomen"):
        assert shown in page
    page = coach.http.get(f"/buildings/{building}").text
    for shown in ("Laan 5a1, 1234 AB Dorp", "Cora Coach", 'value="2026-12-01T10:00"', "afspraak"):
        assert shown in page


def test_typed_text_is_escaped(coach: Hoomdossier) -> None:
    building = coach.register(first_name="<b>Anna</b>")
    for page in ("/", f"/buildings/{building}"):
        assert "&lt;b&gt;Anna" in coach.http.get(page).text


def test_a_building_page_shows_the_answers(coach: Hoomdossier, building: int) -> None:
    given = {"build-year": "1972", "cook-type": "gas", "heat-source": ["hr-boiler", "heat-pump"]}
    coach.form(building, "usage", **given)
    coach.form(building, "plan", measure="crack-sealing", comment_resident="Eerst de vloer")
    page = coach.http.get(f"/buildings/{building}").text
    for shown in (
        'value="1972"',
        '<option value="gas" selected',
        '<option value="heat-pump" selected',
        "Eerst de vloer",
    ):
        assert shown in page
    assert 'value="crack-sealing" checked' in page


@pytest.mark.parametrize("action", ["appointment", "status", "usage", "plan", "report", "scan", "reset", "delete"])
def test_an_unknown_building_is_404(action: str, coach: Hoomdossier) -> None:
    assert coach.form(404404, action).status_code == 404


def test_only_a_linked_coach_is_unlinked(coach: Hoomdossier, building: int, econobis: Received) -> None:
    assert coach.form(building, "unlink", coach_id=8012).status_code == 422
    assert coach.form(building, "unlink", coach_id=8011).status_code == 303
    assert kinds(coach, econobis) == []
    coach.link()


def test_a_page_is_not_recorded_as_an_api_call(coach: Hoomdossier) -> None:
    coach.http.get("/")
    assert json.loads(coach.http.get("/_received").text) == []
