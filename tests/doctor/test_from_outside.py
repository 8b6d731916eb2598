"""Public functions answer a question from outside, and the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from flask import Request, Response

from functions.receive_webform import receive_webform
from functions.run_task import run_task
from infra.doctor.from_outside import problems
from infra.function_table import function_rows
from infra.standins.server import serving
from shared import wiring
from tests.doctor.settings import settings
from tests.doctor.site import PUBLIC, Handler, site, wire


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """What doctor says when these functions answer on their addresses, and Google on the others."""
    used = settings(tmp_path)
    wire(tmp_path, used, monkeypatch)
    with ExitStack() as opened, httpx.Client(trust_env=False) as http:

        def look(functions: dict[str, Handler]) -> str:
            url = f"{opened.enter_context(serving(site(functions)))}/{{function}}"
            return "\n".join(f"{it.level}: {it.what}" for it in problems(url, function_rows(), used, http))

        yield look
    wiring.forget()


def test_a_deployment_as_it_should_be_has_no_findings(told: Callable[..., str]) -> None:
    assert told(PUBLIC) == ""


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_function_that_google_keeps_closed_is_found(name: str, told: Callable[..., str]) -> None:
    said = told({other: handler for other, handler in PUBLIC.items() if other != name})
    assert said == f"error: {name} is van buiten niet te bereiken: op zijn adres komt status 403 van iemand anders"


def test_a_sign_up_page_that_fails_is_found(told: Callable[..., str]) -> None:
    def broken(request: Request) -> Response:
        return Response("", 503) if request.path == "/zonnig-dorp/aanmelden" else receive_webform(request)

    said = told({**PUBLIC, "receive-webform": broken})
    assert said == "error: de aanmeldpagina zonnig-dorp/aanmelden antwoordt niet goed: status 503"


def test_an_internal_function_that_answers_is_found(told: Callable[..., str]) -> None:
    assert told({**PUBLIC, "run-task": run_task}) == "error: run-task antwoordt op een vraag van buiten"


def test_without_a_network_nothing_is_said(tmp_path: Path) -> None:
    with httpx.Client(trust_env=False) as http:
        found = list(problems("http://127.0.0.1:1/{function}", function_rows(), settings(tmp_path), http))
    assert {it.level for it in found} == {"unchecked"}
    assert len(found) == len(PUBLIC)
