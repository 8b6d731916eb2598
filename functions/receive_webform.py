"""A web form signs a resident up: `POST /{cooperation}/{form}`; `GET …/{id}` tells how far the sign-up is.

JSON, urlencoded and multipart are all fine. JSON gets 202 with the id; a browser goes on to the form's own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response
from markupsafe import escape
from werkzeug.exceptions import BadRequest

from functions._http import KIB, UnknownAddress, endpoint, path_parts, reply
from shared.config import Cooperation, Form
from shared.domain.form import FormRules, is_robot, read_sign_up
from shared.econobis.form_fields import RESIDENT_FIELDS, wrong_values
from shared.errors import BadInput
from shared.flows import receive_webform as flow
from shared.json_object import read_object
from shared.wiring import services

_READ_BY_NAME = frozenset({
    "voorletters", "voornaam", "tussenvoegsel", "achternaam", "emailadres", "telefoonnummer", "adres_postcode",
    "adres_huisnummer", "adres_toevoeging", "adres_straat", "adres_plaats", "akkoord_privacybeleid",
})  # fmt: skip
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@endpoint(limit=64 * KIB, methods=("POST", "GET"))
def receive_webform(request: Request) -> Response:
    link = services()
    cooperation, form_name, *ids = path_parts(request, 2, 3)
    settings = link.cooperations.get(cooperation)
    form = settings.forms.get(form_name) if settings else None
    if settings is None or form is None or (request.method == "POST") == bool(ids):
        raise UnknownAddress
    if ids:
        return _progress(link.submissions.get(ids[0]), cooperation, form_name)
    try:
        typed = _typed(request)
        rules = _rules(settings, form)
        if is_robot(typed, rules):
            return _thanks(request, form, None)
        sign_up = read_sign_up(typed, rules, link.clock())
    except BadInput as error:
        return _corrections(request, form, error)
    return _thanks(request, form, flow.receive_webform(link, cooperation, form_name, sign_up))


def _rules(settings: Cooperation, form: Form) -> FormRules:
    return FormRules(
        country=settings.country,
        mapping=form.mapping,
        others=frozenset(form.fields) & RESIDENT_FIELDS - _READ_BY_NAME,
        required=frozenset(form.required),
        honeypot=form.honeypot,
        wrong_values=wrong_values,
    )


def _typed(request: Request) -> Mapping[str, Any]:
    if request.mimetype in _FORM_TYPES:
        try:
            return {name: request.form.getlist(name)[-1] for name in request.form}
        except (BadRequest, ValueError) as error:
            raise BadInput({"body": ["Het formulier is niet te lezen."]}, 400) from error
    if request.mimetype == "application/json" or not request.mimetype:
        return read_object(request.get_data())
    raise BadInput({"Content-Type": ["Stuur JSON of een gewoon formulier."]}, 415)


def _wants_page(request: Request) -> bool:
    return request.mimetype in _FORM_TYPES and request.accept_mimetypes.best != "application/json"


def _thanks(request: Request, form: Form, id_: str | None) -> Response:
    """A robot cannot tell from the answer that it was seen through."""
    if not _wants_page(request):
        return reply(202, {"id": id_ or token_hex(16), "status": "accepted"})
    if form.thank_you_page:
        return Response(status=303, headers={"Location": form.thank_you_page, "Cache-Control": "no-store"})
    return _page(200, "Bedankt voor uw aanmelding", "<p>Wij hebben uw aanmelding ontvangen.</p>")


def _corrections(request: Request, form: Form, error: BadInput) -> Response:
    if not _wants_page(request):
        raise error
    if form.error_page:
        query = urlencode({"velden": ",".join(error.problems)})
        separator = "&" if "?" in form.error_page else "?"
        return Response(status=303, headers={"Location": f"{form.error_page}{separator}{query}"})
    items = "".join(
        f"<li><strong>{escape(field)}</strong>: {escape(' '.join(texts))}</li>"
        for field, texts in error.problems.items()
    )
    return _page(
        error.status,
        "Nog niet helemaal goed",
        f"<ul>{items}</ul><p>Ga terug naar het formulier en verbeter dit. Er is nog niets verstuurd.</p>",
    )


def _page(status: int, title: str, body: str) -> Response:
    html = (
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><main><h1>{title}</h1>{body}</main></html>"
    )
    headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return Response(html, status, {**headers, "Cache-Control": "no-store"}, mimetype="text/html")


def _progress(submission: Any, cooperation: str, form_name: str) -> Response:
    """Where it is, and nothing about whom."""
    if submission is None or (submission.cooperation, submission.form) != (cooperation, form_name):
        raise UnknownAddress
    words = {"waiting": "accepted", "done": "done", "parked": "needs_attention"}
    return reply(200, {"status": words[submission.state], "accepted_at": submission.accepted_at.isoformat()})
