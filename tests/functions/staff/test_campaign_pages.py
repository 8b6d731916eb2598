"""The first page, the campaigns and a campaign over HTTP: numbers that are links, filters, and what a page costs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from benchmarks.staff import residents
from functions.staff.static import content_of
from shared import wiring
from shared.clock import utc_now
from shared.domain.ids import ContactId
from shared.domain.resident import Resident
from tests.world.functions_over_http import Machine, running

PERSON = "coordinator@zonnig-dorp.example"
AS = {"Cookie": f"dossierlink_as={PERSON}"}
COUNT = 120
FIRST, LIST, ONE = "/zonnig-dorp/", "/zonnig-dorp/campaigns", "/zonnig-dorp/campaigns/1"
PAGES = (FIRST, LIST, ONE)
LARGEST = 100_000  # bytes of a first visit


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A campaign of which every test of this module reads."""
    with running(tmp_path_factory.mktemp("link")) as machine:
        for key, resident in residents(COUNT, utc_now(), weeks=30):
            wiring.services().records(Resident).create(key, resident)
        yield machine


def get(link: Machine, path: str, **headers: str) -> httpx.Response:
    answer = link.get("show-staff", path, headers={**AS, **headers})
    assert answer.status_code in {200, 304}, answer.text
    return answer


def links(page: str, to: str) -> list[tuple[str, str]]:
    """The text and the path with its query of each link to this page."""
    found = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    plain = [(re.sub(r"<[^>]+>", "", text).strip(), unescape(href)) for href, text in found]
    return [(text, href.split("/show-staff", 1)[1]) for text, href in plain if f"/{to}?" in href]


def number_in(text: str) -> int:
    (first,) = re.findall(r"^[0-9.]+", text)
    return int(first.replace(".", ""))


@pytest.mark.parametrize("path", [*PAGES, f"{ONE}?coach=11", f"{ONE}?coach=0", "/zonnig-dorp/campaigns/0"])
def test_each_number_of_people_is_a_link_to_that_many(full: Machine, path: str) -> None:
    found = links(get(full, path).text, "residents")
    assert found
    for text, address in found:
        page = get(full, address).text
        shown = len(re.findall(r"/residents/\d+", page))
        assert shown >= min(number_in(text), 50), address
        (lead,) = re.findall(r'<p class="lead"[^>]*>(.*?)</p>', page, re.DOTALL)
        assert str(number_in(text)) in re.sub(r"<[^>]+>", " ", lead).split(), (text, address, lead)


def test_a_row_of_trouble_leads_to_as_much_trouble(full: Machine) -> None:
    ((text, address),) = links(get(full, FIRST).text, "trouble")
    assert parse_qs(urlsplit(address).query) == {"kind": ["residents"]}
    (lead,) = re.findall(r'<p class="lead"[^>]*>(.*?)</p>', get(full, address).text, re.DOTALL)
    assert str(number_in(text)) in re.sub(r"<[^>]+>", " ", lead).split()


def test_the_filters_stand_in_the_address_and_are_kept(full: Machine) -> None:
    page = get(full, f"{ONE}?coach=11&form=aanmelden&weeks=13&lang=en").text
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["11", "aanmelden", "13"]
    (other,) = re.findall(r'<a href="([^"]+)" lang="nl"', page)
    assert parse_qs(urlsplit(unescape(other)).query) == {
        "coach": ["11"], "form": ["aanmelden"], "weeks": ["13"], "lang": ["nl"],
    }  # fmt: skip
    assert '<input type="hidden" name="lang" value="en">' in page


def test_where_the_list_cannot_show_the_people_there_is_no_link(full: Machine) -> None:
    """It knows neither forms nor weeks."""
    assert links(get(full, ONE).text, "residents")
    for query in ("form=aanmelden", "weeks=13"):
        assert not links(get(full, f"{ONE}?{query}").text, "residents")


@pytest.mark.parametrize(
    "query", ["coach=x", "coach=-1", "weeks=5", "weeks=1e9", "coach=99999999999999999999", "form="]
)
def test_a_filter_that_nobody_can_choose_changes_little(full: Machine, query: str) -> None:
    assert get(full, f"{ONE}?{query}").status_code == 200


def test_a_campaign_that_does_not_exist(full: Machine) -> None:
    assert full.get("show-staff", "/zonnig-dorp/campaigns/77", headers=AS).status_code == 404


def test_a_name_is_escaped(link: Machine) -> None:
    resident = Resident.first_seen("zonnig-dorp", ContactId(9), utc_now() - timedelta(days=300))
    resident.person.first_name = "<b>Anna</b>"
    wiring.services().records(Resident).create("zonnig-dorp:9", resident)
    page = get(link, "/zonnig-dorp/residents").text
    assert "<b>Anna" not in page
    assert "&lt;b&gt;Anna&lt;/b&gt;" in page


# -- what a page costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_the_same_has_no_body(full: Machine, path: str) -> None:
    first = get(full, path)
    time.sleep(1.1)  # The tokens in the forms of the page are those of another second now.
    again = get(full, path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in again.headers


def test_a_page_that_changed_has_a_body(full: Machine) -> None:
    before = get(full, LIST).headers["ETag"]
    (_, resident), *_ = residents(1, utc_now())
    wiring.services().records(Resident).create("zonnig-dorp:9", resident.model_copy(update={"contact_id": 9}))
    assert get(full, LIST, **{"If-None-Match": before}).status_code == 200
    wiring.services().records(Resident).delete("zonnig-dorp:9")


@pytest.mark.parametrize("path", PAGES)
def test_a_first_visit_is_small(full: Machine, path: str) -> None:
    page = get(full, path)
    files = set(re.findall(r'(?:href|src)="[^"]*/_/([^"?]+)', page.text))
    assert files == {"staff.css", "staff.js", "icon.svg"}
    whole = len(page.content) + sum(len(content_of(name) or b"") for name in files)
    assert whole <= LARGEST, f"{path}: {whole}"


def test_nothing_stands_inside_the_page_that_its_policy_refuses(full: Machine) -> None:
    for path in PAGES:
        page = get(full, path).text
        assert not re.findall(r"<style|style=|<script>|onclick=|https?://(?!127\.0\.0\.1)", page)


def test_moments_are_of_amsterdam(full: Machine) -> None:
    page = get(full, "/zonnig-dorp/residents").text
    moments = [datetime.fromisoformat(text) for text in re.findall(r'<time datetime="([^"]+)"', page)]
    assert moments
    assert all(moment.tzinfo for moment in moments)
