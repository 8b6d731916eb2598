"""Signing in with OpenID Connect, and signing out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Response

from functions._http import UnknownAddress
from functions.staff.answer import html
from functions.staff.render import render
from functions.staff.root import root_of
from functions.staff.routes import is_page
from functions.staff.sign_in import NotSignedIn, forget, kind, session
from functions.staff.visit import Visit
from shared import wiring
from shared.logs import log
from shared.sign_in import NotProven

_PLAIN = re.compile(r"/([A-Za-z0-9_-][A-Za-z0-9_/-]*)?")
"""A path that no browser takes for the address of another site, as it does with `//host` and `/\\host`."""


def begin(visit: Visit) -> Response:
    """303 to the sign-in service, which sends the browser back to `finish`. `?then=` is the page to show after it."""
    request, address = visit.request, wiring.sign_in()
    if address.kind != "oidc":
        return visit.go(visit.url("home.show"))
    ours = urlsplit(wiring.staff_address())
    then = _page(request.args.get("then", ""))
    if request.host != ours.netloc:  # The service sends the browser back to our own address, where the cookie must be.
        return visit.go(f"{wiring.staff_address()}/_/sign-in?{request.query_string.decode('ascii', 'ignore')}")
    from shared.sign_in import oidc  # noqa: PLC0415 (loads Authlib, which no other page needs)

    url, begun = oidc.begin(address, _back(), then)
    answer = visit.go(url)
    session.keep_begun(request, begun, answer)
    return answer


def finish(visit: Visit) -> Response:
    """303 to the page that was asked for, signed in. Raises NotSignedIn and SignInAway."""
    request, address = visit.request, wiring.sign_in()
    if address.kind != "oidc":
        raise UnknownAddress
    begun = session.take_begun(request)
    if begun is None:
        raise NotSignedIn
    from shared.sign_in import oidc  # noqa: PLC0415 (loads Authlib, which no other page needs)

    secret = wiring.environment().staff_secret or ""
    try:
        email = oidc.finish(address, secret, _back(), request.query_string.decode("ascii", "ignore"), begun)
    except NotProven as error:
        log.warning("sign-in refused", function="show_staff", kind=str(error))
        raise NotSignedIn from None
    answer = visit.go(root_of(request) + begun.then)
    session.begin(request, email, answer)
    session.end_begun(request, begun, answer)
    return answer


def end(visit: Visit) -> Response:
    """Signs out, and says so."""
    return forget(visit.request, visit.go(visit.url("sign_in.show_end")))


def show_end(visit: Visit) -> Response:
    """Says that nobody is signed in any more."""
    root = f"{root_of(visit.request)}/"
    return html(render("signed_out.html", visit.language, root=root, kind=kind()))


def _back() -> str:
    return f"{wiring.staff_address()}/_/signed-in"


def _page(then: str) -> str:
    """`then` when it is a page of ours, with its query; else the first page."""
    path = then.partition("?")[0]
    return then if _PLAIN.fullmatch(path) and then.isprintable() and is_page(path) else "/"
