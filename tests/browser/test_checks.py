"""The checks of this folder see what they look for. Each is given a page on which it must fail."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.checks import assert_accessible, at_width
from tests.browser.keyboard import follow, go_to, stops
from tests.browser.visits import Visits

PAGE = "<!doctype html><html lang='nl'><title>Pagina</title><main><h1>Pagina</h1>{}</main></html>"


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<input>", "label"),
        ("<p style='color: #aaa; background: #fff'>licht</p>", "color-contrast"),
        ("<h4>te diep</h4>", "heading-order"),
    ],
)
def test_a_barrier_is_found(visits: Visits, html: str, rule: str) -> None:
    page = visits.open("about:blank")
    page.set_content(PAGE.format("<p>goed</p>"))
    assert_accessible(page)
    page.set_content(PAGE.format(html))
    with pytest.raises(AssertionError, match=rule):
        assert_accessible(page)


def test_a_page_that_is_too_wide_is_found(visits: Visits) -> None:
    page = visits.open("about:blank")
    page.set_content(PAGE.format("<p style='min-width: 400px'>breed</p>"))
    at_width(page, 500)
    with pytest.raises(AssertionError, match="breed"):
        at_width(page, 320)


def test_a_focus_that_cannot_be_seen_is_found(visits: Visits) -> None:
    page = visits.open("about:blank")
    page.set_content(PAGE.format("<a href='/'>een</a> <button>twee</button>"))
    assert stops(page) == ["een", "twee"]
    page.set_content(PAGE.format("<style>a:focus { outline: none }</style><a href='/'>een</a>"))
    with pytest.raises(AssertionError, match="'een' looks the same"):
        stops(page)
    page.set_content(PAGE.format("<a href='/' style='position: absolute; left: 0; top: -99px'>een</a>"))
    with pytest.raises(AssertionError, match="'een' is out of sight"):
        stops(page)


def test_a_place_that_tab_does_not_come_to_is_found(visits: Visits) -> None:
    page = visits.open("about:blank")
    page.set_content(PAGE.format("<a href='/'>een</a> <a href='/' tabindex='-1'>twee</a>"))
    go_to(page, "een")
    with pytest.raises(AssertionError, match="does not come to 'twee', only to"):
        go_to(page, "twee")


def test_a_link_is_followed_by_keyboard(visits: Visits) -> None:
    page = visits.open("/mail/")
    follow(page, "Begin")
    assert page.url == f"{visits.base}/"


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<img alt='' src='http://127.0.0.2:9/x.png'>", "asks another host: http://127.0.0.2:9/x.png"),
        ("<link rel='stylesheet' href='https://fonts.example/x.css'>", "asks another host: https://fonts.example"),
        ("<script>console.error('kapot')</script>", "console: kapot"),
        ("<script>nergens()</script>", "nergens is not defined"),
    ],
)
def test_what_a_page_may_never_do_is_found(browser: Browser, base: str, html: str, error: str) -> None:
    visits = Visits(browser, base)
    page = visits.open("/queue/")
    visits.check()
    page.route("**/erbij", lambda route: route.fulfill(body=PAGE.format(html), content_type="text/html"))
    page.goto("/erbij")
    with pytest.raises(AssertionError, match=error):
        visits.check()
    visits.close()


def test_a_refusal_of_the_content_security_policy_is_found(visits: Visits) -> None:
    page = visits.open("/queue/")
    page.evaluate(
        "() => { const s = document.createElement('style'); s.textContent = 'p {}'; document.head.append(s) }"
    )
    visits.expect("Content Security Policy")
    with pytest.raises(AssertionError, match="no error with"):
        visits.expect("Content Security Policy")


def test_an_answer_that_is_an_error_is_found_and_may_be_expected(visits: Visits) -> None:
    visits.open("/nergens")
    with pytest.raises(AssertionError, match="status of 404"):
        visits.check()
    visits.expect("status of 404")
