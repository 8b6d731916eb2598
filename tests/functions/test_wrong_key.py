"""A wrong key raises one alarm an hour, and guessing keys fills neither the log nor the store."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.routes import ROUTES, Route
from tests.world.functions_over_http import Machine, logged

CLOSED = [route for route in ROUTES if route.caller != "anybody" and route.kind in {"", "afspraak"}]
KEYED = [route for route in CLOSED if route.caller != "google"]

each = pytest.mark.parametrize("route", CLOSED, ids=lambda it: it.function)
each_keyed = pytest.mark.parametrize("route", KEYED, ids=lambda it: it.function)


def alarms() -> list[dict[str, Any]]:
    return [line for line in logged if line["severity"] == "ERROR"]


@each
def test_a_wrong_key_is_an_alarm_that_names_the_cooperation(link: Machine, route: Route) -> None:
    assert route.call(link, key="not-the-key-0123456789").status_code == 401
    (alarm,) = alarms()
    assert alarm["message"] == "called with a wrong key"
    assert alarm["function"] == route.function.replace("-", "_")
    assert alarm.get("cooperation") == (None if route.caller == "google" else "zonnig-dorp")
    assert "not-the-key" not in str(logged)


@each_keyed
def test_each_cooperation_has_its_own_alarm(link: Machine, route: Route) -> None:
    for cooperation in ("zonnig-dorp", "meer-energie"):
        route.call(link, key="wrong", cooperation=cooperation)
    assert [alarm["cooperation"] for alarm in alarms()] == ["zonnig-dorp", "meer-energie"]


@each
def test_guessing_keys_makes_one_log_line_and_one_document(link: Machine, route: Route) -> None:
    for number in range(50):
        assert route.call(link, key=f"guess-{number}").status_code == 401
    assert len(logged) == 1
    assert len(link.versions()) == 1


@each_keyed
def test_the_name_of_an_unknown_cooperation_stays_out_of_log_and_store(link: Machine, route: Route) -> None:
    for name in ("geheim-dorp", "zonnig-dorp%0A", "x" * 200):
        route.call(link, key="wrong", cooperation=name)
    assert logged == []
    assert link.versions() == {}


@pytest.mark.parametrize("route", [it for it in CLOSED if it.caller != "hoomdossier"], ids=lambda it: it.function)
def test_a_missing_key_is_an_alarm_except_on_the_routes_of_google(link: Machine, route: Route) -> None:
    """An alarm for Econobis, whose "Hoom key" may be empty; none for Google's routes, which anybody may visit."""
    assert route.call(link, key="").status_code == 401
    assert len(alarms()) == (0 if route.caller == "google" else 1)


@each
def test_a_good_key_is_no_alarm(link: Machine, route: Route) -> None:
    route.call(link)
    assert alarms() == []


def test_an_unreadable_event_is_an_alarm_too(link: Machine) -> None:
    """Hoomdossier does not send an event again, so a person has to know of a new kind or a broken body."""
    assert link.event("onbekend", {"account_related": {"building_id": 1}}).status_code == 404
    for _ in range(3):
        assert link.event("gebruik", b"no json").status_code == 400
    (alarm,) = alarms()
    assert (alarm["message"], alarm["cooperation"]) == ("refused an event", "zonnig-dorp")
    assert link.versions() == {}
