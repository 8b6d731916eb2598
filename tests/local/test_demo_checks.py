"""What `make demo` looks at: it sees a report or agenda that tells something else, and a page without a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.local.demo.campaign import Campaign, Journey
from infra.local.demo.client import DemoFailed, eventually
from infra.local.demo.local_run import LocalRun
from infra.local.demo.reports import Reports
from infra.local.demo.residents import RESIDENTS
from infra.local.demo.sign_up_page import SignUpPage

JEF = next(it for it in RESIDENTS if it.on_page and it.typed_first)
FORM = f"/functions/receive-webform/{JEF.cooperation}/aanmelden"
WITH_TIMES = {"Journeys", "Appointments", "journeys.csv", "the agenda of alle coaches", "the agenda of Lien Peeters"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """A campaign of one resident, up to the appointment."""
    with LocalRun(tmp_path_factory.mktemp("demo")) as local_run:
        campaign = Campaign(local_run.base, lambda _: None)
        campaign.journeys = [Journey(JEF)]
        for step in (campaign.sign_up, campaign.wait_for_dossiers, campaign.plan_visits, campaign.make_appointments):
            step()
        yield campaign
        campaign.client.http.close()


def test_the_reports_and_agendas_tell_what_happened(played: Campaign) -> None:
    reports = Reports(played.client.http, JEF.cooperation)
    eventually("the reports lag behind", lambda: not reports.problems([JEF]))
    assert len(reports.table("Milestones")) == 5  # on two pages


def test_a_time_that_is_not_that_of_the_coach_is_seen_in_each_of_them(played: Campaign) -> None:
    said = Reports(played.client.http, JEF.cooperation).problems([replace(JEF, dates=("2027-03-05T12:00",))])
    assert {it.partition(" tells ")[0] for it in said} == WITH_TIMES
    assert "the agenda of Lien Peeters tells ['2027-03-05 11:00'], not ['2027-03-05 12:00']" in said


def test_a_visit_that_was_not_cancelled_is_seen(played: Campaign) -> None:
    said = Reports(played.client.http, JEF.cooperation).problems([replace(JEF, dates=(*JEF.dates, None))])
    assert {it.partition(" tells ")[0] for it in said} == WITH_TIMES | {"Milestones"}


def test_a_resident_who_is_missing_is_seen(played: Campaign) -> None:
    said = Reports(played.client.http, JEF.cooperation).problems([JEF, JEF])
    assert "Campaigns tells [1], not [2]" in said


def test_the_sign_up_page_keeps_what_was_typed_and_says_what_is_wrong(played: Campaign) -> None:
    page = SignUpPage(played.client.http, FORM)
    typed = {**JEF.typed, "intake_opmerkingen_bewoner": "Dak & <muur>\nen de kelder", "adres_postcode": "x"}
    page.fill_in(typed)
    page.send()
    assert page.answer.status_code == 422
    assert "postcode" in page.wrong
    assert {name: page.fields[name] for name in typed} == typed


def test_nobody_types_in_a_field_that_the_page_does_not_have(played: Campaign) -> None:
    with pytest.raises(DemoFailed, match="has no field tussenvoegsel"):
        SignUpPage(played.client.http, FORM).fill_in({"tussenvoegsel": "van"})
