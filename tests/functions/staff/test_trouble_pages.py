"""Trouble, one of it, bulk replays and the audit trail, over HTTP: who may, what is said, and everything once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest

from functions.staff.csrf import make_token
from shared import wiring
from shared.clock import from_text, utc_now
from shared.domain.ids import ContactId
from shared.domain.link import Link
from shared.domain.rate import Breaker, RateState
from shared.domain.relay import Relay
from shared.domain.resident import Resident
from shared.events.set_aside import set_aside
from shared.hoomdossier.inbound import event_of
from shared.work.requests import want_dossier
from shared.work.services import Services
from tests.functions.examples import event
from tests.world.counted_reads import CountedReads
from tests.world.functions_over_http import Machine
from tests.world.trouble import (
    known_resident,
    some_of_each,
    stuck_dossier,
    stuck_events,
    stuck_link,
    stuck_mail,
    stuck_request,
)

HERE, OTHER = "zonnig-dorp", "meer-energie"
SEES, WORKS, MANAGES = (f"{name}@zonnig-dorp.example" for name in ("kijker", "werker", "coordinator"))
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def services(link: Machine) -> Services:
    assert link
    return wiring.services()


def get(link: Machine, path: str, person: str = WORKS, status: int = 200) -> str:
    answer = link.http.get(link.url("show-staff", f"/{HERE}{path}"), headers={"Cookie": f"dossierlink_as={person}"})
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def press(link: Machine, page: str, action: str, person: str = WORKS, **typed: str) -> httpx.Response:
    """Sends the form of this page whose address ends in `action`, as a browser would."""
    (url, inside), *_ = [found for found in FORM.findall(page) if found[0].endswith(action)]
    fields = {**dict(HIDDEN.findall(inside)), **typed}
    origin = link.base
    headers = {"Cookie": f"dossierlink_as={person}", "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    return link.http.post(origin + url, data=fields, headers=headers, follow_redirects=False)


def follow(link: Machine, answer: httpx.Response, person: str = WORKS) -> str:
    assert answer.status_code == 303, answer.text
    url = link.base + answer.headers["Location"]
    shown = link.http.get(url, headers={"Cookie": f"dossierlink_as={person}"})
    assert shown.status_code == 200, shown.text
    return unescape(shown.text)


def lines(link: Machine) -> list[tuple[str, str, str]]:
    found = link.documents("audit").values()
    return sorted((line["by"], line["action"], line["about"]) for line in found)


def words(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


# -- all of it ---------------------------------------------------------------------------------------------------------


def test_an_empty_page_says_so(link: Machine) -> None:
    assert "Er is niets dat op u wacht." in words(get(link, "/trouble", SEES))


def test_trouble_stands_under_its_cause_with_the_words_of_the_peer_and_what_to_do(
    link: Machine, services: Services
) -> None:
    known_resident(services, HERE, 1001, "de Vries")
    for building in (501, 502):
        stuck_events(services, HERE, building, [("plan", "KeyUnknown")], contact=1001)
    stuck_link(services, HERE, 1002, "NotRegistered", utc_now() - timedelta(days=3))
    page = get(link, "/trouble", SEES)
    text = words(page)
    assert "3 dingen lopen vast en wachten op u. Er zijn 2 oorzaken" in text
    assert "Econobis neemt de sleutel van de koppeling niet aan 2 keer" in text
    assert "“reden” Econobis" in text
    assert "Kijk in Econobis bij Webformulieren of de sleutel er staat" in text
    assert "Anna de Vries" in text
    assert "3 dagen geleden" in text
    assert "opnieuw …" not in text  # Who may only look has no buttons.
    assert "Verstuur deze 2 opnieuw …" in words(get(link, "/trouble"))


def test_nothing_of_another_cooperation_is_shown_or_changed(link: Machine, services: Services) -> None:
    stuck_link(services, OTHER, 7777, "NotRegistered")
    letter_id = f"links/{OTHER}:11:7777"
    assert "7777" not in get(link, "/trouble")
    for its in (
        letter_id,
        f"links/{OTHER}:11:7778",
        f"mails/welcome-{OTHER}:7778",
    ):  # There, or not: it looks the same.
        get(link, f"/trouble/one?id={its}", status=404)
        get(link, f"/trouble/one?id={its}&said=closed", status=404)
    page = get(link, "/trouble/replays")
    assert "Er is niets dat opnieuw verstuurd kan worden." in words(page)
    before = link.versions()
    for action in ("replay", "settle", "close"):
        path = f"/{HERE}/trouble/one/{action}"
        fields = {"id": letter_id, "account_id": "5", "token": make_token(MANAGES, path)}
        url, cookie = link.url("show-staff", path), {"Cookie": f"dossierlink_as={MANAGES}"}
        assert link.http.post(url, data=fields, headers=cookie).status_code == 404
    assert link.versions() == before


FILTERS = [
    ("cause=KeyUnknown", 4),
    ("kind=plan", 2),
    ("kind=relays", 8),
    ("system=Hoomdossier", 8),
    ("unknown=1", 2),
    ("contact=503", 3),
    ("kind=usage&cause=KeyUnknown", 2),
    ("kind=nonsense&cause=%00&contact=x&system=y", 19),
]


@pytest.mark.parametrize(("query", "count"), FILTERS)
def test_filters_stand_in_the_address_and_are_kept(link: Machine, services: Services, query: str, count: int) -> None:
    assert some_of_each(services, HERE) == 19
    page = get(link, f"/trouble?{query}&lang=nl")
    rows = page.count("/trouble/one?id=")
    assert rows == count or (rows < count and f"{count} dingen lopen vast" in words(page))
    for name, value in (part.split("=") for part in query.split("&")):
        if name in {"kind", "cause", "system", "unknown", "contact"} and value not in {"nonsense", "%00", "x", "y"}:
            for url in re.findall(r'href="([^"]+/trouble/replays\?[^"]*)"', page):
                assert f"{name}={value}" in url


def test_the_whole_list_of_a_cause_comes_in_pages(link: Machine, services: Services) -> None:
    for number in range(103):
        stuck_link(services, HERE, 2000 + number, "NotRegistered", utc_now() - timedelta(minutes=number))
    url, seen = "/trouble?cause=NotRegistered", []
    while url:
        page = get(link, url)
        seen += re.findall(r"one\?id=links/zonnig-dorp:11:(\d+)", page)
        following = re.search(r'class="button plain" href="[^"]*(/trouble\?[^"]*after=[^"]*)"', page)
        url = following[1] if following else ""
        assert "103 keer" in words(page)
    assert seen == [str(2000 + number) for number in reversed(range(103))]


def test_a_page_with_a_thousand_reads_at_most_200_documents(
    link: Machine, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = ("KeyUnknown", "VisitNotFound", "Refused", "ContactGone", "OutcomeUnknown")
    for number in range(250):
        code = codes[number % 5]
        causes = [("plan", code), ("usage", code), ("appointment", code), ("status", code)]
        stuck_events(services, HERE, 1000 + number, causes)  # type: ignore[arg-type]
    for number in range(20):
        stuck_request(services, HERE, 1000 + number, codes[number % 5])
        stuck_mail(services, HERE, 1000 + number, "NoMailbox")
    counted = CountedReads(services.store)
    monkeypatch.setattr(services, "store", counted)  # to count what is read; it works as before
    for path in ("/trouble", "/trouble?cause=KeyUnknown", "/trouble?unknown=1", "/trouble/replays", "/audit"):
        counted.read.clear()
        page = get(link, path)
        assert counted.read.total() <= 200, (path, counted.read)
        assert "meer oorzaken dan hier passen" not in page
    assert "1.040 dingen" in words(get(link, "/trouble"))


def test_a_peer_that_does_not_answer_is_told_with_what_waits(link: Machine, services: Services) -> None:
    now = utc_now().timestamp()
    down = RateState(failures=5, failing_since=now - 600, open_until=now + 150, queue_ends={"bulk-host": now + 1200})
    services.store.create("peers", "econobis-zonnig-dorp", down.model_dump(mode="json"))
    want_dossier(services, HERE, ContactId(1001))
    text = words(get(link, "/trouble", SEES))
    assert re.search(
        r"Econobis antwoordt niet \. Dat begon 10 minuten geleden \. Wij proberen het weer over \d min", text
    )
    assert "Er wacht nog 1 op een beurt bij Econobis" in text
    assert "Hoomdossier antwoordt" not in text


def test_a_key_that_is_refused_is_told_apart_from_a_peer_that_does_not_answer(
    link: Machine, services: Services
) -> None:
    now = utc_now().timestamp()
    refused = RateState(keys={"event": Breaker(failures=3, failing_since=now - 7200, open_until=now + 150)})
    slowed = RateState(open_until=now + 100, keys={f"token-{OTHER}": Breaker(failures=9, open_until=now + 99)})
    services.store.create("peers", "econobis-zonnig-dorp", refused.model_dump(mode="json"))
    hoomdossier = services.limits.hoomdossier(HERE).peer
    services.store.create("peers", hoomdossier, slowed.model_dump(mode="json"))
    text = words(get(link, "/trouble", SEES))
    assert "Econobis neemt dit niet aan van de koppeling: wat van Hoomdossier komt." in text
    assert "Dat begon 2 uur geleden" in text
    assert "antwoordt niet" not in text.replace("dat even niet antwoordt", "")
    assert "Hoomdossier vraagt om rustiger aan te doen." in text
    assert "Hoomdossier neemt dit niet aan" not in text  # That is the token of the other cooperation.


def test_events_in_the_bucket_are_told(link: Machine, services: Services) -> None:
    for cooperation in (HERE, HERE, OTHER):
        set_aside(services, cooperation, event_of("usage", event("gebruik")))
    services.blobs.set_aside(b'{"cooperation": "zonnig-dorp", "at": "2026-11-01T10:00:00.000000Z"}', utc_now())
    text = words(get(link, "/trouble", SEES))
    assert "2 berichten van Hoomdossier liggen klaar" in text
    assert "Eén bericht van Hoomdossier kan de koppeling niet lezen" in text


# -- one ---------------------------------------------------------------------------------------------------------------


def one(link: Machine, letter_id: str, person: str = WORKS) -> str:
    return get(link, f"/trouble/one?id={letter_id}", person)


def test_one_is_sent_again_once_however_often_the_button_is_pressed(link: Machine, services: Services) -> None:
    key = stuck_link(services, HERE, 1001, "NotRegistered")
    page = one(link, f"links/{key}")
    assert "Koppel de coach opnieuw in Hoomdossier" in page
    with ThreadPoolExecutor(6) as pool:
        other = one(link, f"links/{key}", MANAGES)
        presses = [(page, WORKS), (other, MANAGES)] * 3
        answers = list(pool.map(lambda it: press(link, it[0], "/one/replay", it[1]), presses))
    said = sorted(answer.headers["Location"].rpartition("said=")[2] for answer in answers)
    assert said == ["already"] * 5 + ["replayed"]
    assert [line[1:] for line in lines(link)] == [("replay", f"links/{key}")]
    stored = link.documents("links")[f"links/{key}"]
    assert (stored["state"], stored["trouble"]) == ("waiting", None)
    first = int(from_text(stored["accepted_at"]).timestamp() * 1000)
    assert stored["generation"] == first + 1  # It was made due once.
    shown = [follow(link, answer) for answer in answers]
    assert any("U heeft dit opnieuw laten versturen." in page for page in shown)
    assert any("Het is niet nog eens gedaan." in page for page in shown)


def test_an_old_page_decides_nothing_about_what_stopped_again(link: Machine, services: Services) -> None:
    key = stuck_link(services, HERE, 1001, "NotRegistered")
    page = one(link, f"links/{key}")
    services.records(Link).edit(
        key, lambda record: record.park(record.parked.model_copy(update={"at": utc_now()})) if record.parked else None
    )
    shown = follow(link, press(link, page, "/one/close"))
    assert "Dit liep daarna opnieuw vast." in shown
    assert not lines(link)


def test_one_is_closed_for_good(link: Machine, services: Services) -> None:
    key = stuck_events(services, HERE, 501, [("plan", "ContactGone"), ("usage", "ContactGone")])
    shown = follow(link, press(link, one(link, f"relays/{key}/plan"), "/one/close"))
    assert "U heeft dit op afgehandeld gezet." in shown
    relay = services.records(Relay).get(key)
    assert relay
    assert relay.items["plan"].payload is None
    assert relay.items["usage"].parked
    assert lines(link) == [(WORKS, "close", f"relays/{key}/plan")]


def test_an_account_id_settles_a_dossier(link: Machine, services: Services) -> None:
    key = stuck_dossier(services, HERE, 1001)
    page = one(link, f"residents/{key}")
    for wrong in ("", "x", "-1", "0", "\u0661\u0662", "9" * 30, "0" * 19 + "1" + "9" * 20, "0" * 19 + "1" + "9" * 5000):
        answer = press(link, page, "/one/settle", account_id=wrong)
        assert answer.status_code == 422, wrong
        assert "Het account-id is een getal" in answer.text
        assert f'value="{wrong}"' in answer.text
    presses = [press(link, page, "/one/settle", account_id=" 4711 ") for _ in range(2)]
    assert [answer.headers["Location"].rpartition("said=")[2] for answer in presses] == ["settled", "already"]
    resident = services.records(Resident).get(key)
    assert resident
    assert resident.account_id == 4711
    assert link.documents("dossier_requests")
    assert lines(link) == [(WORKS, "settle", key)]


def test_the_account_of_another_resident_settles_nothing(link: Machine, services: Services) -> None:
    key = stuck_dossier(services, HERE, 1001)
    known_resident(services, HERE, 1002)
    other = services.records(Resident).edit(f"{HERE}:1002", lambda it: it.set_account(4711, utc_now()))
    assert other
    before = link.versions()
    answer = press(link, one(link, f"residents/{key}"), "/one/settle", account_id="4711")
    assert answer.status_code == 422
    assert "Dit account-id hoort al bij contact 1002." in words(unescape(answer.text))
    assert link.versions() == before


def test_what_a_replay_cannot_help_has_no_button_for_it(link: Machine, services: Services) -> None:
    key = stuck_events(services, HERE, 501, [("report", "no_pdf")])
    page = one(link, f"relays/{key}/report")
    assert "/one/replay" not in page
    path = f"/{HERE}/trouble/one/replay"
    fields = {"id": f"relays/{key}/report", "token": make_token(WORKS, path)}
    answer = link.http.post(
        link.url("show-staff", path), data=fields, headers={"Cookie": f"dossierlink_as={WORKS}"}, follow_redirects=False
    )
    assert "Opnieuw versturen helpt hier niet" in follow(link, answer)
    assert not lines(link)


@pytest.mark.parametrize(
    "letter_id",
    ["", "x", "links", "links/", "links/a b", "locks/x", "links/zonnig-dorp:1:2", "links/../x", "a/b/c/d/e"],
)
def test_an_id_of_nothing_is_not_found(lasting_link: Machine, letter_id: str) -> None:
    get(lasting_link, f"/trouble/one?id={letter_id}", status=404)


def test_who_may_only_look_has_no_buttons(link: Machine, services: Services) -> None:
    key = stuck_link(services, HERE, 1001, "NotRegistered")
    page = one(link, f"links/{key}", SEES)
    assert "U mag hier alleen kijken" in page
    assert not [url for url, _ in FORM.findall(page) if "/trouble/" in url]


# -- many --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(services: Services) -> Iterator[int]:
    for number in range(30):
        stuck_link(services, HERE, 2000 + number, "NotRegistered", utc_now() - timedelta(minutes=1))
    stuck_events(services, HERE, 501, [("report", "no_pdf"), ("delete", "delete_held")])
    yield 30


def test_a_preview_says_what_will_happen_to_how_many(link: Machine, many: int) -> None:
    before = link.versions()
    page = get(link, "/trouble/replays")
    text = words(page)
    assert f"Er worden {many} dingen opnieuw verstuurd." in text
    assert f"Nog geen account in Hoomdossier Koppeling van een coach Hoomdossier {many}" in text
    assert "Dit niet: hier beslist u zelf over, per oorzaak" in text
    assert "Dit niet: opnieuw versturen helpt hier niet" in text
    assert f"Verstuur deze {many} opnieuw" in text
    assert link.versions() == before
    asked_for = words(get(link, "/trouble/replays?cause=delete_held"))
    assert "Lees dit eerst. Klopt het, verstuur dit dan: Econobis verwijdert het woningdossier." in asked_for


def test_a_confirmation_pressed_twice_and_by_two_people_sends_each_once(link: Machine, many: int) -> None:
    mine, theirs = get(link, "/trouble/replays"), get(link, "/trouble/replays", MANAGES)
    presses = [(mine, WORKS), (mine, WORKS), (theirs, MANAGES), (theirs, MANAGES)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda it: press(link, it[0], "/trouble/replays", it[1]), presses))
    assert len({answer.headers["Location"] for answer in answers}) == 2
    assert sorted(line[:2] for line in lines(link)) == [(MANAGES, "replay_many"), (WORKS, "replay_many")]
    run_tasks(link, "replays")
    found = list(link.documents("replays").values())
    assert sum(it["sent"] for it in found) == many
    for document in link.documents("links").values():
        first = int(from_text(document["accepted_at"]).timestamp() * 1000)
        assert (document["state"], document["generation"]) == ("waiting", first + 1)  # Each was made due once.


def run_tasks(link: Machine, collection: str) -> None:
    """Runs the tasks of these documents until they have sent everything, as the queue would."""
    for _ in range(60):
        at_work = {
            place: it for place, it in link.documents(collection).items() if not it["all_sent_at"] or it["batch"]
        }
        if not at_work:
            return
        for place, it in at_work.items():
            task = {"collection": collection, "key": place.partition("/")[2], "generation": it["generation"]}
            assert link.google("run-task", task).status_code == 200
    raise AssertionError("it does not end")


def test_its_page_follows_it_while_it_runs(link: Machine, many: int) -> None:
    answer = press(link, get(link, "/trouble/replays"), "/trouble/replays")
    page = follow(link, answer)
    assert f"Klaargezet om opnieuw te versturen: 0 van {many}." in words(page)
    assert '<meta http-equiv="refresh"' in page
    assert "verstuurt nu veel opnieuw: 0 van 30" in words(get(link, "/trouble"))
    run_tasks(link, "replays")
    text = words(follow(link, answer))
    assert f"Opnieuw verstuurd {many}" in text
    assert f"Alles is opnieuw verstuurd. Gelukt: 0 van {many};" in text
    assert "Kon niet: opnieuw versturen helpt daar niet 1" in text


MOMENTS = ("gisteren", "2026-11-22T03:28:20.687430", "0001-01-01T00:00:00.000000Z", "0001-01-01T00:00:00+14:00")
BROKEN = [{"key": "x"}, {"key": ""}, {"count": "0"}, {"count": "x"}, *({"at": it} for it in MOMENTS)]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_confirmation_that_no_preview_made_is_refused(link: Machine, many: int, broken: dict[str, str]) -> None:
    assert many
    page = get(link, "/trouble/replays")
    before = link.versions()
    assert press(link, page, "/trouble/replays", **broken).status_code == 422
    assert link.versions() == before


@pytest.mark.parametrize(
    "odd",
    [{"contact": "abc"}, {"contact": "-1"}, {"contact": "9" * 17}, {"kind": "x"}, {"cause": "%"}, {"system": "x"}],
)
def test_a_filter_that_is_none_does_not_make_a_replay_larger(link: Machine, many: int, odd: dict[str, str]) -> None:
    preview = get(link, f"/trouble/replays?{urlencode(odd)}", status=422)
    assert "bestaat niet" in preview or "geen contactnummer" in preview
    answer = press(link, get(link, "/trouble/replays"), "/trouble/replays", **odd)
    assert answer.status_code == 422
    assert not lines(link)


def test_a_replay_of_another_cooperation_is_not_found(link: Machine, many: int) -> None:
    assert many
    url = press(link, get(link, "/trouble/replays"), "/trouble/replays").headers["Location"]
    other = link.base + url.replace(HERE, OTHER)
    assert (
        link.http.get(other, headers={"Cookie": "dossierlink_as=coordinator@meer-energie.example"}).status_code == 404
    )
    get(link, "/trouble/replays/x", status=404)


# -- who did what ------------------------------------------------------------------------------------------------------


def test_the_audit_trail_is_searched_by_person_action_and_contact(link: Machine, services: Services) -> None:
    for contact in (1001, 1002, 1003):
        stuck_link(services, HERE, contact, "NotRegistered")
    press(link, one(link, f"links/{HERE}:11:1001"), "/one/replay")
    press(link, one(link, f"links/{HERE}:11:1002"), "/one/close")
    press(link, one(link, f"links/{HERE}:11:1003", MANAGES), "/one/replay", MANAGES)

    def found(query: str) -> list[str]:
        return re.findall(r"contact (\d+)", words(get(link, f"/audit?{query}", SEES)))

    assert found("") == ["1003", "1002", "1001"]
    assert found("q=1002") == ["1002"]
    assert found(f"q={WORKS}") == found(f"q={WORKS.upper()}") == ["1002", "1001"]
    assert found("action=replay") == ["1003", "1001"]
    assert found(f"action=replay&q={MANAGES}") == ["1003"]
    assert found("action=replay&q=1002") == []
    assert "zette op afgehandeld" in words(get(link, "/audit", SEES))
    other = link.http.get(
        link.url("show-staff", f"/{OTHER}/audit"), headers={"Cookie": "dossierlink_as=coordinator@meer-energie.example"}
    )
    assert "1001" not in other.text


def test_the_audit_trail_comes_in_pages_of_50_the_newest_first(link: Machine, services: Services) -> None:
    for number in range(120):
        key = stuck_link(services, HERE, 2000 + number, "NotRegistered")
        press(link, one(link, f"links/{key}"), "/one/close")
    url, seen = "/audit?action=close", []
    while url:
        page = get(link, url)
        on_page = re.findall(r"contact (\d+)", words(page))
        assert len(on_page) <= 50
        seen += on_page
        following = re.search(r'class="button plain" href="[^"]*(/audit\?[^"]*after=[^"]*)"', page)
        url = following[1] if following else ""
    assert seen == [str(2000 + number) for number in reversed(range(120))]


@pytest.mark.parametrize(
    "after", ["x", "|", "links|x|y/z", "2026|a/b", "links|x|" + "y" * 500, "%00|%00", "nothing|x|y"]
)
def test_a_place_in_a_list_that_no_page_gave_does_no_harm(lasting_link: Machine, after: str) -> None:
    get(lasting_link, f"/trouble?cause=Refused&after={after}")
    get(lasting_link, f"/audit?after={after}")
