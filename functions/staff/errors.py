"""Every error of a staff page as a page: what it is, whether something was changed, and what to do now.

What was typed into a form is not lost: where sending it again can help, the page holds all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response

from functions._http import Refusal
from functions._query import read_query
from functions._same_site import WrongToken
from functions.staff.answer import html
from functions.staff.csrf import FIELD, OldForm, make_token
from functions.staff.language import language_of, told
from functions.staff.render import render
from functions.staff.root import root_of
from functions.staff.sign_in import NotSignedIn, kind
from functions.staff.visit import NotForYou
from shared.errors import AlreadyExists, BadInput, Changed, JustErased, LinkError, StoreError
from shared.sign_in import SignInAway
from shared.staff.told import Told

Typed = Mapping[str, Sequence[str]]


def refuse(request: Request, refusal: Refusal) -> Response:
    """The refusal as a page."""
    with suppress(BadInput):
        read_query(request)
    cause = refusal.cause
    if isinstance(cause, NotSignedIn):
        return _sign_in(request, cause)
    typed: Typed = {}
    if isinstance(cause, OldForm):
        typed = {**_typed(request), FIELD: [make_token(cause.person, request.path)]}
    elif request.method == "POST" and refusal.status == 503:
        typed = _typed(request)
    facts: dict[str, Any] = {
        "case": _case(refusal.status, cause),
        "told": _told(request, refusal),
        "typed": typed,
        "unsure": request.method == "POST" and refusal.status in {500, 503} and not isinstance(cause, Changed),
    }
    return _page(request, "error.html", refusal.status, refusal.headers, **facts)


def _told(request: Request, refusal: Refusal) -> list[tuple[str, Told]]:
    """What we have only in Dutch stays so."""
    language = language_of(request)
    texts = refusal.told(lambda reason: told(reason, language))
    return [
        (label, Told(text, is_foreign=language != "nl" and text == dutch))
        for (label, text), (_, dutch) in zip(texts, refusal.told(), strict=True)
    ]


def _sign_in(request: Request, cause: NotSignedIn) -> Response:
    """A browser that wants to show a page is sent to the sign-in at once; what was typed stays on a page."""
    how = kind()
    then = request.path + ("?" + urlencode(rest) if (rest := _query(request)) else "")
    came_back = request.path == "/_/signed-in"
    if came_back or request.path.startswith("/_/"):
        then = "/"
    go = f"{root_of(request)}/_/sign-in?{urlencode({'then': then, **_lang(request)})}" if how == "oidc" else ""
    wants_page = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if go and wants_page and not came_back:
        return Response(status=303, headers={"Location": go})
    facts: dict[str, Any] = {
        "kind": how,
        "go": go,
        "came_back": came_back,
        "choices": cause.choices,
        "typed": cause.typed,
    }
    return _page(request, "who.html", 401, **facts)


def _case(status: int, cause: LinkError | None) -> str:
    """The key of the texts in the template."""
    cases: dict[type[LinkError], str] = {
        OldForm: "old_form",
        WrongToken: "wrong_form",
        NotForYou: "not_for_you",
        JustErased: "erased",
        Changed: "changed",
        AlreadyExists: "changed",
        SignInAway: "sign_in_away",
        StoreError: "away",
    }
    found = next((case for error, case in cases.items() if isinstance(cause, error)), "")
    if found:
        return found
    return {404: "unknown", 405: "not_here", 503: "busy"}.get(status) or ("wrong" if 400 <= status < 500 else "broken")


def _page(
    request: Request, template: str, status: int, headers: Mapping[str, str] | None = None, **facts: Any
) -> Response:
    here = root_of(request) + request.path
    query = _query(request)
    said = {
        "root": f"{root_of(request)}/",
        "here": here,
        "query": query,
        "address": here + (f"?{urlencode(query)}" if query else ""),
    }
    return html(render(template, language_of(request), **said, **facts), status, headers)


def _typed(request: Request) -> Typed:
    return request.form.to_dict(flat=False)


def _query(request: Request) -> dict[str, str]:
    """The query of this page, without who somebody says to be."""
    return {name: value for name, value in request.args.items() if name != "as"}


def _lang(request: Request) -> dict[str, str]:
    return {"lang": lang} if (lang := request.args.get("lang")) else {}
