"""The HTTP client with which Hoomdossier calls Econobis: headers and redirects of Guzzle, what counts as success."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from infra.standins.database import Row
from infra.standins.hoomdossier.php import decode_json, encode_json

MAX_REDIRECTS = 5
EXPECT_FROM_BYTES = 1_048_576
_HEADERS = {"Accept": "application/json", "User-Agent": "GuzzleHttp/7", "Content-Type": "application/json"}
_TRUSTED = httpx.create_ssl_context()  # Made once, because it takes longer than a call.


@dataclass(frozen=True)
class Outcome:
    """`status` is the HTTP status of the last answer, None without an answer. A push that is not synced is lost, not retried."""

    synced: bool
    status: int | None


def send(base_url: str, key: str, kind: str, payload: Row) -> Outcome:
    """POSTs to `{base_url}/{key}/hoomdossier/{kind}`, for `pdf` with a timeout of 360 seconds, else without one.

    The address is resolved as a browser does, so a key with `/`, `?` or `#` leads elsewhere, as in Hoomdossier.
    A call that fails is an Outcome without status.
    """
    url = httpx.URL(f"{base_url}/{key}/").join(f"hoomdossier/{kind}")
    request = _post(url, encode_json(payload).encode())
    with httpx.Client(timeout=360 if kind == "pdf" else None, trust_env=False, verify=_TRUSTED) as client:
        try:
            response = _follow(client, request)
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome(synced=False, status=None)
    if response is None:
        return Outcome(synced=False, status=None)
    readable = isinstance(decode_json(response.content), list | dict)
    return Outcome(readable and response.status_code < 400, response.status_code)


def _post(url: httpx.URL, body: bytes) -> httpx.Request:
    expect = {"Expect": "100-Continue"} if len(body) >= EXPECT_FROM_BYTES else {}
    return httpx.Request("POST", url, headers={**expect, **_HEADERS}, content=body)


def _follow(client: httpx.Client, request: httpx.Request) -> httpx.Response | None:
    """The answer after at most five redirects; None after more. A redirect up to 303 turns POST into GET."""
    for _ in range(MAX_REDIRECTS + 1):
        response = client.send(request, follow_redirects=False)
        if not 300 <= response.status_code < 400 or "Location" not in response.headers:
            return response
        target = request.url.join(response.headers["Location"])
        keeps_method = response.status_code > 303 and request.method == "POST"
        request = _post(target, request.content) if keeps_method else httpx.Request("GET", target, headers=_HEADERS)
    return None
