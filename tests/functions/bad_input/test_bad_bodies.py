"""An unreadable body is refused soon with a reason, and nothing is stored, on every route that reads one."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.functions.bad_input.bodies import UNREADABLE
from tests.functions.routes import ROUTES, Route, is_problem
from tests.world.functions_over_http import Machine

BOMB = gzip.compress(b"[" * 10_000_000)
POSTED = [route for route in ROUTES if route.method == "POST"]
READ = [route for route in POSTED if route.body is not None and route.kind in {"", "afspraak", "delete"}]
CLOSED = [route for route in POSTED if route.caller != "anybody" and route.kind in {"", "pdf"}]
each_closed = pytest.mark.parametrize("route", CLOSED, ids=lambda it: it.name)
each_read = pytest.mark.parametrize("route", READ, ids=lambda it: it.name)
each_posted = pytest.mark.parametrize("route", POSTED, ids=lambda it: it.name)


@contextmanager
def nothing_is_kept(link: Machine, within: float = 1.0) -> Iterator[None]:
    before, started = link.versions(), time.monotonic()
    yield
    assert time.monotonic() - started < within
    assert link.versions() == before


@each_read
def test_a_body_that_is_no_json_object_is_refused(lasting_link: Machine, route: Route) -> None:
    for case, body in UNREADABLE.items():
        with nothing_is_kept(lasting_link):
            answer = route.call(lasting_link, content=body, headers={"Content-Type": "application/json"})
        reasons = is_problem(answer, 400)
        if case == "urlencoded" and route.function == "receive-webform":
            assert reasons.keys() == {"Content-Type"}
        else:
            assert reasons == {"body": "De aanvraag is geen leesbaar JSON-object."}, case


@each_read
def test_an_empty_object_is_refused(lasting_link: Machine, route: Route) -> None:
    with nothing_is_kept(lasting_link):
        answer = route.call(lasting_link, json={})
    assert answer.status_code in {400, 422}
    assert answer.json()


@each_read
@pytest.mark.parametrize("chunked", [False, True], ids=["", "chunked"])
def test_a_body_over_the_limit_is_refused(lasting_link: Machine, route: Route, chunked: bool) -> None:
    body = b" " * (route.limit + 1)
    with nothing_is_kept(lasting_link):
        answer = route.call(lasting_link, content=iter([body]) if chunked else body)
        reasons = is_problem(answer, 413)
    most = f"{route.limit >> 20} MB" if route.limit >= 1 << 20 else f"{route.limit >> 10} KiB"
    assert reasons == {"body": f"De inhoud is te groot: hooguit {most}."}


@each_closed
@pytest.mark.parametrize("chunked", [False, True], ids=["", "chunked"])
def test_a_wrong_key_is_answered_whatever_the_body_is(lasting_link: Machine, route: Route, chunked: bool) -> None:
    """A caller that sends the whole body before it reads gets the answer too."""
    body = b"{" * (route.limit + 1)
    answer = route.call(lasting_link, key="wrong", content=iter([body]) if chunked else body)
    assert is_problem(answer, 401) == {}


@each_posted
@pytest.mark.parametrize("key", [None, "wrong"], ids=["", "by nobody"])
def test_a_content_length_over_the_limit_is_refused_before_the_body_comes(
    lasting_link: Machine, route: Route, key: str | None
) -> None:
    status = 413 if key is None or route.caller == "anybody" else 401
    request = route.request(lasting_link, key=key, content=b"")
    head = [f"{route.method} {request.url.raw_path.decode()} HTTP/1.1", "Content-Length: 10000000000"]
    head += [f"{name}: {value}" for name, value in request.headers.items() if name != "content-length"]
    with socket.create_connection((request.url.host, request.url.port or 80)) as caller:
        caller.settimeout(1)
        caller.sendall("\r\n".join([*head, "", "{"]).encode())
        assert caller.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


@each_read
def test_a_body_of_the_limit_is_read(lasting_link: Machine, route: Route) -> None:
    if route.kind in {"", "delete"}:
        answer = route.call(lasting_link, content=b"{" + b" " * (route.limit - 2) + b"x")
        is_problem(answer, 400)


@each_posted
def test_a_compressed_body_is_refused(lasting_link: Machine, route: Route) -> None:
    """A small compressed body can become a huge one."""
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"):
        with nothing_is_kept(lasting_link):
            answer = route.call(lasting_link, content=BOMB, headers={"Content-Encoding": coding})
        assert is_problem(answer, 415).keys() == {"Content-Encoding"}


@each_read
@pytest.mark.parametrize("count", [2_000, 1_000_000])
def test_very_many_keys_are_answered_soon(lasting_link: Machine, route: Route, count: int) -> None:
    body = b"{" + b",".join(b'"k%d":0' % number for number in range(count)) + b"}"
    with nothing_is_kept(lasting_link, within=2.0):
        answer = route.call(lasting_link, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {413, 422}
    assert answer.elapsed.total_seconds() < 1


@each_read
def test_the_last_of_two_equal_keys_counts(lasting_link: Machine, route: Route) -> None:
    """PHP reads it so, and so do both peers. In a form the value that is filled in counts."""
    if route.function == "receive-webform":
        return
    first = next(iter(route.body))
    good = lasting_link.http.build_request("POST", "http://x", json=route.body).content
    twice = good[:-1] + b',"%s":[]}' % first.encode()
    with nothing_is_kept(lasting_link):
        answer = route.call(lasting_link, content=twice, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert first in answer.text


@each_read
@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e308", "-0", "0.0", "9" * 400, "1E+2"])
def test_odd_numbers_are_refused(lasting_link: Machine, route: Route, number: str) -> None:
    """In a compulsory field, and in a field that is not read."""
    first = next(iter(route.body))
    for body in (f'{{"{first}":{number}}}', f'{{"{first}":{{"contact_id":{number},"building_id":{number}}}}}'):
        with nothing_is_kept(lasting_link):
            answer = route.call(lasting_link, content=body.encode(), headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "text/csv", "application/octet-stream", "x", "*/*"])
def test_a_form_with_another_content_type_is_refused(lasting_link: Machine, kind: str) -> None:
    """Browsers let a page of another site post these types without a CORS check."""
    with nothing_is_kept(lasting_link):
        answer = ROUTES[0].call(lasting_link, headers={"Content-Type": kind}, content=b"voornaam=Anna")
        assert is_problem(answer, 415) == {
            "Content-Type": "U stuurt een gewoon formulier, maar zegt dat het iets anders is: "
            "zet Content-Type op application/x-www-form-urlencoded."
        }


@pytest.mark.parametrize("kind", ["application/json; charset=utf-16", "APPLICATION/JSON", "application/json;;;=", ""])
def test_json_is_read_as_utf_8_whatever_its_content_type_says(lasting_link: Machine, kind: str) -> None:
    with nothing_is_kept(lasting_link):
        answer = ROUTES[0].call(lasting_link, headers={"Content-Type": kind}, content=b"{}")
        assert "naam" in is_problem(answer, 422)
