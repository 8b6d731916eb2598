"""As deployed: large bodies, slow connections and broken HTTP use up neither memory nor threads, and raise no alarm."""

from __future__ import annotations

import base64
import json
import os
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from tests.functions.costs import COSTS
from tests.functions.examples import event, sign_up
from tests.functions.served import MIB, Peak, Served, at_once, first_line, kept_open, served
from tests.standins.receiver import eventually
from tests.world.functions_over_http import HOOMDOSSIER, Machine

pytestmark = [pytest.mark.xdist_group("serving"), pytest.mark.timed]  # One attack at a time, and nothing beside it.

FORM = b"POST /zonnig-dorp/aanmelden HTTP/1.1\r\nHost: x\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = FORM + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
REPORT, FORM_COST = COSTS["receive-event pdf"], COSTS["receive-webform POST"]
SLACK = 3.0  # seconds that this machine may be busy


@pytest.fixture(scope="module")
def form(lasting_link: Machine) -> Iterator[Served]:
    with served("receive_webform") as process:
        yield process


@pytest.fixture(scope="module")
def events(lasting_link: Machine) -> Iterator[Served]:
    with served("receive_event") as process:
        yield process


# -- memory ------------------------------------------------------------------------------------------------------------


def report(building: int, mebibytes: int = 24) -> bytes:
    """A report as Hoomdossier sends it, in base64."""
    body = event("pdf")
    contents = b"%PDF-1.4" + os.urandom(1024) * (mebibytes * 1024 - 60) + str(building).encode()
    return json.dumps({**body, "pdf": {**body["pdf"], "contents": base64.b64encode(contents).decode()}}).encode()


def posted(served: Served, key: str, body: bytes, *, withheld: int = 0, chunked: bool = False) -> str:
    head = f"POST /zonnig-dorp/{key}/hoomdossier/pdf HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    if not chunked:
        return served.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), body[: len(body) - withheld])
    parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in (body[at : at + MIB] for at in range(0, len(body), MIB))]
    return served.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *parts, b"0\r\n\r\n")


@pytest.mark.parametrize("how", ["whole", "withheld", "chunked"])
def test_large_bodies_with_a_wrong_key_take_no_memory(events: Served, how: str) -> None:
    body = b" " * (32 * MIB)
    with Peak(events) as peak:
        answers = at_once(
            64, lambda: posted(events, "wrong", body, withheld=int(how == "withheld"), chunked=how == "chunked")
        )
    assert answers == {"HTTP/1.1 401 UNAUTHORIZED": 64}
    assert peak.memory < 200


def test_the_framework_itself_reads_no_body_either(events: Served) -> None:
    head = b"POST /robots.txt HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (32 * MIB)
    with Peak(events) as peak:
        answers = at_once(32, lambda: events.send(head, b" " * (32 * MIB)))
    assert answers == {"HTTP/1.1 404 NOT FOUND": 32}
    assert peak.memory < 200


@pytest.mark.parametrize(
    ("count", "chunked"),
    [(12, False), *(pytest.param(64, chunked, marks=pytest.mark.slow) for chunked in (False, True))],
)
def test_large_bodies_with_a_good_key_fit_in_memory(events: Served, count: int, chunked: bool) -> None:
    body = report(1)
    assert len(body) > 31 * MIB
    with Peak(events) as peak:
        answers = at_once(count, lambda: posted(events, HOOMDOSSIER, body, chunked=chunked))
    assert answers.keys() <= {"HTTP/1.1 200 OK", "HTTP/1.1 503 SERVICE UNAVAILABLE"}
    assert answers["HTTP/1.1 200 OK"] >= min(count, 30)
    assert peak.memory < REPORT.memory


def test_a_body_for_which_there_is_no_memory_is_answered_with_retry_after(events: Served) -> None:
    head = b"POST /zonnig-dorp/%b/hoomdossier/pdf HTTP/1.1\r\nHost: x\r\n" % HOOMDOSSIER.encode()
    with kept_open(events, 50, head + b"Content-Length: %d\r\n\r\n{" % (32 * MIB)) as callers:
        refused = []
        for caller in callers:
            caller.settimeout(0.2)
            with suppress(TimeoutError):
                refused.append(caller.recv(4096))
        assert len(refused) >= 10
        assert all(b" 503 " in answer and b"Retry-After: 5" in answer for answer in refused)
        small = httpx.post(f"{events.base}/zonnig-dorp/{HOOMDOSSIER}/hoomdossier/gebruik", json=event("gebruik"))
        assert small.status_code == 200
        assert small.elapsed.total_seconds() < SLACK
    # Once it has seen that the callers are gone, there is memory again.
    eventually(lambda: posted(events, HOOMDOSSIER, report(1)) == "HTTP/1.1 200 OK", within=20)


def test_four_reports_at_once_are_all_accepted(events: Served) -> None:
    bodies = [report(number) for number in range(4)]
    answers = at_once(4, lambda: posted(events, HOOMDOSSIER, bodies.pop()))
    assert answers == {"HTTP/1.1 200 OK": 4}, events.logged()[-4000:]


# -- slow senders ------------------------------------------------------------------------------------------------------

SLOW = {
    "nothing": b"",
    "a line": FORM,
    "a request after another": b"GET /zonnig-dorp/aanmelden/x HTTP/1.1\r\nHost: x\r\n\r\n" + FORM,
    "no end of a small body": FORM + JSON + b"Content-Length: 1000\r\n\r\n{",
    "zeros before the length": FORM + JSON + b"Content-Length: 000000001000\r\n\r\n{",
    "no chunk": CHUNKED + b"5\r\n{",
    "what is not read": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n{",
    "a body after a 100": FORM + JSON + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
    "all of it, and it stays": b"GET /x HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("drip", [b"", b"1"], ids=["", "dripping"])
@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_slow_senders_keep_nobody_waiting(form: Served, sent: bytes, drip: bytes) -> None:
    with kept_open(form, 100, sent, drip):
        for _ in range(3):
            answer = httpx.post(f"{form.base}/zonnig-dorp/aanmelden", json=sign_up(), timeout=30)
            assert answer.status_code == 202
            assert answer.elapsed.total_seconds() < SLACK


CUT_OFF = {  # The bytes sent at first, the bytes that follow slowly, and the seconds before the connection is closed.
    "silent": (b"", b"", FORM_COST.head),
    "head": (FORM, b"", FORM_COST.head),
    "dripping head": (FORM, b" ", FORM_COST.head),
    "body": (SLOW["no end of a small body"], b"", FORM_COST.body),
    "dripping body": (SLOW["no end of a small body"], b" ", FORM_COST.body),
    "chunk": (SLOW["no chunk"], b"", FORM_COST.body),
    "dripping chunk": (SLOW["no chunk"], b" ", FORM_COST.body),
}


def test_more_connections_than_file_descriptors_stop_no_request(lasting_link: Machine) -> None:
    """The connections that wait longest are closed for new ones."""
    with served("receive_webform") as process:
        for each in process.pids:
            resource.prlimit(each, resource.RLIMIT_NOFILE, (100, 100))
        with kept_open(process, 150, FORM):
            began = time.monotonic()
            assert "404" in process.send(b"GET /nobody HTTP/1.1\r\nHost: x\r\n\r\n")
            assert time.monotonic() - began < SLACK
        assert "EMFILE" not in process.logged()
        assert "Traceback" not in process.logged()


def test_a_slow_sender_is_cut_off(form: Served) -> None:
    """All cases run at once, because each takes seconds."""

    def wait(case: tuple[bytes, bytes, float]) -> tuple[str, float]:
        sent, drip, within = case
        started = time.monotonic()
        with kept_open(form, 1, sent, drip) as (caller,):
            return first_line(caller), time.monotonic() - started - within

    with ThreadPoolExecutor(len(CUT_OFF)) as pool:
        ended = dict(zip(CUT_OFF, pool.map(wait, CUT_OFF.values()), strict=True))
    answers = {"", "HTTP/1.1 408 Request Timeout", "HTTP/1.1 400 BAD REQUEST"}
    assert not {name: end for name, end in ended.items() if end[0] not in answers or end[1] >= SLACK}


def test_a_client_that_sends_all_before_it_reads_gets_the_answer(form: Served) -> None:
    """A photo is larger than the 64 KiB that a form may have."""
    head = FORM + JSON + b"Content-Length: %d\r\n\r\n" % (8 * MIB)
    pieces = [b" " * (MIB // 4)] * 32
    assert form.send(head, *pieces) == "HTTP/1.1 413 REQUEST ENTITY TOO LARGE"


def test_a_connection_is_used_again(form: Served) -> None:
    with httpx.Client() as caller:
        for _ in range(3):
            answer = caller.post(f"{form.base}/zonnig-dorp/aanmelden", json=sign_up())
            assert (answer.status_code, answer.headers["Connection"]) == (202, "keep-alive")


def test_pipelined_requests_are_answered_in_order(form: Served) -> None:
    request = b"GET /zonnig-dorp/aanmelden/x HTTP/1.1\r\nHost: x\r\n"
    with socket.create_connection(("127.0.0.1", form.port)) as caller:
        caller.settimeout(10)
        caller.sendall((request + b"\r\n") * 2 + request + b"Connection: close\r\n\r\n")
        answers = b""
        while part := caller.recv(65536):
            answers += part
    assert answers.count(b"HTTP/1.1 404 NOT FOUND") == 3


# -- no HTTP, or odd HTTP ----------------------------------------------------------------------------------------------


def _form(kind: bytes, body: bytes) -> bytes:
    return FORM + b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)


def _get(target: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join([b"GET %b HTTP/1.1" % target, *(lines or [b"Host: x"]), b"", b""])


PARTS = b"multipart/form-data; boundary=x"
ODD = {
    "chunk of no size": CHUNKED + b"ZZZ\r\n",
    "chunk of less than nothing": CHUNKED + b"-1\r\n",
    "chunk of more than all": CHUNKED + b"f" * 30 + b"\r\nx",
    "chunk that does not end": CHUNKED + b"5\r\nabcdeXX0\r\n\r\n",
    "chunk with an odd extension": CHUNKED + b'5;a="\r\n',
    "odd trailer": CHUNKED + b"2\r\n{}\r\n0\r\nX: \x00\r\n\r\n",
    "part without a name": _form(PARTS, b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
    "part without a disposition": _form(PARTS, b"--x\r\nX: y\r\n\r\nx\r\n--x--\r\n"),
    "part without headers": _form(PARTS, b"--x\r\n\r\nx\r\n--x--\r\n"),
    "part with half a header": _form(PARTS, b"--x\r\nContent-Disposition\r\n\r\nx\r\n--x--\r\n"),
    "no boundary": _form(b"multipart/form-data", b"x"),
    "odd type": _form(b"application/json; charset*=nope''%ff; charset=\x01", b"{}"),
    "half characters": _form(b"application/json", b'{"\\ud800":"\\ud800"}'),
    "large number": _form(b"application/json", b'{"input_3":%b}' % (b"9" * 5000)),
    "nothing": FORM + b"\r\n",
    "length below nothing": FORM + b"Content-Length: -1\r\n\r\n",
    "length beyond all": FORM + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "length beyond Python": FORM + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "two lengths": FORM + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "length and chunks": FORM + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": FORM + b"Transfer-Encoding: x\r\n\r\n",
    "compressed chunks": FORM + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "half a body": FORM + JSON + b"Content-Length: 500\r\n\r\n{",
    "half a large body": FORM + JSON + b"Content-Length: 60000\r\nExpect: 100-continue\r\n\r\n{",
    "odd expectation": FORM + b"Expect: 200-ok\r\nContent-Length: 0\r\n\r\n",
    "HTTP 0.9": b"GET /\r\n\r\n",
    "HTTP 1.0": b"GET / HTTP/1.0\r\n\r\n",
    "HTTP 2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP 2 asked": _get(b"/", b"Host: x", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: "),
    "a websocket": _get(b"/", b"Host: x", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: x"),
    "TLS": b"\x16\x03\x01\x02\x00" * 20 + b"\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\n\r\n",
    "authority": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "half an address": _get(b"http://[::1/"),
    "two slashes": _get(b"//evil.example/%2f.."),
    "bytes": _get(b"/\xff"),
    "coded bytes": _get(b"/%00%0d%0aX:y/%ff?%ff%00=%c3%28"),
    "a path of megabytes": _get(b"/" + b"a" * 3_000_000),
    "a line break in the path": b"POST /x%0a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "two hosts": _get(b"/", b"Host: x", b"Host: y"),
    "many headers": _get(b"/", *[b"A: b"] * 1000),
    "a large header": _get(b"/", b"X: " + b"a" * 20_000),
    "a huge header": _get(b"/", b"X: " + b"a" * 200_000),
    "a header with a break": _get(b"/", b"X: a\rb"),
    "a folded header": _get(b"/", b"X: a\r\n b"),
    "our own path": _get(b"/a", b"Host: x", b"SCRIPT_NAME: /b", b"PATH_INFO: /c", b"REMOTE_USER: d"),
    "two schemes": _get(b"/a", b"Host: x", b"X-Forwarded-Proto: https", b"X-Forwarded-Ssl: off"),
    "odd headers": _get(b"/a", b"Host: x", b"Accept: \xff/\xff;q=NaN", b"Cookie: =;;\xff", b"X-Cloud-Trace-Context: \xff/"),
    "bare line feeds": b"GET / HTTP/1.1\n\n",
    **{f"host {host!r}": _get(b"/zonnig-dorp/aanmelden/x", b"Host: " + host) for host in (b"", b"[", b"a b", b"\xff")},
    **{f"method {it!r}": it + b" / HTTP/1.1\r\nHost: x\r\n\r\n" for it in (b"TRACE", b"FOO", b"HEAD", b"get", b"\xff")},
}  # fmt: skip


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
def test_nothing_that_a_stranger_sends_is_a_fault_of_ours(form: Served, sent: bytes) -> None:
    answer = form.send(sent, then=lambda caller: caller.shutdown(socket.SHUT_WR))
    assert answer == "" or answer.split()[1][0] == "4" or "100 Continue" in answer, answer


def test_what_strangers_send_raises_no_alarm(form: Served) -> None:
    """Not even for a caller that has disconnected."""
    for sent in ODD.values():
        form.send(sent, then=lambda caller: caller.shutdown(socket.SHUT_RDWR) if len(sent) < 10_000 else None)
    logged = form.logged()
    assert '"ERROR"' not in logged
    assert "Traceback" not in logged
    assert all(line.startswith("{") for line in logged.splitlines())
