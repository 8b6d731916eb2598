"""The requests of Power Query, byte for byte, as they were recorded (go-odata issue 874, and a published report).

Microsoft's own reader cannot run here. What is known to stop it is checked: two OData-Version headers, a form that it
does not read, a link to the next page that is relative or has another host.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from lxml import etree

from tests.feed.feeding import KEY, Reader, basic
from tests.functions.served import served
from tests.world.functions_over_http import Machine

HEADERS = (
    b"Accept-Encoding: gzip, deflate\r\n"
    b"User-Agent: Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)\r\n"
    b"MaxDataServiceVersion: 3.0\r\n"
    b"OData-MaxVersion: 4.0\r\n"
    b"Accept: application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    b"application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7\r\n"
)
PLACE = "/zonnig-dorp/odata"


@pytest.fixture(scope="module")
def reader(feed: Machine) -> Iterator[Reader]:
    """The same campaign, served by gunicorn."""
    with served("serve_feed") as function:
        reader = Reader(feed)
        reader.root = f"{function.base}{PLACE}"
        yield reader


def send(reader: Reader, target: str, *, key: str | None = KEY) -> tuple[int, list[tuple[str, str]], bytes]:
    """The bytes of one request, and what came back: status, headers as they were sent, and body."""
    where = urlsplit(reader.root)
    assert where.hostname
    signed = f"Authorization: {basic(key, 'powerbi')}\r\n".encode() if key else b""
    with socket.create_connection((where.hostname, where.port or 80), timeout=30) as caller:
        host = f"Host: {where.netloc}\r\n".encode()
        caller.sendall(f"GET {target} HTTP/1.1\r\n".encode() + HEADERS + signed + host + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: caller.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return int(first.split()[1]), headers, body


def only(headers: list[tuple[str, str]], name: str) -> str:
    """The value of a header that is there once, whatever its case."""
    values = [value for other, value in headers if other.lower() == name.lower()]
    assert len(values) == 1, headers
    return values[0]


def test_it_is_asked_for_a_key_and_comes_back_with_it(reader: Reader) -> None:
    status, headers, _ = send(reader, f"{PLACE}/", key=None)
    assert status == 401
    assert only(headers, "WWW-Authenticate").startswith("Basic ")
    assert send(reader, f"{PLACE}/")[0] == 200


@pytest.mark.parametrize("target", [f"{PLACE}/", PLACE, f"{PLACE}/Journeys", f"{PLACE}/Measures?$top=200"])
def test_it_gets_json_with_one_version(reader: Reader, target: str) -> None:
    status, headers, body = send(reader, target)
    assert status == 200
    assert only(headers, "OData-Version") == "4.0"
    assert only(headers, "Content-Type") == "application/json;odata.metadata=minimal"
    assert json.loads(body)["@odata.context"].startswith(f"{reader.root}/$metadata")


def test_it_gets_metadata_as_xml(reader: Reader) -> None:
    """Although it says that it would rather have JSON."""
    status, headers, body = send(reader, f"{PLACE}/$metadata")
    assert status == 200
    assert only(headers, "OData-Version") == "4.0"
    assert only(headers, "Content-Type") == "application/xml"
    assert etree.QName(etree.fromstring(body)).localname == "Edmx"


def test_an_incremental_refresh_reads_what_changed(reader: Reader) -> None:
    """Two bounds with an encoded offset, as Power BI folds RangeStart and RangeEnd."""
    start, end = (quote(reader.changed_at(place), safe="") for place in (20, 60))
    assert "%2B01%3A00" in start
    target = f"{PLACE}/Journeys?$filter=changed_at%20ge%20{start}%20and%20changed_at%20lt%20{end}&$top=1000"
    status, _, body = send(reader, target)
    assert status == 200
    in_order = sorted(reader.rows("Journeys"), key=lambda row: row["changed_at"])
    assert json.loads(body)["value"] == in_order[20:60]


def test_it_reads_on_by_the_absolute_link(reader: Reader) -> None:
    target, read = f"{PLACE}/Milestones?$select=milestone_id,at&$top=250", []
    # Power Query prefers no size, and would need 1,001 rows; the mark holds the size of the first page.
    page = reader.follow(f"http://{urlsplit(reader.root).netloc}{target}", Prefer="odata.maxpagesize=60").json()
    while True:
        read += [row["milestone_id"] for row in page["value"]]
        if "@odata.nextLink" not in page:
            break
        link = urlsplit(page["@odata.nextLink"])
        assert (link.scheme, link.netloc) == urlsplit(reader.root)[:2]
        status, headers, body = send(reader, f"{link.path}?{link.query}")
        assert status == 200
        assert only(headers, "OData-Version") == "4.0"
        page = json.loads(body)
    assert read == [row["milestone_id"] for row in reader.rows("Milestones", top=250)]
    assert len(read) == 250


def test_an_error_has_one_version_too(reader: Reader) -> None:
    for target, expected in (
        (f"{PLACE}/Nothing", 404),
        (f"{PLACE}/Journeys?$expand=x", 501),
        ("/x/odata/", 401),
    ):
        status, headers, body = send(reader, target)
        assert status == expected
        assert only(headers, "OData-Version") == "4.0"
        assert json.loads(body)["error"]["message"]


def test_a_long_address_arrives(reader: Reader) -> None:
    """Power Query writes a list of values as a chain of `or`; other readers and servers stop at 2,048 signs."""
    ids = [row["journey_id"] for row in reader.rows("Journeys", top=100)]
    chain = "%20or%20".join(f"journey_id%20eq%20%27{it}%27" for it in ids)
    assert len(chain) > 4_096
    status, _, body = send(reader, f"{PLACE}/Journeys?$filter={chain}&$select=journey_id&$top=1000")
    assert status == 200
    assert [row["journey_id"] for row in json.loads(body)["value"]] == ids


def test_the_front_tells_which_host_was_asked(reader: Reader) -> None:
    """In Google Cloud the function hears plain HTTP; the link must be https."""
    page = reader.get(
        "Journeys", **{"X-Forwarded-Proto": "https", "Host": "feed.example.nl", "Prefer": "maxpagesize=2"}
    )
    assert page.json()["@odata.nextLink"].startswith(f"https://feed.example.nl{PLACE}/Journeys?")
