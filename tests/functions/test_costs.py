"""The cost of a stranger's request, with the worst known input of each parser."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.functions import worst
from tests.functions.costs import COSTS, PAGE, Cost
from tests.functions.routes import PAGES, ROUTES, Route
from tests.world.functions_over_http import Machine, functions

pytestmark = pytest.mark.timed
TRIES = 5
each = pytest.mark.parametrize("route", ROUTES, ids=lambda it: it.name)


def cost(route: Route) -> Cost:
    return PAGE if route.caller == "staff" else COSTS[route.name]


def test_every_route_says_what_a_stranger_may_cost() -> None:
    assert {route.name for route in ROUTES} == COSTS.keys()


def cpu(link: Machine, function: str, environ: Mapping[str, Any], body: bytes = b"{}", within: float = 0.05) -> float:
    """CPU seconds of this thread: the fastest of several runs, because a busy machine slows the others."""
    app = functions()[f"/functions/{function}"]
    best = 60.0
    for _ in range(TRIES):
        sent = EnvironBuilder(method="POST", input_stream=io.BytesIO(body)).get_environ()
        sent |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json", **environ}
        started = time.thread_time()
        answer, status, _ = run_wsgi_app(app, sent, buffered=True)
        list(answer)
        best = min(best, time.thread_time() - started)
        assert not status.startswith("5"), status
        if best < within:
            break
    return best


FORMS = [*worst.texts(), *worst.structures()]


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_form_costs_more_than_a_moment(lasting_link: Machine, accept: str) -> None:
    allowed = COSTS["receive-webform POST"].cpu
    slow = {}
    for name, kind, body in FORMS:
        assert len(body) <= worst.LARGEST, name
        environ = {"PATH_INFO": worst.FORM, "CONTENT_TYPE": kind, "HTTP_ACCEPT": accept}
        took = cpu(lasting_link, "receive-webform", environ, body, allowed)
        if took > allowed:
            slow[name] = took
    assert slow == {}


# One page of each kind: all pages are refused by the same code.
SOME_PAGES = [it for it in PAGES if it.path in {"/show-staff", "/show-staff/_/sign-in", "/show-staff/_/sign-out"}]


@pytest.mark.parametrize(
    "route", [*(it for it in ROUTES if it.kind in {"", "pdf"}), *SOME_PAGES], ids=lambda it: it.name
)
def test_no_header_and_no_path_costs_more_than_a_moment(lasting_link: Machine, route: Route) -> None:
    allowed, slow = cost(route).cpu, {}
    own = route.path.removeprefix(f"/{route.function}") or "/"
    path = own.format(
        cooperation="zonnig-dorp", form="aanmelden", id="0" * 32, key="wrong", kind=route.kind, token="0" * 32
    )
    requests = [{"PATH_INFO": path, name: value} for name, value in worst.headers()]
    requests += [{"PATH_INFO": path} for path in worst.PATHS]
    for environ in requests:
        took = cpu(lasting_link, route.function, {**environ, "REQUEST_METHOD": route.method}, within=allowed)
        if took > allowed:
            slow[str(environ)[:60]] = took
    assert slow == {}


@pytest.mark.parametrize("route", (*ROUTES, *PAGES), ids=lambda it: it.name)
def test_a_stranger_stores_no_more_than_the_cost_says(link: Machine, route: Route) -> None:
    """A repeat of the same request stores nothing more."""
    before = link.documents()
    for _ in range(2):
        route.call(link, key="" if route.caller == "anybody" else "wrong")
    new = link.documents().keys() - before.keys()
    assert len(new) <= cost(route).documents, new
    assert len([place for place in new if place.startswith("mails/")]) <= cost(route).letters


@each
def test_one_address_is_looked_at_as_often_as_the_cost_says(link: Machine, route: Route) -> None:
    """The routes with a key have no limit of their own: a wrong key costs nothing, and the limiter holds for our calls."""
    most, headers = cost(route).per_hour, {"X-Forwarded-For": "203.0.113.66"}
    for _ in range(most or 100):
        answer = route.call(link, key="" if route.caller == "anybody" else "wrong", form="krap", headers=headers)
        assert answer.status_code != 429
    last = route.call(link, key="" if route.caller == "anybody" else "wrong", form="krap", headers=headers)
    assert (last.status_code == 429) == (most is not None)
