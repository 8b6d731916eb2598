"""The table of functions (`infra/functions.yaml`) says of each what the code does: caller, credential, largest body."""

from __future__ import annotations

from typing import Any

import pytest

from main import FUNCTIONS
from tests.functions.costs import COSTS
from tests.functions.routes import FEEDS, PAGES, ROUTES, TABLE, Route
from tests.world.functions_over_http import Machine, logged

# Our word for the caller in `routes.py`, and what it shows.
CALLERS = {
    "anybody": ("anybody", "none"),
    "econobis": ("econobis", "bearer_key"),
    "hoomdossier": ("hoomdossier", "path_key"),
    "cloud_tasks": ("google", "google_token"),
    "cloud_scheduler": ("google", "google_token"),
    "staff": ("staff", "sign_in"),
    "program": ("program", "feed_key"),
}
POSTED = [route for route in ROUTES if route.method == "POST" and route.kind in {"", "gebruik"}]
each = pytest.mark.parametrize("route", ROUTES, ids=lambda it: it.name)
each_posted = pytest.mark.parametrize("route", POSTED, ids=lambda it: it.name)


def test_the_table_has_a_row_for_each_function_and_routes_for_each_row() -> None:
    """And each route has a caller, a credential, a largest body and a cost with a rate: a route without them fails."""
    assert {name.replace("-", "_") for name in TABLE} == FUNCTIONS
    assert {route.function for route in (*ROUTES, *PAGES, *FEEDS)} == TABLE.keys()
    assert {route.name for route in ROUTES} == COSTS.keys()
    assert {route.function for route in PAGES} == {name for name, row in TABLE.items() if row["called_by"] == "staff"}


@pytest.mark.parametrize("route", (*ROUTES, *PAGES, *FEEDS), ids=lambda it: it.name)
def test_the_caller_and_its_credential_are_those_of_the_table(route: Route) -> None:
    row = TABLE[route.function]
    assert (route.caller, row["credential"]) == CALLERS[row["called_by"]]


def refused(link: Machine, route: Route, **call: Any) -> bool:
    return route.call(link, **call).status_code == 401


@each
def test_the_code_wants_the_credential_of_the_table_and_no_other(lasting_link: Machine, route: Route) -> None:
    """Each kind of credential in turn, a good one and no other."""
    credential = TABLE[route.function]["credential"]
    keyless = Route(route.method, route.path, "anybody", route.body, route.kind)
    token = lasting_link.queue.token("link@test.example", lasting_link.url(route.function))
    shown = {
        "none": {"key": ""},
        "bearer_key": {"headers": {"Authorization": f"Bearer {Route('POST', '/', 'econobis').good_key(lasting_link)}"}},
        "path_key": {"key": Route("POST", "/", "hoomdossier").good_key(lasting_link)},
        "google_token": {"headers": {"Authorization": f"Bearer {token}"}},
    }
    admitted = {kind for kind, call in shown.items() if not refused(lasting_link, keyless, **{"key": "-", **call})}
    assert admitted == (shown.keys() if credential == "none" else {credential})
    logged.clear()


@each_posted
def test_the_largest_body_is_that_of_the_table(lasting_link: Machine, route: Route) -> None:
    if route.body is not None or route.caller == "google":
        assert route.call(lasting_link, content=b" " * (route.limit + 1)).status_code == 413
    assert route.call(lasting_link, content=b" " * route.limit).status_code != 413
    logged.clear()
