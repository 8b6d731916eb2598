"""Our own pages in Dutch, for a browser when the form has no page of its own. Programs get JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Request, Response
from markupsafe import escape

from functions._advice import Advice, advice_after
from functions._form import JSON
from functions._http import Refusal

_ANSWERS = frozenset({"text/html", JSON, "application/problem+json"})
_BACK = "Ga terug met de terugknop van uw browser: wat u invulde, staat er dan meestal nog."
_TELL = "Laat het weten aan de organisatie van de website, en meld u daar op een andere manier aan."
_TO_BLAME = f"Er is niets opgeslagen. Dit ligt niet aan u, maar aan het formulier. {_BACK} {_TELL}"
_OTHER_SITE = (
    "Er is niets opgeslagen. Ga naar de website van de organisatie waar u zich wilt aanmelden, en vul daar het "
    f"formulier in. Staat u daar al? Dan ligt dit niet aan u. {_TELL}"
)
_NOWHERE = (
    "Kwam u hier door een formulier te versturen? Dan is er niets opgeslagen: het formulier stuurt naar een adres dat "
    f"wij niet kennen. {_BACK} {_TELL}"
)
_NO_PAGE = (
    "Naar dit adres wordt alleen een formulier gestuurd. Er is niets opgeslagen. Ga naar de website waar u zich wilt "
    "aanmelden, en vul daar het formulier in."
)
_NO_FORM_OF_OURS = {
    400: ("Dit formulier kunnen wij niet lezen", _TO_BLAME),
    403: ("Dit kan vanaf deze website niet", _OTHER_SITE),
    404: ("Dit adres bestaat niet", _NOWHERE),
    405: ("Hier is niets te zien", _NO_PAGE),
    415: ("Dit formulier kunnen wij niet lezen", _TO_BLAME),
}
"""Title and text about a form that no resident can send better. `_advice.py` has those about any other."""


def wants_page(request: Request) -> bool:
    """Whether to answer with a page. A browser's Accept header prefers `text/html`; a program's names JSON or `*/*`."""
    if request.mimetype == JSON:
        return False
    # Sorted by quality; the first in the header wins between equals.
    kinds = [(kind.partition(";")[0].strip().lower(), quality) for kind, quality in request.accept_mimetypes]
    wanted = [kind for kind, quality in sorted(kinds, key=lambda it: -it[1]) if quality and kind in _ANSWERS]
    return wanted[:1] == ["text/html"]


def go_to(url: str) -> Response:
    """303: the browser fetches `url` with GET."""
    return Response(status=303, headers={"Location": url})


def thanks(own_page: str | None) -> Response:
    """The page after a sign-up: the form's `own_page` (a URL), or ours when that is None."""
    if own_page:
        return go_to(own_page)
    return page(200, "Bedankt voor uw aanmelding", ["<p>Wij hebben uw aanmelding ontvangen.</p>"])


def refused(refusal: Refusal) -> Response:
    """The refusal as a page that says what is wrong and what the resident can do now."""
    title, what_now = _NO_FORM_OF_OURS.get(refusal.status) or _with_way_back(advice_after(refusal.status))
    items = [
        f"<li><strong>{escape(label)}</strong>: {escape(text)}</li>" if label else f"<li>{escape(text)}</li>"
        for label, text in refusal.told()
    ]
    wrong = ["<ul>", *items, "</ul>"] if items else []
    return page(refusal.status, title, [*wrong, f"<p>{what_now}</p>"], refusal.headers)


def _with_way_back(advice: Advice) -> tuple[str, str]:
    return advice.title, f"{advice.stored} {_BACK} {advice.then}"


def page(status: int, title: str, body: Iterable[str], headers: Mapping[str, str] | None = None) -> Response:
    """`title` and the parts of `body` are HTML, so text of a visitor must be escaped before. `headers` go along."""
    html = (
        '<!doctype html><html lang="nl"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><main><h1>{title}</h1>{''.join(body)}</main></html>"
    )
    return Response(html, status, headers, mimetype="text/html")
