"""HEAD: the headers of GET and no body, byte for byte, under the server that Cloud Functions uses."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shared import wiring
from shared.clock import utc_now
from shared.work.calendar_addresses import ALL, token_of
from shared.work.feed_salt import salt_of
from tests.feed.feeding import COOPERATION, basic, feeding, store_resident
from tests.functions.served import served

PLACE = f"/{COOPERATION}/odata"
LENGTHS = {"content-length", "transfer-encoding"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with feeding(tmp_path_factory.mktemp("feed"), residents=12), served("serve_feed") as function:
        store_resident(1, visit_coach=11, visit_at=utc_now() + timedelta(days=1))
        yield function.base


def send(base: str, method: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case, without the date) and all bytes that follow them."""
    where = urlsplit(base)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {where.netloc}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection((where.hostname or "", where.port or 80), timeout=30) as caller:
        caller.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: caller.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *told = head.decode("latin-1").split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in told)]
    assert len(dict(pairs)) == len(pairs), told
    return int(first.split()[1]), {name: value for name, value in pairs if name != "date"}, body


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/", 200),
        ("", 200),
        ("/$metadata", 200),
        ("/Journeys", 200),
        ("/Milestones?$top=3&$count=true", 200),
        ("/Journeys/$count", 200),
        ("/Campaigns(1)", 200),
        ("/Journeys?$top=x", 400),
        ("/Nothing", 404),
        ("/Journeys?$format=xml", 406),
        ("/Journeys?$expand=x", 501),
    ],
)
def test_odata_gives_the_headers_of_get(base: str, target: str, status: int) -> None:
    key = basic()
    got, headers, body = send(base, "GET", f"{PLACE}{target}", Authorization=key, Prefer="odata.maxpagesize=5")
    assert (got, int(headers["content-length"])) == (status, len(body))
    assert body
    assert headers["odata-version"] == "4.0"
    head = send(base, "HEAD", f"{PLACE}{target}", Authorization=key, Prefer="odata.maxpagesize=5")
    assert head == (status, headers, b"")


def test_without_a_key_too(base: str) -> None:
    status, headers, body = send(base, "GET", f"{PLACE}/Journeys")
    assert (status, headers["www-authenticate"][:5], body[:1]) == (401, "Basic", b"{")
    assert send(base, "HEAD", f"{PLACE}/Journeys") == (401, headers, b"")


@pytest.mark.parametrize("file", ["journeys.csv", "journeys.jsonl"])
def test_a_file_whose_length_is_not_known_yet(base: str, file: str) -> None:
    status, headers, body = send(base, "GET", f"/{COOPERATION}/{file}", Authorization=basic())
    assert (status, headers.pop("transfer-encoding", ""), body[:1] != b"") == (200, "chunked", True)
    head_status, head, none = send(base, "HEAD", f"/{COOPERATION}/{file}", Authorization=basic())
    assert (head_status, none) == (200, b"")
    assert {name: it for name, it in head.items() if name not in LENGTHS} == headers


@pytest.mark.parametrize("calendar", ["11", ALL])
def test_a_calendar_gives_the_headers_of_get(base: str, calendar: str) -> None:
    token = token_of(salt_of(wiring.services().store, COOPERATION), calendar)
    target = f"/{COOPERATION}/calendar/{token}.ics"
    status, headers, body = send(base, "GET", target)
    assert (status, int(headers["content-length"])) == (200, len(body))
    assert b"BEGIN:VEVENT" in body
    assert headers["x-robots-tag"] == "noindex"
    assert headers["etag"]
    assert send(base, "HEAD", target) == (200, headers, b"")
    known = {"If_None_Match": headers["etag"]}
    status, unchanged, body = send(base, "GET", target, **known)
    assert (status, body, unchanged["x-robots-tag"]) == (304, b"", "noindex")
    assert send(base, "HEAD", target, **known) == (304, unchanged, b"")


def test_a_calendar_that_is_not_there(base: str) -> None:
    target = f"/{COOPERATION}/calendar/nobody.ics"
    status, headers, body = send(base, "GET", target)
    assert (status, headers["content-type"], body[:1]) == (404, "application/problem+json", b"{")
    assert send(base, "HEAD", target) == (404, headers, b"")
