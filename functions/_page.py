"""What a resident's browser gets after a form when the cooperation has no page of its own for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Response
from markupsafe import escape

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def go_to(url: str) -> Response:
    return Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


def thanks() -> Response:
    return _page(200, "Bedankt voor uw aanmelding", "<p>Wij hebben uw aanmelding ontvangen.</p>")


def corrections(status: int, problems: Mapping[str, Iterable[str]]) -> Response:
    items = "".join(
        f"<li><strong>{escape(field)}</strong>: {escape(' '.join(texts))}</li>" for field, texts in problems.items()
    )
    what_now = "<p>Ga terug naar het formulier en verbeter dit. Er is nog niets verstuurd.</p>"
    return _page(status, "Nog niet helemaal goed", f"<ul>{items}</ul>{what_now}")


def _page(status: int, title: str, body: str) -> Response:
    html = (
        '<!doctype html><html lang="nl"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><main><h1>{title}</h1>{body}</main></html>"
    )
    return Response(html, status, _HEADERS, mimetype="text/html")
