"""A form with `minimum_seconds`: who sends faster is a robot, and an old page is asked to load again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.sign_up.mark import MARK
from shared import wiring
from shared.clock import utc_now
from shared.domain.form_age import FIELD
from tests.functions.examples import sign_up
from tests.functions.routes import BROWSER, is_problem, page
from tests.tree import ROOT
from tests.world.functions_over_http import Machine, logged

FORM, SITE = "/zonnig-dorp/streng", "https://www.zonnig-dorp.example"


@pytest.fixture
def wait(link: Machine) -> Iterator[Callable[[float], None]]:
    """Lets seconds pass for the functions."""
    services = wiring.services()

    def pass_(seconds: float) -> None:
        now = services.clock() + timedelta(seconds=seconds)
        services.clock = lambda: now

    yield pass_
    services.clock = utc_now


def made(link: Machine, form: str = FORM, **headers: str) -> str:
    answer = link.get("receive-webform", f"{form}/made", headers=headers)
    assert answer.status_code == 200
    return str(answer.json()["made"])


def send(link: Machine, time: Any, form: str = FORM, **changes: Any) -> httpx.Response:
    return link.sign_up(form, json=sign_up(dossierlink_made=time, **changes))


def test_the_time_is_given_to_the_page_and_not_kept(link: Machine) -> None:
    answer = link.get("receive-webform", f"{FORM}/made", headers={"Origin": SITE})
    assert answer.json()["minimum_seconds"] == 3
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert answer.headers["Cache-Control"] == "no-store"
    assert link.versions() == {}


def test_somebody_who_takes_the_time_to_fill_in_is_accepted(link: Machine, wait: Callable[[float], None]) -> None:
    time = made(link)
    wait(3.1)
    assert send(link, time).status_code == 202
    assert len(link.documents("submissions")) == 1


def test_who_sends_faster_is_answered_like_a_robot(link: Machine, wait: Callable[[float], None]) -> None:
    """The same answer as for the honeypot, the same id for the same fields, and the id has a state."""
    time = made(link)
    wait(1.2)
    later = made(link)
    assert later != time
    fast, again, trapped = send(link, time), send(link, later), send(link, later, website="x")
    assert [it.status_code for it in (fast, again, trapped)] == [202, 202, 202]
    assert fast.json() == again.json()
    assert fast.json().keys() == trapped.json().keys()
    assert link.get("receive-webform", f"{FORM}/{fast.json()['id']}").json() == {"status": "accepted"}
    assert link.documents("submissions") == {}
    assert [line["message"] for line in logged] == ["robot"] * 3


def test_a_browser_that_is_too_fast_gets_the_usual_page(link: Machine) -> None:
    answer = link.sign_up(FORM, data=sign_up(dossierlink_made=made(link)), headers=BROWSER)
    assert "Bedankt" in page(answer, 200)
    assert link.documents("submissions") == {}


def refused(answer: httpx.Response) -> None:
    assert "verstuur het nog een keer" in is_problem(answer, 422)["dossierlink_made"]


@pytest.mark.parametrize(
    "time",
    [None, "", "x", "undefined", "1-0", "0" * 12 + "-" + "0" * 32, [1], {"a": 1}, 12, "9" * 5000, "\u0661-" + "0" * 32],
)
def test_a_time_that_we_did_not_sign_is_refused(link: Machine, time: Any) -> None:
    refused(send(link, time))
    assert link.documents("submissions") == {}


def test_a_form_without_the_field_is_refused(link: Machine) -> None:
    refused(link.sign_up(FORM, json=sign_up()))


def test_a_changed_time_or_one_of_another_form_is_refused(link: Machine, wait: Callable[[float], None]) -> None:
    seconds, _, signature = made(link).partition("-")
    others = [made(link, "/zonnig-dorp/aanmelden"), made(link, "/meer-energie/aanmelden")]
    wait(10)
    for time in (
        f"{int(seconds) - 1}-{signature}",
        f"0{seconds}-{signature[:-1]}{'1' if signature.endswith('0') else '0'}",
        f"{seconds}-{signature[::-1]}",
        *others,
    ):
        refused(send(link, time))


def test_a_page_may_be_open_for_a_day(link: Machine, wait: Callable[[float], None]) -> None:
    time = made(link)
    wait(24 * 3600 - 5)
    assert send(link, time).status_code == 202
    wait(10)
    refused(send(link, time))
    text = page(link.sign_up(FORM, data=sign_up(dossierlink_made=time), headers=BROWSER), 422)
    for words in ("langer dan een dag open", "terugknop", "nog niets verstuurd"):
        assert words in text
    assert "dossierlink" not in text


def test_a_new_time_helps_somebody_whose_page_was_too_old(link: Machine, wait: Callable[[float], None]) -> None:
    wait(90_000)
    time = made(link)
    wait(4)
    assert send(link, time).status_code == 202


def test_nobody_is_a_robot_because_the_clock_of_an_instance_is_wrong(
    link: Machine, wait: Callable[[float], None]
) -> None:
    """The instance that signed is five minutes ahead of the one that gets the form."""
    wait(300)
    time = made(link)
    wait(-290)
    refused(send(link, time))


def test_a_form_without_minimum_seconds_takes_no_notice_of_the_field(link: Machine) -> None:
    """So the page can have the field before the setting is turned on."""
    time = made(link, "/zonnig-dorp/aanmelden")
    assert link.get("receive-webform", "/zonnig-dorp/aanmelden/made").json()["minimum_seconds"] == 0
    first, second = (send(link, it, "/zonnig-dorp/aanmelden") for it in (time, "x"))
    assert first.json() == second.json()
    assert len(link.documents("submissions")) == 1


def test_the_field_may_come_twice(link: Machine, wait: Callable[[float], None]) -> None:
    time = made(link)
    wait(5)
    fields = {**sign_up(), "dossierlink_made": ["", time]}
    assert link.sign_up(FORM, data=fields).status_code == 202


def test_the_script_of_the_documentation_uses_the_names_of_the_answer(link: Machine) -> None:
    text = (ROOT / "docs/web-forms.md").read_text(encoding="utf-8")
    script = text[text.index("```html") : text.index("```", text.index("```html") + 3)]
    assert f'name="{FIELD}"' in script
    assert f"form.elements.{FIELD}.value = time.made" in script
    assert "fetch(`${form.action}/made`)" in script
    answer = link.get("receive-webform", f"{FORM}/made", headers={"Origin": SITE}).json()
    assert set(re.findall(r"time\.(\w+)", script)) == set(answer)


def test_our_own_page_that_was_open_too_long_can_be_sent_again_at_once(
    link: Machine, wait: Callable[[float], None]
) -> None:
    """Without JavaScript nothing holds it back. A robot would be thanked, and its sign-up thrown away."""
    time = made(link)
    wait(90_000)
    typed = {**sign_up(), MARK: "1"}
    again = link.sign_up(FORM, data={**typed, "dossierlink_made": time}, headers=BROWSER)
    assert again.status_code == 422
    (new,) = re.findall(r'name="dossierlink_made" value="([^"]+)"', again.text)
    assert link.sign_up(FORM, data={**typed, "dossierlink_made": new}, headers=BROWSER).status_code == 303
    assert len(link.documents("submissions")) == 1
