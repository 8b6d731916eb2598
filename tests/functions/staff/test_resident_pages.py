"""The list of residents, a resident's page, a sign-up's page, and what is done there, over HTTP."""

from __future__ import annotations

import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import httpx
import pytest

from functions.staff.csrf import make_token
from shared import wiring
from shared.config import LongestWaits
from shared.domain.dossier_request import DossierRequest
from shared.domain.ids import ContactId
from shared.domain.relay import Relay
from shared.domain.resident import Address, Person, Resident
from shared.domain.work import Attempts, Parked
from shared.work.services import Services
from tests.staff.people import documents_read, store_resident, store_sign_up
from tests.world.functions_over_http import Machine
from tests.world.trouble import stuck_mail

ROLES = {
    "see": "kijker@zonnig-dorp.example",
    "work": "werker@zonnig-dorp.example",
    "manage": "coordinator@zonnig-dorp.example",
}
OTHER = "coordinator@meer-energie.example"
KEY = "7" * 32
ANNA = Person(first_name="Anna", prefix="de", last_name="Vries", email="anna@example.org", phone="+31612345678")


@pytest.fixture
def services(link: Machine) -> Services:
    return wiring.services()


def get(link: Machine, path: str, person: str = ROLES["manage"], **request: Any) -> httpx.Response:
    return link.get(
        "show-staff", path, headers={"Cookie": f"dossierlink_as={person}", "Accept-Language": "nl"}, **request
    )


def post(link: Machine, path: str, person: str = ROLES["manage"], **data: str) -> httpx.Response:
    form = {"token": make_token(person, path), **data}
    return link.post("show-staff", path, headers={"Cookie": f"dossierlink_as={person}"}, data=form)


def page_of(contact_id: int, action: str = "") -> str:
    return f"/zonnig-dorp/residents/{contact_id}" + (f"/{action}" if action else "")


def words(answer: httpx.Response) -> str:
    """The text that a reader sees."""
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def audit(link: Machine) -> list[tuple[str, str, int | None]]:
    lines = link.documents("audit").values()
    return sorted((line["action"], line["by"], line.get("contact_id")) for line in lines)


def waiting_request(services: Services, contact_id: int) -> None:
    """A request for a dossier that failed three times, and is tried again in an hour."""
    now = services.clock()
    failed = Attempts(failed=3, first_failed_at=now - timedelta(hours=2), why="Unavailable")
    request = DossierRequest(
        cooperation="zonnig-dorp", contact_id=ContactId(contact_id), accepted_at=now - timedelta(hours=3), attempts=failed,
        due_at=now + timedelta(hours=1),
    )  # fmt: skip
    services.records(DossierRequest).create(f"zonnig-dorp:{contact_id}", request)


# -- the list --------------------------------------------------------------------------------------------------------


def test_how_many_have_waited_for_a_coach_for_longer_than_two_weeks(link: Machine, services: Services) -> None:
    for number in range(1, 8):
        store_resident(services, number, days=5 * number)
    answer = get(link, "/zonnig-dorp/residents?waits_for=coach&longer=14")
    assert "5 bewoners wachten langer dan 14 dagen op een coach." in words(answer)
    assert answer.text.count('scope="row"') == 5
    assert "te lang" in words(answer)
    one = get(link, "/zonnig-dorp/residents?waits_for=coach&longer=34")
    assert "1 bewoner wacht langer dan 34 dagen op een coach." in words(one)


@pytest.mark.parametrize(("lang", "one", "several"), [("nl", "1 dag", "1 dagen"), ("en", "1 day", "1 days")])
def test_one_day_is_a_day(link: Machine, services: Services, lang: str, one: str, several: str) -> None:
    settings = services.cooperations["zonnig-dorp"]
    strict = settings.model_copy(update={"longest_waits": LongestWaits(coach=1)})
    services.cooperations = {**services.cooperations, "zonnig-dorp": strict}
    store_resident(services, 1001, days=3)
    late = words(get(link, f"{page_of(1001)}?lang={lang}"))
    assert f"{one} is te lang" in late or f"{one} is too long" in late
    for waits_for in ("", "intake", "dossier", "coach", "appointment", "visit", "plan", "nothing"):
        told = words(get(link, f"/zonnig-dorp/residents?waits_for={waits_for}&longer=1&lang={lang}"))
        assert re.search(rf"{one}\b", told)
        assert several not in told


def test_filters_stay_in_the_links_to_other_pages(link: Machine, services: Services) -> None:
    for number in range(1, 60):
        store_resident(services, number, days=number)
    first = get(link, "/zonnig-dorp/residents?waits_for=coach&campaign=1&coach=0&longer=0&lang=nl")
    assert 'value="coach" selected' in first.text
    (following,) = re.findall(r'rel="next" href="[^"?]*\?([^"]*)"', first.text)
    for kept in ("waits_for=coach", "campaign=1", "coach=0", "longer=0", "lang=nl", "after="):
        assert kept in unescape(following)
    second = get(link, f"/zonnig-dorp/residents?{unescape(following)}")
    assert second.text.count('scope="row"') == 9
    assert 'rel="next"' not in second.text
    (previous,) = re.findall(r'rel="prev" href="[^"?]*\?([^"]*)"', second.text)
    assert "after=" not in previous
    assert words(get(link, f"/zonnig-dorp/residents?{unescape(previous)}")) == words(first)


@pytest.mark.parametrize(
    "query",
    ["waits_for=x", "coach=x", "coach=-1", "campaign=99999999999999999999", "longer=99999999", "longer=1e3", "after=x",
     "before=r_x", "q=%00", "q=%F0%9F%8F%A0", "coach=²", "waits_for=coach&waits_for=plan", "q=" + "x" * 3000],
)  # fmt: skip
def test_what_nobody_can_have_chosen_shows_a_list_all_the_same(link: Machine, services: Services, query: str) -> None:
    store_resident(services, 1)
    assert get(link, f"/zonnig-dorp/residents?{query}").status_code == 200


def test_where_a_resident_stands_follows_while_the_page_is_open(link: Machine, services: Services) -> None:
    store_resident(services, 1001, person=ANNA)
    live = get(link, page_of(1001)).text.partition('<div id="resident" data-live>')[2].partition("</div>")[0]
    assert 'class="lead"' in live
    assert "Bewonersreis" in live


def test_a_search_says_whom_the_filters_leave_out(link: Machine, services: Services) -> None:
    store_resident(services, 1001, person=ANNA)
    page = get(link, f"/zonnig-dorp/residents?q={ANNA.first_name}&coach=11")
    assert f"Niemand gevonden voor “{ANNA.first_name}”. 1 ander past niet bij uw filters." in words(page)
    assert f'residents?q={ANNA.first_name}">Zoek zonder filters</a>' in page.text
    assert "filters." not in words(get(link, f"/zonnig-dorp/residents?q={ANNA.first_name}"))


def test_an_empty_list_says_what_will_appear(link: Machine) -> None:
    assert "Er zijn nog geen bewoners." in words(get(link, "/zonnig-dorp/residents"))
    assert "Niemand gevonden voor “vries”" in words(get(link, "/zonnig-dorp/residents?q=vries"))


NAMES = {
    "markup": "<script>alert(1)</script>",
    "an attribute": '" onmouseover="alert(1)',
    "a template": "{{ 7 * 7 }}{% for x in y %}",
    "191 characters": "W" * 191,
    "from right to left": "\u202eأحمد الحسن",
    "percent signs": "100%(name)s %s",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_name_is_only_shown(link: Machine, services: Services, name: str, lang: str) -> None:
    person = Person(first_name="Q", last_name=name, email="q@example.org")
    address = Address(postal_code="1234 AB", number=1, street=name, city=name)
    store_resident(services, 1001, person, address, refused=name, account_id=None)
    store_sign_up(services, KEY, last_name=name)
    for path in (
        f"/zonnig-dorp/residents?lang={lang}",
        f"/zonnig-dorp/residents?lang={lang}&q=q",
        page_of(1001) + f"?lang={lang}",
        page_of(1001, "settle") + f"?lang={lang}",
        page_of(1001, "erase") + f"?lang={lang}",
        f"/zonnig-dorp/sign-ups/{KEY}?lang={lang}",
    ):
        answer = get(link, path)
        assert answer.status_code == 200
        assert f"<bdi>Q {name}</bdi>" in unescape(answer.text) or f"<bdi>Wim {name}</bdi>" in unescape(answer.text)
        assert "<script>alert" not in answer.text
        assert 'onmouseover="' not in answer.text
    asked = get(link, "/zonnig-dorp/residents", params={"q": name, "lang": lang})
    assert "<script>alert" not in asked.text
    assert 'onmouseover="' not in asked.text


# -- one resident ----------------------------------------------------------------------------------------------------


def test_why_de_vries_has_no_dossier(link: Machine, services: Services) -> None:
    refusal = "Dit e-mailadres is al in gebruik."
    store_resident(services, 1001, ANNA, account_id=None, milestones={}, refused=refusal, asked_at=services.clock())
    waiting_request(services, 1001)
    (address,) = re.findall(r'href="([^"]*)"><bdi>Anna de Vries', get(link, "/zonnig-dorp/residents?q=De+Vries").text)
    told = words(get(link, address.partition("/show-staff")[2]))
    assert "Wacht op een dossier in Hoomdossier. Hoomdossier heeft het geweigerd." in told
    assert refusal in told
    assert "Econobis vragen om het dossier aan te vragen" in told
    assert "Econobis was niet bereikbaar of gaf een storing. Dit is 3 keer niet gelukt sinds" in told


def test_a_resident_of_whom_only_numbers_are_left(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA)
    services.records(Resident).edit("zonnig-dorp:1001", Resident.forget_person)
    answer = get(link, page_of(1001))
    assert "contact 1001" in words(answer)
    assert "Naam en adres zijn hier gewist" in words(answer)
    assert "Anna" not in answer.text


def test_links_lead_to_both_products(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA, building_id=333)
    settings = services.cooperations["zonnig-dorp"]
    text = get(link, page_of(1001)).text
    assert f'href="{settings.econobis.url}/#/contact/1001"' in text
    assert f'href="{settings.hoomdossier.url.removesuffix("/api/v1")}/admin/buildings/show/333"' in text


def test_looking_leaves_one_line_per_person_and_resident(link: Machine, services: Services) -> None:
    store_resident(services, 1001)
    store_resident(services, 1002)
    for _ in range(3):
        get(link, page_of(1001))
    get(link, page_of(1001), ROLES["see"])
    get(link, page_of(1002))
    lines = audit(link)
    assert set(lines) == {
        ("read", ROLES["manage"], 1001), ("read", ROLES["see"], 1001), ("read", ROLES["manage"], 1002),
    }  # fmt: skip
    assert len(lines) <= 6  # Ten minutes of the clock may end in between.


def test_a_page_reads_few_documents(link: Machine, services: Services) -> None:
    for number in range(1, 130):
        store_resident(services, number, days=number)
    waiting_request(services, 1)
    for path in ("/zonnig-dorp/residents", "/zonnig-dorp/residents?q=anna", page_of(1)):
        with documents_read(services) as read:
            assert get(link, path).status_code == 200
        assert 0 < len(read) < 200


@pytest.mark.parametrize("action", ["settle", "erase"])
def test_a_form_about_a_resident_reads_the_name_and_no_more(link: Machine, services: Services, action: str) -> None:
    store_resident(services, 1001, ANNA)
    waiting_request(services, 1001)
    stuck_mail(services, "zonnig-dorp", 1001, "welcome_held")
    with documents_read(services) as read:
        assert "Anna de Vries" in words(get(link, page_of(1001, action)))
    assert {document.key for document in read} == {"zonnig-dorp:1001"}
    assert {document.data.get("account_id") for document in read} == {5001}  # The request has the same key.
    assert ("read", ROLES["manage"], 1001) in audit(link)


@pytest.mark.parametrize("action", ["", "settle", "erase"])
def test_an_unknown_contact_is_a_page_to_search_from(link: Machine, services: Services, action: str) -> None:
    store_resident(services, 1001, cooperation="meer-energie")
    answer = get(link, page_of(1001, action))
    assert answer.status_code == (200 if action == "erase" else 404)
    assert "Anna" not in answer.text
    if action != "erase":
        assert "Contact 1001 is hier niet bekend" in words(answer)
        assert 'name="q"' in answer.text
    assert get(link, page_of(10**15)).status_code == 404


@pytest.mark.parametrize("action", ["try-now", "settle", "export"])
def test_a_contact_of_another_cooperation_cannot_be_changed(link: Machine, services: Services, action: str) -> None:
    store_resident(services, 1001, cooperation="meer-energie", account_id=None)
    before = link.versions()
    answer = post(link, page_of(1001, action), account_id="4711")
    assert answer.status_code == 404
    assert "Anna" not in answer.text
    assert link.versions() == before


def test_erasing_a_number_leaves_that_of_another_cooperation(link: Machine, services: Services) -> None:
    store_resident(services, 1001, cooperation="meer-energie")
    assert post(link, page_of(1001, "erase"), contact="1001").status_code == 303
    assert "residents/meer-energie:1001" in link.documents()


def test_who_may_only_see_sees_no_buttons(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA, account_id=None)
    waiting_request(services, 1001)
    shown = {role: get(link, page_of(1001), person).text.partition("</main>")[0] for role, person in ROLES.items()}
    buttons = {role: re.findall(r"<button[^>]*>([^<]*)</button>", text) for role, text in shown.items()}
    assert buttons == {
        "see": [], "work": ["Nu proberen"], "manage": ["Nu proberen", "Gegevens uitgeven (zip)"],
    }  # fmt: skip
    assert ["Dossier bestaat al" in shown[role] for role in ROLES] == [False, True, True]
    assert ["Wissen …" in shown[role] for role in ROLES] == [False, False, True]


@pytest.mark.parametrize("contact", ["987654", "987654. Bel 0900", "", "x" * 300])
def test_a_link_cannot_say_that_somebody_was_erased(lasting_link: Machine, contact: str) -> None:
    answer = get(lasting_link, "/zonnig-dorp/residents", params={"said": "erased", "contact": contact})
    assert answer.status_code == 200
    assert "is gewist uit de koppeling" not in answer.text
    assert "0900" not in words(answer)


@pytest.mark.parametrize(
    ("lang", "text"),
    [("nl", "de coach haalde in Hoomdossier de datum weg"), ("en", "the coach took the date of a visit")],
)
def test_the_page_says_that_the_coach_removed_the_date_of_a_visit_that_was_done(
    link: Machine, services: Services, lang: str, text: str
) -> None:
    for contact in (1001, 1002):
        store_resident(services, contact)
        home = Relay(
            cooperation="zonnig-dorp", building_id=contact, contact_id=ContactId(contact), account_id=5001,
            accepted_at=services.clock(), state="done", executed=True, removal_ignored=contact == 1001,
        )  # fmt: skip
        services.records(Relay).create(f"zonnig-dorp:{contact}", home)
    assert text in words(get(link, f"{page_of(1001)}?lang={lang}"))
    assert text not in words(get(link, f"{page_of(1002)}?lang={lang}"))


def test_what_to_do_is_said_in_the_language_of_the_page(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA)
    stuck_mail(services, "zonnig-dorp", 1001, "welcome_held")
    for lang, text in (("nl", "Deze is niet verstuurd: "), ("en", "This one was not sent: ")):
        assert f"<p>{text}" in get(link, page_of(1001) + f"?lang={lang}").text


# -- what is done there ------------------------------------------------------------------------------------------------


def test_to_try_now_twice_and_by_two_people_is_done_once(link: Machine, services: Services) -> None:
    store_resident(services, 1001, account_id=None)
    waiting_request(services, 1001)
    people = [ROLES["manage"], ROLES["work"], ROLES["manage"], ROLES["work"]]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda person: post(link, page_of(1001, "try-now"), person), people))
    said = sorted(answer.headers["Location"].partition("said=")[2] for answer in answers)
    assert said == ["nothing_to_try"] * 3 + ["tried"]
    assert [line[0] for line in audit(link)] == ["try_now"]
    request = services.records(DossierRequest).get("zonnig-dorp:1001")
    assert request
    assert request.due_at
    assert request.due_at <= services.clock()
    assert "wordt nu meteen geprobeerd" in words(get(link, page_of(1001) + "?said=tried"))


def test_an_account_id_is_settled_once_and_a_wrong_one_not(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA, account_id=None)
    store_resident(services, 1002, account_id=99)
    for typed, problem in (
        ("", "Vul het account-id in"), ("x", "Vul het account-id in"), ("-4", "Vul het account-id in"),
        ("9" * 20, "Vul het account-id in"), ("99", "hoort al bij contact 1002"),
    ):  # fmt: skip
        wrong = post(link, page_of(1001, "settle"), ROLES["work"], account_id=typed)
        assert wrong.status_code == 422
        assert problem in words(wrong)
        assert f'value="{typed}"' in wrong.text
        assert "welkomstbrief" not in words(wrong), "this cooperation sends no letters"
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: post(link, page_of(1001, "settle"), account_id="4711"), range(3)))
    said = sorted(answer.headers["Location"].partition("said=")[2] for answer in answers)
    assert said == ["settled", "settled_before", "settled_before"]
    other = post(link, page_of(1001, "settle"), account_id="4712")
    assert "Bij deze bewoner hoort al account-id 4711." in words(other)
    assert [line for line in audit(link) if line[0] == "settle"] == [("settle", ROLES["manage"], 1001)]
    assert link.documents()["residents/zonnig-dorp:1001"]["account_id"] == 4711


def test_erasing_asks_for_the_number_and_says_what_happened(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA)
    asked = get(link, page_of(1001, "erase"))
    assert "Typ het contactnummer 1001 om te bevestigen" in words(asked)
    for typed in ({}, {"contact": "1002"}, {"contact": "1001", "email": "geen adres"}):
        wrong = post(link, page_of(1001, "erase"), **typed)
        assert wrong.status_code == 422
        assert "Er is niets gewist." in words(wrong)
    assert "residents/zonnig-dorp:1001" in link.documents()
    done = post(link, page_of(1001, "erase"), contact="1001", email="anna@example.org")
    assert done.status_code == 303
    told = get(link, done.headers["Location"].partition("/show-staff")[2])
    assert "Contact 1001 is gewist uit de koppeling." in words(told)
    assert "residents/zonnig-dorp:1001" not in link.documents()
    gone = get(link, page_of(1001))
    assert gone.status_code == 404
    assert "Dit contact is gewist op" in words(gone)
    for action in ("try-now", "settle", "export"):
        assert post(link, page_of(1001, action), account_id="4711").status_code == 404
    assert post(link, page_of(1001, "erase"), contact="1001").status_code == 303, "twice is harmless"
    assert not [
        place for place in link.documents() if "1001" in place and not place.startswith(("audit/", "erasures/"))
    ]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_export_is_a_file_to_read_and_one_for_another_system(link: Machine, services: Services, lang: str) -> None:
    person = Person(first_name="<b>Anna</b>", last_name="Vries", email="anna@example.org")
    store_resident(services, 1001, person)
    path = page_of(1001, "export")
    form = {"token": make_token(ROLES["manage"], path)}
    headers = {"Cookie": f"dossierlink_as={ROLES['manage']}"}
    answer = link.post("show-staff", f"{path}?lang={lang}", headers=headers, data=form)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gegevens-zonnig-dorp-1001.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        assert packed.namelist() == ["gegevens.html", "gegevens.json"]
        html, told = packed.read("gegevens.html").decode(), json.loads(packed.read("gegevens.json"))
    assert told["kept"][0]["data"]["person"]["first_name"] == "<b>Anna</b>"
    assert told["kept"][0]["days"] == 730
    assert f'<html lang="{lang}">' in html
    assert "&lt;b&gt;Anna&lt;/b&gt;" in html
    assert "<b>Anna" not in html
    assert not re.search(r"(?:src|href)=", html)
    assert ("export", ROLES["manage"], 1001) in audit(link)


def test_a_contact_that_was_merged_leads_to_the_present_one(link: Machine, services: Services) -> None:
    store_resident(services, 1001, ANNA)
    settings = services.cooperations["zonnig-dorp"]
    merged = settings.model_copy(update={"merged_contacts": {900: 1001}})
    services.cooperations = {**services.cooperations, "zonnig-dorp": merged}
    answer = get(link, page_of(900))
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(page_of(1001))


# -- a sign-up ---------------------------------------------------------------------------------------------------------


def test_a_sign_up_that_econobis_has_not_got(link: Machine, services: Services) -> None:
    parked = Parked(code="Refused", reason="Postcode onbekend", at=services.clock())
    store_sign_up(services, KEY, state="parked", parked=parked, needs_person=True, due_at=None)
    text = get(link, "/zonnig-dorp/residents").text
    assert f"/sign-ups/{KEY}" in text
    told = words(get(link, f"/zonnig-dorp/sign-ups/{KEY}"))
    assert "Wim Wacht" in told
    assert "Loopt vast" in told
    assert "Postcode onbekend" in told
    assert get(link, f"/meer-energie/sign-ups/{KEY}", OTHER).status_code == 404
    assert get(link, "/zonnig-dorp/sign-ups/onbekend").status_code == 404


def test_a_sign_up_is_tried_now_and_leads_to_the_resident_when_there_is_one(link: Machine, services: Services) -> None:
    store_sign_up(services, KEY)
    path = f"/zonnig-dorp/sign-ups/{KEY}/try-now"
    assert post(link, path, ROLES["work"]).headers["Location"].endswith("?said=tried")
    assert post(link, path, ROLES["work"]).headers["Location"].endswith("?said=nothing_to_try")
    assert post(link, path, ROLES["see"]).status_code == 403
    assert post(link, f"/meer-energie/sign-ups/{KEY}/try-now", OTHER).status_code == 404
    store_sign_up(services, "8" * 32, contact_id=1001)
    answer = get(link, f"/zonnig-dorp/sign-ups/{'8' * 32}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/functions/show-staff/zonnig-dorp/residents/1001")
    assert "read" not in [line[0] for line in audit(link)]  # The page of the resident leaves that line.
