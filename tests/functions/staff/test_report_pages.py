"""The page that says how to make a report: with the addresses of this cooperation, that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import get_args

import pytest

from shared.domain.journey import Step, WaitsFor
from shared.feed.reports import power_query
from shared.feed.sets import SETS
from tests.feed.feeding import COOPERATION, basic, feeding
from tests.tree import ROOT
from tests.world.functions_over_http import Machine

PAGE = f"/{COOPERATION}/reports"
DOC = (ROOT / "docs/power-bi.md").read_text(encoding="utf-8")


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Machine]:
    with feeding(tmp_path, residents=3) as machine:
        yield machine


def show(link: Machine, person: str = "coordinator@zonnig-dorp.example") -> str:
    answer = link.get("show-staff", PAGE, headers={"Cookie": f"dossierlink_as={person}"})
    assert answer.status_code == 200
    return unescape(answer.text)


def test_each_address_on_the_page_opens_with_a_key(feed: Machine) -> None:
    found = set(re.findall(r'(?:value|href)="(http[^"]+/serve-feed/[^"]+)"', show(feed)))
    assert len(found) == len(SETS) + 2
    for address in found:
        assert feed.http.get(address).status_code == 401
        assert feed.http.get(address, headers={"Authorization": basic()}).status_code == 200, address


def test_there_is_a_text_for_each_table_with_the_own_address(feed: Machine) -> None:
    page = show(feed)
    address = feed.url("serve-feed", f"/{COOPERATION}/odata/")
    for table in SETS:
        assert power_query(address, table) in page


def test_the_document_has_the_same_text() -> None:
    address = "https://serve-feed-123456789012.europe-west4.run.app/zonnig-dorp/odata/"
    assert f"```powerquery\n{power_query(address, 'Journeys')}```" in DOC


def test_an_address_cannot_end_the_text() -> None:
    assert 'Adres = "https://a""b"' in power_query('https://a"b', "Journeys")


def test_it_says_what_each_program_may_read_and_shows_no_key(feed: Machine) -> None:
    page = show(feed)
    assert "power-bi</strong>: leest ook de namen van coaches" in page
    assert "table</strong>: leest nummers en datums, en van niemand een naam" in page
    assert "open</strong>: leest ook naam, e-mailadres en adres" in page
    assert "sha256" not in page


def test_without_a_key_it_says_who_makes_one(link: Machine) -> None:
    page = show(link)
    assert "er is nog geen sleutel" in page
    assert "make key" in page


def test_the_drawings_are_there_and_in_the_document(feed: Machine) -> None:
    shown = re.findall(r'src="([^"]+/power-bi-\d\.svg\?\w+)"', show(feed))
    assert len(shown) == 5
    for address in shown:
        answer = feed.http.get(feed.base + address)
        assert answer.headers["Content-Type"].startswith("image/svg+xml")
        file = ROOT / "functions/staff/static" / address.partition("?")[0].rpartition("/")[2]
        assert answer.content == file.read_bytes()
        assert f"(../functions/staff/static/{file.name})" in DOC
        width, height = re.findall(r'viewBox="0 0 (\d+) (\d+)"', file.read_text(encoding="utf-8"))[0]
        assert f'width="{width}" height="{height}"' in show(feed).partition(file.name)[2][:60]


def test_each_word_of_the_tables_is_explained_on_the_page_and_in_the_document(feed: Machine) -> None:
    page = show(feed)
    for word in {*get_args(Step), *get_args(WaitsFor), "moved", "planned"}:
        assert f'<th scope="row" lang="en">{word}</th>' in page
        assert f"\n| `{word}` | " in DOC


def test_the_funnel_leaves_out_what_is_no_step_forward(feed: Machine) -> None:
    milestones = next(it for it in SETS["Milestones"].columns if it.name == "milestone").meaning.split(", ")
    assert [number for number, it in enumerate(milestones, 1) if it not in get_args(Step)] == [8, 9]
    assert "Milestones[number] is kleiner dan 8; 8 en 9 zijn" in show(feed)
    assert "`Milestones[number]` is kleiner dan 8 (8 en 9 zijn" in DOC
