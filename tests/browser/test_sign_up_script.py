"""The script of the sign-up page in a browser, on a page with no more than it needs.

What it does on the page as it is stands in `test_sign_up_page.py`.
"""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, Route, expect

from functions.sign_up.script import script_address
from tests.browser.sign_up import ANNA, NL, field, fill_in, kept, send, store_away
from tests.browser.visits import Visits
from tests.world.functions_over_http import Machine

PARTS = {
    "adres_postcode": "postcode", "adres_huisnummer": "number", "adres_toevoeging": "addition", "adres_straat": "street",
    "adres_plaats": "city",
}  # fmt: skip
HTML = """<!doctype html><html lang="nl"><title>Aanmelden</title><main><h1>Aanmelden</h1>
<form method="post" action="{form}" data-address="{form}/address" data-busy="Bezig…" data-wait="{wait}" novalidate>
{fields}
<p role="status" data-part="found" data-found="Gevonden: {{street}}, {{city}}." data-unknown="Niet gevonden."
  data-homes="Hier zijn de woningen {{additions}}. Vul uw toevoeging in."></p>
<p><label><input type="checkbox" name="akkoord_privacybeleid" value="ja"> Akkoord</label></p>
<button type="submit">Aanmelden</button>
</form></main><script src="{script}" defer></script>"""


def opened(residents: Visits, wait: int = 0, **values: str) -> Page:
    """A page with the form, its fields filled with `values`, which may not be sent before `wait` seconds."""
    page, form = residents.open("about:blank"), f"{residents.base}{NL}"
    fields = "\n".join(
        f'<p><label>{name} <input name="{name}" data-part="{PARTS.get(name, "")}" value="{values.get(name, "")}"></label></p>'
        for name in {**ANNA, **PARTS}
    )
    html = HTML.format(form=form, wait=wait, fields=fields, script=script_address(form))
    page.route("**/small-page", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(f"{form}/small-page")
    return page


# -- the address -----------------------------------------------------------------------------------------------------------


def test_what_somebody_typed_is_never_written_over(residents: Visits) -> None:
    page = opened(residents)
    field(page, "adres_straat").fill("Achterpad")
    field(page, "adres_postcode").fill("1234AB")
    field(page, "adres_huisnummer").fill("5")
    expect(field(page, "adres_plaats")).to_have_value("Zonnig Dorp")
    assert field(page, "adres_straat").input_value() == "Achterpad"
    field(page, "adres_plaats").fill("Elders")
    field(page, "adres_postcode").fill("1234AC")
    page.wait_for_timeout(1500)
    assert [field(page, name).input_value() for name in ("adres_straat", "adres_plaats")] == ["Achterpad", "Elders"]


def test_a_home_that_needs_its_addition_is_said(residents: Visits) -> None:
    page = opened(residents)
    field(page, "adres_postcode").fill("1234AC")
    field(page, "adres_huisnummer").fill("1")
    told = page.locator("[data-part=found]")
    expect(told).to_contain_text("1, 2, 10, Abis")
    field(page, "adres_toevoeging").fill("2")
    field(page, "adres_toevoeging").blur()
    expect(told).not_to_contain_text("10")
    expect(told).to_contain_text("Windhof, Zonnig Dorp")


def test_an_unknown_address_is_said_and_can_be_sent(residents: Visits, link: Machine) -> None:
    page = opened(residents)
    fill_in(page, {**ANNA, "adres_postcode": "9999 ZZ"})
    expect(page.locator("[data-part=found]")).not_to_be_empty()
    residents.expect("status of 404")
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert kept(link)[0]["address"]["postal_code"] == "9999 ZZ"


def test_what_came_back_with_the_page_follows_the_postcode_again(residents: Visits) -> None:
    """After a mistake the page comes back with the street that was found. It is not kept for another postcode."""
    page = opened(residents, **ANNA, adres_straat="Zonnelaan", adres_plaats="Elders")
    expect(field(page, "adres_straat")).to_have_attribute("data-filled", "Zonnelaan")
    expect(page.locator("[data-part=found]")).to_be_empty()  # Somebody says that it is elsewhere.
    field(page, "adres_plaats").fill("Zonnig Dorp")
    field(page, "adres_postcode").fill("1234 AC")
    expect(field(page, "adres_straat")).to_have_value("Windhof")
    assert field(page, "adres_plaats").input_value() == "Zonnig Dorp"


def test_what_the_browser_fills_in_counts_as_typed(residents: Visits) -> None:
    """A browser sets the values and fires events, some of them no `input`."""
    page = opened(residents)
    fill = """([name, value, kind]) => {
      const one = document.getElementsByName(name)[0];
      one.value = value;
      one.dispatchEvent(new Event(kind, { bubbles: true }));
    }"""
    page.wait_for_timeout(500)  # What the script does at the start is over.
    page.evaluate(fill, ["adres_postcode", "1234AB", "change"])
    page.evaluate(fill, ["adres_huisnummer", "5", "change"])
    expect(field(page, "adres_straat")).to_have_value("Zonnelaan")


def test_what_was_found_for_another_address_does_not_stay(residents: Visits) -> None:
    page = opened(residents)
    fill_in(page, {"adres_postcode": "1234 AB", "adres_huisnummer": "5"}, consent=False)
    expect(field(page, "adres_straat")).to_have_value("Zonnelaan")
    field(page, "adres_postcode").fill("1234")
    for name in ("adres_straat", "adres_plaats"):
        expect(field(page, name)).to_have_value("")
    expect(page.locator("[data-part=found]")).to_be_empty()


def test_an_answer_that_is_late_changes_nothing(residents: Visits) -> None:
    """Nobody sees a field change long after it was passed."""
    page, late = opened(residents), list[Route]()

    def hold(route: Route) -> None:
        late.append(route)

    page.route("**/address?*", hold)
    fill_in(page, {"adres_postcode": "1234 AB", "adres_huisnummer": "5"}, consent=False)
    page.wait_for_timeout(3200)
    for route in late:
        route.fulfill(json={"street": "Zonnelaan", "city": "Zonnig Dorp", "additions": [""]})
    page.wait_for_timeout(300)
    assert len(late) == 1
    assert field(page, "adres_straat").input_value() == ""


# -- sending ---------------------------------------------------------------------------------------------------------------


def test_a_double_click_sends_once(residents: Visits, link: Machine) -> None:
    page, posts = opened(residents), []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    fill_in(page, ANNA)
    page.locator("main button[type=submit]").dblclick()
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert len(posts) == len(kept(link)) == 1


def test_whoever_is_quicker_than_a_person_can_be_waits_a_moment(residents: Visits, link: Machine) -> None:
    """A browser that fills everything in at once is not taken for a robot."""
    started = time.monotonic()
    page = opened(residents, wait=2)
    fill_in(page, ANNA)
    send(page)
    expect(page.locator("h1")).to_have_text(re.compile("Bedankt"))
    assert time.monotonic() - started > 2
    assert len(kept(link)) == 1


def test_the_button_says_that_it_is_at_work(residents: Visits, link: Machine) -> None:
    page = opened(residents)
    fill_in(page, ANNA)
    button = page.locator("main button[type=submit]")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.evaluate(NOTE_BUTTON)
    button.focus()
    with store_away(link):  # It answers only after a while.
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Dit lukt nu even niet")
    assert len(posts) == 1
    assert page.evaluate("JSON.parse(sessionStorage.noted)") == ["Bezig…", "Bezig…", "true"]
    residents.expect("status of 503")


NOTE_BUTTON = """() => {
  const button = document.querySelector("main button[type=submit]");
  const note = () => {
    sessionStorage.noted = JSON.stringify(
      [button.textContent, document.activeElement.textContent, button.getAttribute("aria-disabled")]);
  };
  new MutationObserver(note).observe(button, { childList: true, attributes: true });
}"""
"""While a page is being left, nothing can be asked of it: it notes how its button looked and who had the focus."""


def test_a_page_that_the_browser_kept_can_be_sent_again(residents: Visits) -> None:
    """The browser shows it as it was left, with a button at work."""
    page = opened(residents)
    page.route(f"**{NL}", lambda route: route.fulfill(status=204))  # The page stays.
    button = page.locator("main button[type=submit]")
    button.press("Enter")
    expect(button).to_have_text("Bezig…")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(button).to_have_text("Aanmelden")
    expect(button).not_to_have_attribute("aria-disabled", "true")
