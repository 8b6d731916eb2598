"""The sign-up page of each form: is it there for a resident with a browser? Every form has one, at its own address."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from infra.doctor.finding import Finding, error, unchecked
from infra.doctor.settings_file import Settings

_WHY = "bewoners kunnen zich daar niet aanmelden"
_LOGS = "Google Cloud: Cloud Run → receive-webform → Logboeken"


def problems(url: str, settings: Settings, http: httpx.Client, seconds: float) -> Iterator[Finding]:
    """`url` is the address of receive-webform. Waits `seconds` for each page. Nothing is stored by looking."""
    for cooperation, its in settings.config.cooperations.items():
        for form in its.forms:
            yield from _page(f"{url}/{cooperation}/{form}", cooperation, form, settings, http, seconds)


def _page(
    address: str, cooperation: str, form: str, settings: Settings, http: httpx.Client, seconds: float
) -> Iterator[Finding]:
    page = f"de aanmeldpagina {cooperation}/{form}"
    try:
        answer = http.get(address, timeout=seconds, follow_redirects=False, headers={"Accept": "text/html"})
    except httpx.HTTPError:
        yield unchecked(f"of {page} antwoordt", f"er kwam geen antwoord van {address}")
        return
    if answer.status_code == 404:
        where = f"{settings.where('cooperations', cooperation, 'forms', form)}; doe make settings"
        yield error(f"{page} is er niet: receive-webform kent dit formulier niet", _WHY, where)
    elif answer.status_code != 200:
        yield error(f"{page} antwoordt niet goed: status {answer.status_code}", _WHY, _LOGS)
    elif "<form" not in answer.text:
        yield error(f"{page} antwoordt niet goed: er staat geen formulier op", _WHY, _LOGS)
