"""Programs of others read every table over HTTP, page by page: python-odata, odatapy and @odata/client.

They are lenient about the form of what they read; `test_odata_schema.py` is strict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from odata import ODataService
from odatapy.client import ODataClient
from odatapy.client.auth import BasicAuth
from odatapy.client.transport import HttpxTransport

from shared.feed.sets import SETS
from tests.feed.feeding import KEY, Reader
from tests.feed.node import run

PREFER = {"Prefer": "odata.maxpagesize=17"}


def keys(reader: Reader, name: str, **options: str) -> list[Any]:
    return [row[SETS[name].key] for row in reader.rows(name, **options)]


@pytest.fixture(scope="module")
def service(reader: Reader) -> Iterator[ODataService]:
    """python-odata, which makes its classes from `$metadata`."""
    with requests.Session() as session:
        yield ODataService(
            reader.root,
            reflect_entities=True,
            session=session,
            auth=("powerbi", KEY),
            extra_headers=PREFER,
            quiet_progress=True,
        )


@pytest.mark.parametrize("name", SETS)
def test_python_odata_reads_every_table(service: ODataService, reader: Reader, name: str) -> None:
    read = list(service.query(service.entities[name]))
    assert [getattr(it, SETS[name].key) for it in read] == keys(reader, name)


def test_python_odata_filters_and_sorts(service: ODataService, reader: Reader) -> None:
    table = service.entities["Journeys"]
    asked = (
        service.query(table).filter((table.measures > 0) | (table.coach == "Cora Coach")).order_by(table.visit_at.asc())
    )
    expected = keys(reader, "Journeys", filter="measures gt 0 or coach eq 'Cora Coach'", orderby="visit_at")
    assert [it.journey_id for it in asked] == expected
    assert 0 < len(expected) < 120
    since = reader.rows("Journeys", orderby="changed_at")[60]["changed_at"]
    some = service.query(table).raw({"$filter": f"changed_at ge {since}", "$orderby": "changed_at"})
    assert len(list(some)) == 17  # `raw` reads one page.


def test_python_odata_reads_one_row(service: ODataService, reader: Reader) -> None:
    one = keys(reader, "Measures")[3]
    assert service.query(service.entities["Measures"]).get(one).measure_id == one


@pytest.mark.parametrize("name", SETS)
def test_odatapy_reads_every_table(reader: Reader, name: str) -> None:
    read: list[Any] = []
    with httpx.Client() as http:
        client = ODataClient(reader.root, HttpxTransport(http, auth=BasicAuth("powerbi", KEY), headers=PREFER))
        page = client.get_entity_set(client.entity_set_uri(name))
        while True:
            read += [row.get_property(SETS[name].key).value for row in page]
            if not page.next_link:
                break
            page = client.get_entity_set(page.next_link)
    assert read == keys(reader, name)


_READ_ALL = """
const { OData } = require('@odata/client');
const read = {};
for (const name of given.names) {
  const client = OData.New4({
    serviceEndpoint: given.root + '/',
    credential: { username: 'powerbi', password: given.key },
    commonHeaders: given.headers,
  });
  const params = OData.newOptions();
  if (given.filter[name]) params.filter(OData.newFilter().property(given.filter[name]).ne(null));
  let page = await client.newRequest({ collection: name, params });
  read[name] = [...page.value];
  while (page['@odata.nextLink']) {
    const answer = await client.fetchProxy(page['@odata.nextLink'], { method: 'GET', headers: await client.getHeaders() });
    page = answer.content;
    read[name].push(...page.value);
  }
}
tell(read);
"""


def test_odata_client_of_npm_reads_every_table(reader: Reader) -> None:
    given = {
        "root": reader.root,
        "key": KEY,
        "headers": PREFER,
        "names": list(SETS),
        "filter": {"Journeys": "visit_at"},
    }
    read = run(_READ_ALL, given)
    for name in SETS:
        options = {"filter": "visit_at ne null"} if name == "Journeys" else {}
        assert read[name] == reader.rows(name, **options), name
    assert len(read["Journeys"]) == 30
