"""Which web sites a browser may send a form from (`origins` in its settings), and CORS for their scripts.

A browser says in `Origin` which site the page is of. A web site's server sends no `Origin`, and is let through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask import Request, Response, after_this_request

from shared.errors import BadInput

_HOUR = 3600


class OtherOrigin(BadInput):
    """A browser sends this form from a web site that is not in its settings."""

    def __init__(self) -> None:
        super().__init__({"body": ["Dit formulier wordt alleen aangenomen vanaf de website van de organisatie."]}, 403)


def check_origin(request: Request, origins: Collection[str]) -> None:
    """Raises OtherOrigin when a browser says that the page is of another site. Without `origins` every site may send.

    A page in a sandbox, and one that hides its address (`Referrer-Policy: no-referrer`), is of the site `null`.
    """
    origin = request.headers.get("Origin")
    if origins and origin is not None and origin not in origins:
        raise OtherOrigin


def let_scripts_read(request: Request, origins: Collection[str]) -> None:
    """Lets scripts of these sites read the answer to this request, whatever it will be."""
    if not origins:
        return

    @after_this_request
    def _add(answer: Response) -> Response:
        answer.vary.add("Origin")
        if (origin := request.headers.get("Origin")) in origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return answer


def preflight(methods: Iterable[str]) -> Response:
    """The answer to OPTIONS, with which a browser asks whether a script may send. `let_scripts_read` names the site."""
    allowed = ", ".join(sorted({*methods, "OPTIONS"}))
    headers = {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": str(_HOUR),
    }
    return Response(status=204, headers=headers)
