"""`make run` over HTTP: the pages for people, and who may call the functions of scheduler and queue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.demo.client import Client, eventually
from infra.local.demo.local_run import LocalRun
from infra.local.pages import TASKS
from shared.work.kinds import KINDS

ANNA = {
    "voornaam": "Anna", "achternaam": "Jansen", "emailadres": "anna@example.org", "adres_postcode": "1234 AB",
    "adres_huisnummer": "5", "akkoord_privacybeleid": "ja",
}  # fmt: skip
COOPERATION = "zonnig-dorp"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def base(state: Path) -> Iterator[str]:
    with LocalRun(state) as local_run:
        yield local_run.base


@pytest.fixture
def client(base: str) -> Iterator[Client]:
    client = Client(base)
    yield client
    client.http.close()


def sign_up(client: Client) -> int:
    """Signs Anna up, waits for her dossier, and returns her contact id."""
    answer = client.http.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", json=ANNA)
    assert answer.status_code == 202
    contact = eventually("no contact", client.contact_id, COOPERATION, ANNA["emailadres"])
    eventually("no dossier", client.account_id, COOPERATION, contact)
    return contact


def test_a_reset_of_the_stand_ins_empties_the_link_too(client: Client) -> None:
    """After a reset the stand-ins use the same ids again. The link must not take these for the residents of before."""
    for _ in range(2):
        contact = sign_up(client)
        assert contact == 1001
        assert len(client.econobis(COOPERATION)["intakes"]) == 1
        for peer in ("econobis", "hoomdossier"):
            assert client.http.post(f"/{peer}/{COOPERATION}/_reset").status_code == 200
        assert not client.econobis(COOPERATION).get("intakes")


def test_a_second_run_in_the_same_folder_says_that_there_is_one(base: str, state: Path) -> None:
    with pytest.raises(RuntimeError, match=r"error: another run works in .*: end that one") as said:
        LocalRun(state).start()
    assert "Traceback" not in str(said.value)


@pytest.mark.parametrize(
    "place",
    [
        "/functions/receive-webform/zonnig-dorp/aanmelden",
        "/functions/receive-webform/meer-energie/aanmelden",
        "/econobis/meer-energie/",
        "/hoomdossier/zonnig-dorp/",
        "/mail/",
        "/queue/",
        "/functions/show-staff/zonnig-dorp/?as=coordinator@zonnig-dorp.example",
    ],
)
def test_the_first_page_links_to_every_page(client: Client, place: str) -> None:
    assert f'href="{place}"' in client.http.get("/").text
    assert client.http.get(place).status_code == 200


def test_every_link_of_the_first_page_leads_to_a_page(client: Client) -> None:
    links = set(re.findall(r'href="(/[^"]*)"', client.http.get("/").text))
    assert len(links) > 10
    answers = {link: client.http.get(link, follow_redirects=True).status_code for link in links}
    assert {link for link, status in answers.items() if status != 200} == set()


def test_a_program_can_read_at_every_address_on_the_first_page(client: Client) -> None:
    page = client.http.get("/").text
    addresses = re.findall(r"<code>(http://[^<]+/serve-feed/([^/<]+)/([^<]+))</code>", page)
    what = [(cooperation, rest.partition("/")[0]) for _, cooperation, rest in addresses]
    for cooperation, coaches in (("zonnig-dorp", 5), ("meer-energie", 2)):
        assert f"<code>demo-{cooperation}-feed</code>" in page
        expected = ["odata", "journeys.csv", "journeys.jsonl", *["calendar"] * (1 + coaches)]
        assert [name for its, name in what if its == cooperation] == expected
    for address, cooperation, _ in addresses:
        assert client.http.get(address, auth=("x", f"demo-{cooperation}-feed")).status_code == 200, address


def test_the_queue_page_has_words_for_every_task() -> None:
    assert TASKS.keys() == {kind.collection for kind in KINDS}


@pytest.mark.parametrize("function", ["pull-appointments", "sweep"])
def test_a_person_may_call_the_functions_of_the_scheduler(client: Client, function: str) -> None:
    assert client.http.post(f"/functions/{function}").status_code == 200


@pytest.mark.parametrize("function", ["run-task", "send-email"])
def test_a_person_may_not_call_the_functions_of_the_queue(client: Client, function: str) -> None:
    answer = client.http.post(f"/functions/{function}", json={"collection": "mails", "key": "x", "generation": 1})
    assert answer.status_code == 401
