"""The check of callers, over every route. A route outside the suite fails the build."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate

from main import FUNCTIONS
from shared.hoomdossier.inbound import KINDS
from tests.functions.routes import FEEDS, PAGES, ROUTES, Route, described, is_problem
from tests.world.functions_over_http import SECRETS, SERVICE_ACCOUNT, Machine

METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
CLOSED = [route for route in ROUTES if route.caller != "anybody"]
KEYED = [route for route in CLOSED if route.caller != "google"]
GOOGLES = [route for route in CLOSED if route.caller == "google"]

# Without them nobody could sign in. `staff/test_access.py` says which pages these are.
OPEN_PAGES = {f"/show-staff/_/{name}" for name in ("{name}", "sign-in", "signed-in", "signed-out")}

each_closed = pytest.mark.parametrize("route", CLOSED, ids=lambda it: it.name)
each_keyed = pytest.mark.parametrize("route", KEYED, ids=lambda it: it.name)
each_google = pytest.mark.parametrize("route", GOOGLES, ids=lambda it: it.name)
each = pytest.mark.parametrize("route", ROUTES, ids=lambda it: it.name)


def test_every_route_is_described_and_is_in_this_suite() -> None:
    document = described()
    validate(document)
    operations = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method in METHODS
    }
    assert operations == {(route.method, route.path) for route in (*ROUTES, *PAGES, *FEEDS)}
    assert {path.split("/")[1].replace("-", "_") for _, path in operations} == FUNCTIONS
    kinds = set(document["components"]["schemas"]["EventKind"]["enum"])
    assert kinds == KINDS.keys() == {route.kind for route in ROUTES if route.kind}


def test_the_description_says_who_calls() -> None:
    for path, item in described()["paths"].items():
        for method in METHODS & item.keys():
            callers = {it.caller for it in (*ROUTES, *PAGES, *FEEDS) if (it.method, it.path) == (method.upper(), path)}
            schemes = [scheme for alternative in item[method]["security"] for scheme in alternative]
            open_to_all = (
                {"anybody", "hoomdossier"}
                | ({"staff"} if path in OPEN_PAGES else set())
                | ({"program"} if "{secret}" in path else set())
            )
            assert schemes == sorted(callers - open_to_all), path


def stored(link: Machine) -> dict[str, str]:
    """Without the alarms, which `test_wrong_key.py` counts."""
    return {place: version for place, version in link.versions().items() if not place.startswith("locks/alarm-")}


def refused(link: Machine, route: Route, **call: Any) -> bytes:
    before = stored(link)
    answer = route.call(link, **call)
    assert is_problem(answer, 401) == {}
    assert stored(link) == before
    return answer.content


@each_closed
def test_a_missing_key_is_refused(lasting_link: Machine, route: Route) -> None:
    refused(lasting_link, route, key="")


@each_closed
def test_all_wrong_keys_look_the_same(lasting_link: Machine, route: Route) -> None:
    """An unknown cooperation gets the same answer, so nobody learns which cooperations exist."""
    answers = {refused(lasting_link, route, key=key) for key in ("wrong", "x" * 5000, "-", "ZONNIG_ECONOBIS_NEW")}
    if route.caller != "google":
        good = route.good_key(lasting_link)
        answers |= {refused(lasting_link, route, key=good, cooperation=it) for it in ("nergens", "ZONNIG-DORP")}
    assert len(answers) == 1


@each_keyed
@pytest.mark.parametrize("age", ["_NEW", "_OLD"])
def test_the_old_and_the_new_key_are_accepted_during_rotation(lasting_link: Machine, route: Route, age: str) -> None:
    answer = route.call(lasting_link, key=route.good_key(lasting_link, age=age), content=b"{")
    assert is_problem(answer, 400) == {"body": "De aanvraag is geen leesbaar JSON-object."}


@each_keyed
def test_the_keys_of_others_are_refused(lasting_link: Machine, route: Route) -> None:
    """The keys of another cooperation, of another caller, and those with which we call the peers."""
    good = {route.good_key(lasting_link, age=age) for age in ("_NEW", "_OLD")}
    for key in set(SECRETS.values()) - good:
        refused(lasting_link, route, key=key)
    refused(lasting_link, route, key=next(iter(good)), cooperation="meer-energie")


MANGLED: dict[str, Callable[[str], str]] = {
    "cut": lambda key: key[:-1],
    "longer": lambda key: f"{key}x",
    "upper case": str.upper,
    "no-break space": lambda key: f"{key}\u00a0",
    "next line": lambda key: f"{key}\x85",
    "non-ascii": lambda key: f"{key}é",
    "both": lambda key: f"{key},{key}",
    "quoted": lambda key: f'"{key}"',
}


@each_keyed
@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED)
def test_a_key_is_compared_literally(lasting_link: Machine, route: Route, mangle: Callable[[str], str]) -> None:
    key = mangle(route.good_key(lasting_link))
    if route.caller == "econobis":
        refused(lasting_link, route, key="x", header=lambda _: f"Bearer {key}".encode("latin-1"))
    else:
        refused(lasting_link, route, key=key)


@pytest.mark.parametrize("route", [it for it in KEYED if it.caller == "hoomdossier"], ids=lambda it: it.name)
@pytest.mark.parametrize("ending", ["%0A", "%0D%0A", "%20", "%00", "%0B", "%FF", "%C0%AF", "%E2%80%8B"])
def test_a_key_in_a_path_with_an_odd_ending_is_refused(lasting_link: Machine, route: Route, ending: str) -> None:
    """A path with a line break is refused by the framework."""
    before = stored(lasting_link)
    answer = route.call(lasting_link, key=route.good_key(lasting_link) + ending)
    assert answer.status_code == (404 if "%0A" in ending else 401)
    assert stored(lasting_link) == before


@each_closed
@pytest.mark.parametrize("header", ["Basic {}", "{}", "Bearer", "Token {}", "Bearer{}"])
def test_a_key_in_another_scheme_is_refused(lasting_link: Machine, route: Route, header: str) -> None:
    if route.caller != "hoomdossier":
        refused(lasting_link, route, header=header.format)


@each_google
def test_googles_headers_alone_prove_nothing(lasting_link: Machine, route: Route) -> None:
    """Anybody can send them."""
    headers = {"X-CloudTasks-TaskName": "t", "X-CloudTasks-QueueName": "default", "X-CloudScheduler": "true"}
    refused(lasting_link, route, key="", headers=headers)


@each_google
def test_a_token_for_another_function_or_of_another_account_is_refused(lasting_link: Machine, route: Route) -> None:
    own, other = lasting_link.url(route.function), lasting_link.url("create-dossier")
    refused(lasting_link, route, key=lasting_link.queue.token(SERVICE_ACCOUNT, other))
    refused(lasting_link, route, key=lasting_link.queue.token("another@test.example", own))
    refused(lasting_link, route, key=lasting_link.queue.token(SERVICE_ACCOUNT, f"{own}/"))


@each_google
def test_a_token_that_was_changed_is_refused(lasting_link: Machine, route: Route) -> None:
    head, claims, signature = route.good_key(lasting_link).split(".")
    for token in (f"{head}.{claims}.", f"{head}.{claims}.{signature[::-1]}", f"{head}.{claims}", f"..{signature}"):
        refused(lasting_link, route, key=token)


@each_google
def test_a_good_token_is_accepted(lasting_link: Machine, route: Route) -> None:
    assert route.call(lasting_link).status_code == 200


@each
def test_another_method_is_refused(lasting_link: Machine, route: Route) -> None:
    good = {"GET", "HEAD", "POST", "OPTIONS"} if route.function == "receive-webform" else {"POST"}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"} - good:
        answer = Route(method, route.path, route.caller, None, route.kind).call(lasting_link)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == good
        assert answer.content == b"" if method == "HEAD" else is_problem(answer, 405) == {}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/a%0Ab"])
def test_what_the_framework_answers_itself_tells_nothing(lasting_link: Machine, function: str, path: str) -> None:
    answer = lasting_link.get(function.replace("_", "-"), path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert len(answer.text) < 300


ELSEWHERE = ["/", "/x", "/zonnig-dorp/aanmelden/x/y/z", "/..%2f..", "/zonnig-dorp%00", "/%ff", "/a//b//c//d//e//f"]


@pytest.mark.parametrize("route", [it for it in ROUTES if "{" in it.path], ids=lambda it: it.name)
@pytest.mark.parametrize("path", ELSEWHERE)
def test_an_unknown_address_is_refused(lasting_link: Machine, route: Route, path: str) -> None:
    """A path of one part is an unknown cooperation on the routes that take one part."""
    answer = lasting_link.http.request(route.method, lasting_link.url(route.function, path), content=b"{}")
    is_problem(answer, 401 if answer.status_code == 401 and route.caller == "econobis" else 404)


IDS = ["x", "0" * 31, "0" * 33, "A" * 32, "...", "%2e%2e%2e", "__x__", "%00", "a%20b", "é", "9" * 1600]


@pytest.mark.parametrize("id_", IDS)
def test_an_unknown_sign_up_is_not_found(lasting_link: Machine, id_: str) -> None:
    is_problem(lasting_link.get("receive-webform", f"/zonnig-dorp/aanmelden/{id_}"), 404)


def test_a_sign_up_is_found_only_at_the_forms_of_its_campaign(lasting_link: Machine) -> None:
    """Forms of one campaign share their sign-ups: the same sign-up has one id in both."""
    id_ = lasting_link.sign_up(json=ROUTES[0].body).json()["id"]
    for path in ("/zonnig-dorp/aanmelden", "/zonnig-dorp/pagina"):
        assert lasting_link.get("receive-webform", f"{path}/{id_}").status_code == 200
    is_problem(lasting_link.get("receive-webform", f"/meer-energie/aanmelden/{id_}"), 404)


@pytest.mark.parametrize("route", [it for it in KEYED if it.caller == "econobis"], ids=lambda it: it.name)
def test_the_key_decides_for_which_cooperation_a_call_is(link: Machine, route: Route) -> None:
    """Whatever else in the request names another one."""
    other = {"cooperation": "meer-energie", "cooperation_id": "meer-energie", "tenant": "meer-energie"}
    headers = {"X-Cooperation": "meer-energie", "X-Original-URL": "/meer-energie", "Forwarded": "host=meer-energie"}
    answer = route.call(link, json={**route.body, **other}, headers=headers, params=other)
    assert answer.status_code < 300
    assert {work["cooperation"] for work in link.documents().values() if "cooperation" in work} == {"zonnig-dorp"}


@each_closed
def test_the_key_is_checked_before_the_body(lasting_link: Machine, route: Route) -> None:
    refused(lasting_link, route, key="wrong", content=b"{" * 1000)


def test_a_refusal_is_answered_at_once(lasting_link: Machine) -> None:
    started = time.monotonic()
    for route in CLOSED:
        refused(lasting_link, route, key="wrong")
    assert time.monotonic() - started < len(CLOSED) * 0.2
