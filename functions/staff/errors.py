"""Every error of a staff page as a page: what it is, whether something was changed, and what to do now."""

from __future__ import annotations

from flask import Request, Response

from functions._http import Refusal
from functions.staff.answer import html
from functions.staff.language import language_of
from functions.staff.render import render
from functions.staff.sign_in import NotSignedIn


def refuse(request: Request, refusal: Refusal) -> Response:
    """The refusal as a page."""
    if isinstance(refusal.cause, NotSignedIn):
        return Response(
            render("who.html", language_of(request), choices=refusal.cause.choices, root=_root(request)), 401
        )
    facts = {"status": refusal.status, "told": refusal.told(), "root": _root(request)}
    return html(render("error.html", language_of(request), **facts), refusal.status, refusal.headers)


def _root(request: Request) -> str:
    return request.root_path.rstrip("/") + "/"
