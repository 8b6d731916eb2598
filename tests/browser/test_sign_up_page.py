"""The sign-up page in a browser, as a resident meets it: by keyboard, on a telephone, without JavaScript, in English."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from infra.local.demo.client import Client, eventually
from tests.browser.checks import assert_accessible, assert_fits, at_width, screenshot
from tests.browser.keyboard import stops
from tests.browser.sign_up import (
    ANNA,
    BE,
    LIEN,
    NL,
    Sites,
    assert_the_way_back_keeps_it,
    field,
    fill_in,
    kept,
    send,
    spoil,
    store_away,
)
from tests.browser.visits import NARROW, WIDE, Visits
from tests.world.functions_over_http import Machine


def opened(residents: Visits, form: str = NL, lang: str = "", **how: Any) -> Page:
    """The page of the form. `lang`: chosen on the page; `how`: see `Visits.open`."""
    return residents.open(f"{residents.base}{form}{f'?lang={lang}' if lang else ''}", **how)


# -- from a link to the thank-you page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_signs_up_by_keyboard_on_a_telephone(
    residents: Visits, link: Machine, javascript: bool, lang: str
) -> None:
    page = opened(residents, lang=lang, width=NARROW, javascript=javascript)
    for name, value in ANNA.items():
        tab_to(page, name)
        page.keyboard.type(value)
    if javascript:
        expect(field(page, "adres_straat")).to_have_value("Zonnelaan")
    tab_to(page, "akkoord_privacybeleid")
    page.keyboard.press("Space")
    tab_to(page, "")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt" if lang == "nl" else "Thank"))
    assert_fits(page)
    (sign_up,) = kept(link)
    assert sign_up["person"]["last_name"] == "Berg"
    assert sign_up["address"]["street"] == ("Zonnelaan" if javascript else "")


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the field with this name has the focus; `""`: the button that sends. It is in sight."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED_NAME) == (name or "submit"):
            assert page.evaluate(IN_SIGHT), f"{name} is out of sight"
            return
    raise AssertionError(f"Tab does not come to {name}")


FOCUSED_NAME = """() => {
  const one = document.activeElement;
  return one.matches("main button[type=submit]") ? "submit" : one.name ?? "";
}"""
IN_SIGHT = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return box.width > 0 && box.bottom > 0 && box.top < innerHeight;
}"""


# -- every state, on every screen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("form", "who"), [(NL, ANNA), (BE, LIEN)], ids=["dutch", "belgian"])
def test_the_page_has_no_barriers_in_any_state(
    residents: Visits, form: str, who: dict[str, str], lang: str, dark: bool
) -> None:
    """Empty, with mistakes, and after it was sent: axe finds nothing, and nothing scrolls sideways."""
    page, name = opened(residents, form, lang, dark=dark), f"aanmelden-{form.split('/')[1]}-{lang}{'-donker' * dark}"
    for state, do in (("leeg", None), ("fout", send), ("bedankt", lambda page: (fill_in(page, who), send(page)))):
        if do:
            with page.expect_navigation():
                do(page)
        page.set_viewport_size({"width": WIDE, "height": 900})
        assert_accessible(page)
        assert_fits(page)
        screenshot(page, f"{name}-{state}")
        at_width(page, NARROW)
        assert_accessible(page)
        screenshot(page, f"{name}-{state}-smal")
        assert page.locator("html").get_attribute("lang") == lang
    residents.expect("status of 422")


def test_every_place_on_the_page_shows_its_focus(residents: Visits) -> None:
    page = opened(residents, width=NARROW)
    assert len(stops(page)) >= page.locator(":is(a, button, input, select, textarea):visible").count() - RADIOS


RADIOS = 1
"""Of radio buttons with one name Tab reaches one."""


def test_the_language_is_chosen_on_the_page_and_stays(residents: Visits) -> None:
    page = opened(residents)
    assert page.locator("html").get_attribute("lang") == "nl"
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    send(page)
    expect(page.locator("[role=alert], [data-summary]").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    residents.expect("status of 422")


def test_a_browser_in_english_gets_the_page_in_english(residents: Visits) -> None:
    page = opened(residents, language="en-GB")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Together we make your home warm." in page.locator("main").inner_text()


# -- a mistake -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False])
def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(
    residents: Visits, link: Machine, javascript: bool
) -> None:
    page = opened(residents, javascript=javascript)
    wrong = {**ANNA, "adres_postcode": "12", "email": "anna"}
    fill_in(page, wrong)
    field(page, "contact_opmerkingen").fill('Koud & "tochtig" <zolder>')
    page.locator("[name^=intake_motivatie_ids]").first.check()
    send(page)
    expect(page).to_have_title(re.compile("^Fout: "))
    summary = page.locator("[data-summary]")
    expect(summary).to_be_visible()
    if javascript:
        expect(summary).to_be_focused()
    for name, value in {**wrong, "contact_opmerkingen": 'Koud & "tochtig" <zolder>'}.items():
        expect(field(page, name)).to_have_value(value)
    expect(page.locator("[name^=intake_motivatie_ids]").first).to_be_checked()
    expect(field(page, "akkoord_privacybeleid")).to_be_checked()
    for name in ("adres_postcode", "email"):
        assert field(page, name).get_attribute("aria-invalid") == "true"
        (reason,) = [
            each for each in summary.locator("a").all() if each.get_attribute("href") == f"#{id_of(page, name)}"
        ]
        assert reason.inner_text() in described(page, name)
    summary.locator("a").first.click()
    assert page.evaluate(FOCUSED_NAME) in {"adres_postcode", "email"}
    fill_in(page, {"adres_postcode": "1234 AB", "email": ANNA["email"]}, consent=False)
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    (sign_up,) = kept(link)
    assert sign_up["others"]["contact_opmerkingen"] == 'Koud & "tochtig" <zolder>'
    residents.expect("status of 422")


def id_of(page: Page, name: str) -> str:
    return field(page, name).first.get_attribute("id") or ""


def described(page: Page, name: str) -> str:
    """What a screen reader says after the name of the field."""
    ids = (field(page, name).get_attribute("aria-describedby") or "").split()
    return " ".join(page.locator(f"[id='{each}']").inner_text() for each in ids)


def test_the_way_back_keeps_what_was_typed(residents: Visits, link: Machine) -> None:
    page = opened(residents)
    assert_the_way_back_keeps_it(page, link)


def test_the_way_back_after_a_mistake_keeps_what_was_typed(residents: Visits) -> None:
    page = opened(residents)
    fill_in(page, {**ANNA, "adres_postcode": "12"})
    send(page)
    expect(page).to_have_title(re.compile("^Fout: "))
    page.go_back()
    expect(field(page, "achternaam")).to_have_value("Berg")
    expect(field(page, "adres_postcode")).to_have_value("12")
    residents.expect("status of 422")


def test_what_is_too_big_to_read_is_said_and_the_way_back_has_it(residents: Visits, link: Machine) -> None:
    page, remark = opened(residents), "Koud. " * 12_000
    field(page, "contact_opmerkingen").evaluate("it => it.removeAttribute('maxlength')")
    fill_in(page, {**ANNA, "contact_opmerkingen": remark})
    send(page)
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Wat u invulde, konden wij niet lezen")
    expect(field(page, "achternaam")).to_have_value("")
    assert_accessible(page)
    page.go_back()
    expect(field(page, "achternaam")).to_have_value("Berg")
    expect(field(page, "contact_opmerkingen")).to_have_value(remark)
    residents.expect("status of 413")
    assert not kept(link)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_store_that_is_away_loses_nothing(residents: Visits, link: Machine, javascript: bool) -> None:
    page = opened(residents, javascript=javascript)
    fill_in(page, ANNA)
    with store_away(link):
        send(page)
        expect(page.locator("[data-summary]")).to_be_visible()
    residents.expect("status of 503")
    for name, value in ANNA.items():
        expect(field(page, name)).to_have_value(value)
    expect(field(page, "akkoord_privacybeleid")).to_be_checked()
    assert not kept(link)
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert len(kept(link)) == 1


@pytest.mark.parametrize("javascript", [True, False])
def test_a_double_click_makes_one_sign_up(residents: Visits, link: Machine, javascript: bool) -> None:
    page = opened(residents, javascript=javascript)
    fill_in(page, ANNA)
    page.locator("main button[type=submit]").dblclick()
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert len(kept(link)) == 1


# -- the address -----------------------------------------------------------------------------------------------------------


def test_street_and_town_are_filled_in_and_said(residents: Visits) -> None:
    page = opened(residents)
    told = page.locator("[data-part=found]")
    assert told.get_attribute("role") == "status"
    field(page, "adres_postcode").fill("1234 AB")
    assert told.inner_text() == ""
    field(page, "adres_huisnummer").fill("5")
    expect(field(page, "adres_straat")).to_have_value("Zonnelaan")
    expect(field(page, "adres_plaats")).to_have_value("Zonnig Dorp")
    expect(told).to_contain_text("Zonnelaan, Zonnig Dorp")
    assert_accessible(page)
    field(page, "adres_postcode").fill("1234 AC")
    expect(field(page, "adres_straat")).to_have_value("Windhof")


@pytest.mark.parametrize("fault", [{"seconds": 3}, {"status": 500}, {"body": "onderhoud"}], ids=str)
def test_a_register_that_is_slow_or_fails_is_in_nobodys_way(
    residents: Visits, link: Machine, fault: dict[str, Any]
) -> None:
    spoil(link, **fault)
    page = opened(residents)
    fill_in(page, ANNA)
    with page.expect_navigation(timeout=3000):
        send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert kept(link)[0]["address"]["street"] == ""


def test_what_came_back_with_a_mistake_follows_the_postcode_again(residents: Visits) -> None:
    """Street and town that were filled in for the first postcode are not kept with the second."""
    page = opened(residents)
    fill_in(page, {**ANNA, "email": "anna"})
    expect(field(page, "adres_straat")).to_have_value("Zonnelaan")
    send(page)
    expect(page).to_have_title(re.compile("^Fout: "))
    residents.expect("status of 422")
    expect(page.locator("[data-part=found]")).to_contain_text("Zonnelaan")
    field(page, "adres_postcode").fill("1234 AC")
    expect(field(page, "adres_straat")).to_have_value("Windhof")


AUTOCOMPLETE = {
    "voornaam": "given-name", "achternaam": "family-name", "email": "email", "telefoonnummer": "tel",
    "adres_postcode": "postal-code", "adres_plaats": "address-level2",
}  # fmt: skip


def test_a_browser_can_fill_in_what_it_knows(residents: Visits) -> None:
    """With the words of the HTML standard. The street has none: a browser would put the number there too."""
    page = opened(residents)
    for name, word in AUTOCOMPLETE.items():
        assert field(page, name).get_attribute("autocomplete") == word, name
    for name in ("adres_straat", "adres_huisnummer", "adres_toevoeging"):
        assert field(page, name).get_attribute("autocomplete") in {None, "off"}, name
    assert field(page, "email").get_attribute("type") == "email"
    assert field(page, "telefoonnummer").get_attribute("type") == "tel"


# -- Belgium ---------------------------------------------------------------------------------------------------------------


def test_in_belgium_people_type_street_and_town(residents: Visits, link: Machine) -> None:
    page = opened(residents, BE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/address" in request.url else None)
    fill_in(page, LIEN)
    page.wait_for_timeout(600)
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert kept(link)[0]["address"]["city"] == "Antwerpen"
    assert not asked


# -- in a frame of another site --------------------------------------------------------------------------------------------


def test_the_page_works_in_a_frame_of_a_site_in_the_settings(
    residents: Visits, link: Machine, running_link: tuple[Machine, Sites]
) -> None:
    residents.allow(running_link[1].allowed)
    page = residents.open(running_link[1].allowed)
    frame = page.frame_locator("iframe")
    fill_in(frame, ANNA)
    expect(frame.locator("[name=adres_straat]")).to_have_value("Zonnelaan")
    frame.locator("main button[type=submit]").click()
    expect(frame.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert len(kept(link)) == 1


def test_a_frame_of_another_site_stays_empty(residents: Visits, running_link: tuple[Machine, Sites]) -> None:
    residents.allow(running_link[1].other)
    page = residents.open(running_link[1].other)
    residents.expect("frame-ancestors")
    assert page.frame_locator("iframe").locator("form").count() == 0


def test_without_the_setting_no_site_may_show_it_in_a_frame(residents: Visits, link: Machine) -> None:
    answer = link.get("receive-webform", NL, headers={"Accept": "text/html"})
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# -- the whole way ---------------------------------------------------------------------------------------------------------


def test_a_sign_up_with_a_double_click_becomes_one_contact(visits: Visits, client: Client) -> None:
    """In a local run, with a stand-in of Econobis behind it."""
    page = visits.open("/functions/receive-webform/zonnig-dorp/aanmelden")
    typed = {**ANNA, "email": "dubbel@voorbeeld.nl", "adres_huisnummer": "14"}
    names = {"adres_postcode": "postcode", "adres_huisnummer": "huisnummer"}
    fill_in(page, {names.get(name, name): value for name, value in typed.items()})
    page.locator("main button[type=submit]").dblclick()
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    contact = eventually("no contact", client.contact_id, "zonnig-dorp", typed["email"])
    client.wait_until_quiet("zonnig-dorp")
    rows = client.econobis("zonnig-dorp")["email_addresses"]
    assert [row["contact_id"] for row in rows if row["email"] == typed["email"]] == [contact]
    assert len(client.opportunities("zonnig-dorp", contact)) == 1
