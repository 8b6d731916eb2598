"""Econobis' HTTP client: Guzzle 7 over curl with its default settings. Recorded: `econobis_to_hoomdossier__resp_*`.

It follows up to five redirects, and 301, 302 and 303 turn a POST into a GET. It has no timeout. A connection that
failed and an answer that cannot be read are two different errors.
"""

from __future__ import annotations

import httpx

TIMEOUT_SECONDS = 300  # The real one waits for ever; a test run must not.
_REDIRECTS = 5
_TRUSTED = httpx.create_ssl_context()  # Made once, because making it takes longer than a call.


class NoConnectionError(Exception):
    """Guzzle's ConnectException: no connection, no answer in time, or closed without an answer."""


class BadAnswerError(Exception):
    """Status 400 or above, a redirect that is not followed, or an answer that broke off.

    `status` is 0 when no status line could be read.
    """

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body.decode("utf-8", "replace")


def post_json(url: str, headers: dict[str, str], body: str) -> bytes:
    """The body of an answer with any status below 400. Raises NoConnectionError or BadAnswerError."""
    sent = {"User-Agent": "GuzzleHttp/7", "Content-Type": "application/json", **headers}
    try:
        request = httpx.Request("POST", url, headers=sent, content=body.encode())
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_TRUSTED) as client:
            for _ in range(_REDIRECTS + 1):
                response, content = _exchange(client, request)
                if response.status_code >= 400:
                    raise BadAnswerError(response.status_code, content)
                if response.status_code < 300 or "Location" not in response.headers:
                    return content
                request = _redirected(request, response, content)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise BadAnswerError(0) from error
    raise BadAnswerError(response.status_code, content)


def _exchange(client: httpx.Client, request: httpx.Request) -> tuple[httpx.Response, bytes]:
    content, response = b"", None
    try:
        response = client.send(request, stream=True)
        for chunk in response.iter_bytes():
            content += chunk
    except (httpx.TimeoutException, httpx.ConnectError) as error:
        raise NoConnectionError(str(error)) from error
    except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError) as error:
        if response is None and "without sending a response" in str(error):
            raise NoConnectionError(str(error)) from error
        raise BadAnswerError(response.status_code if response else 0, content) from error
    finally:
        if response is not None:
            response.close()
    return response, content


def _redirected(request: httpx.Request, response: httpx.Response, content: bytes) -> httpx.Request:
    url = request.url.join(response.headers["Location"])
    if url.scheme not in ("http", "https"):
        raise BadAnswerError(response.status_code, content)
    elsewhere = (url.scheme, url.host, url.port) != (request.url.scheme, request.url.host, request.url.port)
    dropped = {"host", "content-length", *(["authorization"] if elsewhere else [])}
    headers = [(name, value) for name, value in request.headers.raw if name.decode().lower() not in dropped]
    if response.status_code == 303 or response.status_code <= 302:
        return httpx.Request("GET", url, headers=headers)
    return httpx.Request(request.method, url, headers=headers, content=request.content)
