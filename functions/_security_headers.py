"""The security headers of every answer of a function, also of those that the framework makes itself (404, 500)."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from flask import Flask, Response

_YEAR = 365 * 24 * 3600


def _policy(form_action: str) -> str:
    # `default-src` does not count for the other three.
    return f"default-src 'none'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"


HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _policy("'none'"),
    # No Cross-Origin-Resource-Policy: with it a page that sends a form by `fetch(…, {mode: "no-cors"})` gets an error,
    # while the sign-up is stored. Such a page cannot read the answer anyway.
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",  # The address of a page may hold a token.
    "Strict-Transport-Security": f"max-age={_YEAR}",
    "X-Content-Type-Options": "nosniff",
}


@cache  # The framework loads a function more than once, and each app needs the hook once.
def add_security_headers(app: Flask) -> None:
    """Adds `HEADERS` to every answer of this app. An answer keeps the value that it has already."""
    app.after_request(_add)


def _add(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def policy_with_form(then: str | None) -> str:
    """The Content-Security-Policy of a page with a form that is sent to its own address.

    `then` is the URL to which the answer to the form sends the browser. Chrome refuses any other, and any to which that
    site sends it on (to its name with www, say), so all sites are allowed then.
    """
    return _policy(f"'self' {urlsplit(then).scheme}:" if then else "'self'")
