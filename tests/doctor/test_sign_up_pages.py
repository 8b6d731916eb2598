"""Doctor opens the sign-up page of every form of every cooperation, and names the one that does not answer well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from flask import Request, Response

from functions.receive_webform import receive_webform
from infra.doctor.finding import Finding
from infra.doctor.sign_up_pages import problems
from infra.standins.server import serving
from shared import wiring
from tests.doctor.settings import GOOD, settings
from tests.doctor.site import Handler, served, wire

MARKET = "      wijkmarkt: {campaign: 12, measures: [3]}\n"
ONE = GOOD.replace("    mail:\n", f"{MARKET}    mail:\n")
TWO = ONE + ONE.partition("\n")[2].replace("zonnig-dorp:", "meer-energie:").replace("env:", "env:MEER_")
PAGES = ["zonnig-dorp/aanmelden", "zonnig-dorp/wijkmarkt", "meer-energie/aanmelden", "meer-energie/wijkmarkt"]
Doctor = Callable[..., list[Finding]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doctor]:
    """What doctor finds by the settings `text`, where receive-webform runs with TWO."""
    wire(tmp_path, settings(tmp_path, TWO), monkeypatch)
    with ExitStack() as opened, httpx.Client(trust_env=False) as http:

        def look(handler: Handler = receive_webform, text: str = TWO, seconds: float = 30) -> list[Finding]:
            folder = tmp_path / "doctor"
            folder.mkdir(exist_ok=True)
            return list(problems(opened.enter_context(serving(served(handler))), settings(folder, text), http, seconds))

        yield look
    wiring.forget()


def but(page: str, other: Handler) -> Handler:
    """The function, but with another answer at one page."""
    return lambda request: (other if request.path == f"/{page}" else receive_webform)(request)


def test_every_page_that_answers_well_is_looked_at_and_not_named(doctor: Doctor) -> None:
    asked = []

    def noted(request: Request) -> Response:
        asked.append((request.path.strip("/"), request.headers["Accept"]))
        return receive_webform(request)

    assert doctor(noted) == []
    assert asked == [(page, "text/html") for page in PAGES]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("", 500), "status 500"),
        (Response("", 302, {"Location": "/elders"}), "status 302"),
        (Response("<html><h1>Welkom</h1>", 200), "er staat geen formulier op"),
    ],
    ids=str,
)
def test_the_page_that_does_not_answer_well_is_named(doctor: Doctor, page: str, answer: Response, reason: str) -> None:
    (found,) = doctor(but(page, lambda _: answer))
    assert (found.level, found.what) == ("error", f"de aanmeldpagina {page} antwoordt niet goed: {reason}")
    assert found.why == "bewoners kunnen zich daar niet aanmelden"
    assert "receive-webform → Logboeken" in found.where


def test_a_form_that_the_function_does_not_know_is_named_with_its_line(doctor: Doctor) -> None:
    (found,) = doctor(text=TWO.replace("wijkmarkt", "braderie", 1))
    assert found.level == "error"
    assert found.what == "de aanmeldpagina zonnig-dorp/braderie is er niet: receive-webform kent dit formulier niet"
    line = TWO.splitlines().index(MARKET.rstrip()) + 1
    assert f"regel {line}: cooperations.zonnig-dorp.forms.braderie; doe make settings" in found.where


def test_a_page_that_does_not_answer_in_time_was_not_looked_at(doctor: Doctor) -> None:
    def late(_: Request) -> Response:
        time.sleep(1)
        return Response("")

    (found,) = doctor(but(PAGES[1], late), seconds=0.5)
    assert (found.level, found.what) == ("unchecked", f"of de aanmeldpagina {PAGES[1]} antwoordt")
