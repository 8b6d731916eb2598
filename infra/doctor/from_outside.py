"""Asks each deployed function over the internet whether it answers: the public ones do, the others must not.

The question is a GET that every function refuses before it looks at a key. After it come the sign-up pages of all forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx

from infra.doctor import sign_up_pages
from infra.doctor.finding import Finding, error, unchecked
from infra.doctor.settings_file import Settings
from infra.function_table import Row

SECONDS = 30.0
"""A function that was not called for a while starts first."""
_PROBLEM = "application/problem+json"


def problems(url: str, table: Mapping[str, Row], settings: Settings, http: httpx.Client) -> Iterator[Finding]:
    """`url` is the address of a function, with `{function}` for its name."""
    for name, row in table.items():
        address = url.replace("{function}", name) + _path(name, settings)
        try:
            answer = http.get(address, timeout=SECONDS, follow_redirects=False, headers={"Accept": "application/json"})
        except httpx.HTTPError:
            if row.is_public:
                yield unchecked(f"of {name} antwoordt", f"er kwam geen antwoord van {url.replace('{function}', name)}")
            continue
        found = list(_answer(name, row, answer))
        yield from found
        if name == "receive-webform" and not found:
            yield from sign_up_pages.problems(url.replace("{function}", name), settings, http, SECONDS)


def is_ours(answer: httpx.Response) -> bool:
    """Whether one of our functions refused the question. Google's own pages are no problem+json, and not so strict."""
    strict = answer.headers.get("Content-Security-Policy", "").startswith("default-src 'none'")
    return strict or str(answer.headers.get("Content-Type", "")).startswith(_PROBLEM)


def _answer(name: str, row: Row, answer: httpx.Response) -> Iterator[Finding]:
    where = f"Google Cloud: Cloud Run → {name} → Beveiliging, Netwerk en Logboeken; rol opnieuw uit met make deploy"
    if row.is_public and not is_ours(answer):
        yield error(
            f"{name} is van buiten niet te bereiken: op zijn adres komt status {answer.status_code} van iemand anders",
            "Econobis, Hoomdossier en bewoners krijgen geen antwoord",
            where,
        )
    if not row.is_public and is_ours(answer):
        yield error(
            f"{name} antwoordt op een vraag van buiten", "alleen onze eigen taken en planning horen er te komen", where
        )


def _path(name: str, settings: Settings) -> str:
    """What follows the function's address in a real call. A key is never needed."""
    cooperation = next(iter(settings.config.cooperations))
    paths = {
        "receive-event": f"/{cooperation}/doctor/hoomdossier/afspraak",
        "create-dossier": f"/{cooperation}",
        "link-coach": f"/{cooperation}",
        "serve-feed": f"/{cooperation}/journeys.csv",
    }
    return paths.get(name, "/")
