"""The answers as CSV and JSON Lines, over HTTP."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.feed import spreadsheet
from shared import wiring
from shared.clock import to_text, utc_now
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact
from shared.domain.resident import Milestones, Resident
from shared.erasure.erase import erase
from shared.errors import StoreUnavailable
from shared.feed.scan import Scan
from shared.feed.sets import JOURNEYS, SETS, Column
from shared.work.records import Records
from tests.feed.feeding import COOPERATION, OPEN_KEY, OTHER_KEY, Reader, basic, feeding, store_resident
from tests.functions.served import served
from tests.world.functions_over_http import Machine

HOUR = timedelta(hours=1)


def fetch(link: Machine, file: str, method: str = "GET", key: str = OPEN_KEY, **query: str) -> httpx.Response:
    url = link.url("serve-feed", f"/{COOPERATION}/{file}")
    return link.http.request(method, url, params=query, headers={"Authorization": basic(key)})


def lines(link: Machine, file: str = "journeys.jsonl", **query: str) -> list[dict[str, Any]]:
    return [json.loads(it) for it in fetch(link, file, **query).raise_for_status().text.splitlines()]


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Machine]:
    """A feed of three residents whom a test may change."""
    with feeding(tmp_path, residents=3) as machine:
        yield machine


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@a", "\ta", "\ra", "\uff1d1", " =1"])
def test_a_text_is_no_formula(text: str) -> None:
    assert spreadsheet.cell(Column("name", "text", ""), text) == f"'{text}"


def test_a_number_stays_a_number() -> None:
    assert spreadsheet.cell(Column("m2", "number", ""), -1.5) == "-1,5"


@pytest.mark.parametrize("table", SETS.values(), ids=SETS)
def test_each_file_has_the_rows_of_odata(feed: Machine, table: Any) -> None:
    answer = fetch(feed, f"{table.file}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{table.file}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    *told, last = lines(feed, f"{table.file}.jsonl")
    assert set(last) == {"cursor"}
    known = [it[table.key] for it in Reader(feed, OPEN_KEY).rows(table.name)]
    assert [it[table.key] for it in rows] == [str(it) for it in known]
    assert [it[table.key] for it in told] == known
    for row in (*rows, *told):
        assert list(row) == [it.name for it in table.columns_for("everybody")]


def test_a_file_is_not_read_for_its_headers(feed: Machine) -> None:
    for file in ("journeys.csv", "journeys.jsonl"):
        whole, head = fetch(feed, file), fetch(feed, file, "HEAD")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]


def test_a_cursor_tells_who_was_erased(changing: Machine) -> None:
    *whole, last = lines(changing)
    erase(wiring.services(), COOPERATION, 1002, "a@b.nl")
    later = lines(changing, since=last["cursor"])
    gone = next(it["resident_id"] for it in whole if it["contact_id"] == 1002)
    assert [it["removed"] for it in later if "removed" in it] == [gone]
    assert gone not in [it.get("resident_id") for it in later]


def test_a_cursor_tells_a_change_that_was_stored_after_its_moment(changing: Machine) -> None:
    """Its moment is from before the first answer, but it was not in the store yet."""
    *_, last = lines(changing)
    late = Records(wiring.services().store, "residents", Resident, clock=lambda: utc_now() - timedelta(seconds=30))
    late.edit(of_contact(COOPERATION, ContactId(1002)), lambda it: it.reach("plan", utc_now()))
    told = {it.get("contact_id"): it for it in lines(changing, since=last["cursor"])}
    assert told[1002]["plan_at"]


def test_nobody_waits_less_than_no_days_for_a_visit_to_come(changing: Machine) -> None:
    made = utc_now() - timedelta(days=9)
    steps = Milestones(signed_up=made, intake=made, dossier=made, coach_linked=made, appointment_made=made)
    store_resident(2, visit_at=utc_now() + timedelta(days=5), milestones=steps)
    (row,) = [it for it in lines(changing) if it.get("contact_id") == 1002]
    assert (row["waits_for"], row["days_waiting"]) == ("visit", 0)


def test_a_cursor_tells_that_who_came_back_was_removed_first(changing: Machine) -> None:
    """Else a program keeps the old journeys, which stand in no later answer."""
    services = wiring.services()
    gone = next(it["resident_id"] for it in lines(changing) if it.get("contact_id") == 1002)
    since = to_text(utc_now() - 3 * HOUR)
    for hours in (2, 1):  # Twice: each time there were rows to remove.
        erase(replace(services, clock=lambda hours=hours: utc_now() - hours * HOUR), COOPERATION, 1002, "a@b.nl")
        services.erasures.end(COOPERATION, 1002, utc_now() - (hours - 0.5) * HOUR)
        services.erasures.end(COOPERATION, 1002, utc_now() - (hours - 0.5) * HOUR)  # As after a crash.
    assert lines(changing, since=since)[:2] == [{"removed": gone}] * 2
    store_resident(2)
    later = lines(changing, since=since)
    assert later[:2] == [{"removed": gone}] * 2
    assert [it.get("resident_id") for it in later].count(gone) == 1
    assert [it for it in lines(changing, since=to_text(utc_now() - 1.5 * HOUR)) if "removed" in it] == [
        {"removed": gone}
    ]


@pytest.mark.parametrize(
    ("cursor", "status"), [("x", 400), ("2020-01-01T00:00:00.000000Z", 410), ("2999-01-01T00:00:00.000000Z", 400)]
)
def test_a_cursor_that_does_not_serve_is_refused(feed: Machine, cursor: str, status: int) -> None:
    answer = fetch(feed, "journeys.jsonl", since=cursor)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == "since"


def test_an_answer_that_breaks_off_is_not_taken_for_whole(feed: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store fails after the first rows: the connection breaks, and there is no cursor."""

    def failing(self: Scan) -> Iterator[Any]:
        for number, found in enumerate(rows(self)):
            if number == 50:
                raise StoreUnavailable("away")
            yield found

    rows = Scan.__iter__
    monkeypatch.setattr(Scan, "__iter__", failing)  # A store that fails after some pages, at a moment of our choice.
    for file in ("journeys.csv", "journeys.jsonl"):
        with pytest.raises(httpx.RemoteProtocolError):
            fetch(feed, file)


def test_what_stands_in_a_document_that_cannot_be_read_stays_out_of_the_log(tmp_path: Path) -> None:
    """Also when the answer has begun: then the server logs the error, and not we."""
    with feeding(tmp_path, residents=3) as link, served("serve_feed") as function:
        store, key = wiring.services().store, of_contact(COOPERATION, ContactId(1003))
        document = store.get("residents", key)
        assert document
        store.replace("residents", key, {**document.data, "accepted_at": "noor@example.org"}, document.version)
        for file in ("journeys.csv", "journeys.jsonl"):
            url = f"{function.base}/{COOPERATION}/{file}"
            with pytest.raises(httpx.RemoteProtocolError):
                link.http.get(url, headers={"Authorization": basic(OPEN_KEY)})
        assert function.logged().count('"message": "broken"') == 2
        assert "noor@" not in function.logged()


def test_the_columns_of_a_key_without_names_have_none(feed: Machine) -> None:
    header = fetch(feed, "journeys.csv", key=OTHER_KEY).text.splitlines()[0].lstrip("\ufeff")
    assert header.split(";") == [it.name for it in JOURNEYS.columns_for("none")]
    assert not {"name", "email", "address", "coach"} & set(header.split(";"))
