"""A web form signs a resident up: `POST /{cooperation}/{form}`; `GET …/{id}` tells how far the sign-up is.

JSON, urlencoded and multipart are all fine. JSON gets 202 with the id; a browser goes on to the form's own page.
"""

from __future__ import annotations

import re
from secrets import token_hex
from urllib.parse import urlencode

from flask import Request, Response

from functions._form import is_browser_form, read_fields
from functions._http import KIB, UnknownAddress, endpoint, path_parts, reply
from functions._page import corrections, go_to, thanks
from shared.config import Cooperation, Form
from shared.domain.form import FormRules, is_robot, read_sign_up
from shared.econobis.form_fields import RESIDENT_FIELDS, wrong_values
from shared.errors import BadInput
from shared.flows import receive_webform as flow
from shared.services import Services
from shared.wiring import services

_READ_BY_NAME = frozenset({
    "voorletters", "voornaam", "tussenvoegsel", "achternaam", "emailadres", "telefoonnummer", "adres_postcode",
    "adres_huisnummer", "adres_toevoeging", "adres_straat", "adres_plaats", "akkoord_privacybeleid",
})  # fmt: skip
_STATUS = {"waiting": "accepted", "done": "done", "parked": "needs_attention"}


@endpoint(limit=64 * KIB, methods=("POST", "GET"))
def receive_webform(request: Request) -> Response:
    link = services()
    cooperation, form_name, *ids = path_parts(request, 2, 3)
    settings = link.cooperations.get(cooperation)
    form = settings.forms.get(form_name) if settings else None
    if settings is None or form is None or (request.method == "POST") == bool(ids):
        raise UnknownAddress
    if ids:
        return _progress(link, cooperation, form_name, ids[0])
    try:
        typed = read_fields(request)
        rules = _rules(settings, form)
        if is_robot(typed, rules):
            return _accepted(request, form, token_hex(16))  # It cannot tell from this that it was seen through.
        sign_up = read_sign_up(typed, rules, link.clock())
    except BadInput as error:
        return _refused(request, form, error)
    return _accepted(request, form, flow.receive_webform(link, cooperation, form_name, sign_up))


def _rules(settings: Cooperation, form: Form) -> FormRules:
    return FormRules(
        country=settings.country,
        mapping=form.mapping,
        others=frozenset((*form.fields, *form.required)) & RESIDENT_FIELDS - _READ_BY_NAME,
        required=frozenset(form.required),
        honeypot=form.honeypot,
        wrong_values=wrong_values,
    )


def _wants_page(request: Request) -> bool:
    return is_browser_form(request) and request.accept_mimetypes.best != "application/json"


def _accepted(request: Request, form: Form, id_: str) -> Response:
    if not _wants_page(request):
        return reply(202, {"id": id_, "status": "accepted"})
    return go_to(form.thank_you_page) if form.thank_you_page else thanks()


def _refused(request: Request, form: Form, error: BadInput) -> Response:
    """The form's error page learns which fields, in `velden`; never what was typed."""
    if not _wants_page(request):
        raise error
    if not form.error_page:
        return corrections(error.status, error.problems)
    separator = "&" if "?" in form.error_page else "?"
    return go_to(f"{form.error_page}{separator}{urlencode({'velden': ','.join(error.problems)})}")


def _progress(link: Services, cooperation: str, form_name: str, id_: str) -> Response:
    """Where it is, and nothing about whom."""
    submission = link.submissions.get(id_) if re.fullmatch("[0-9a-f]{32}", id_) else None
    if submission is None or (submission.cooperation, submission.form) != (cooperation, form_name):
        raise UnknownAddress
    return reply(200, {"status": _STATUS[submission.state], "accepted_at": submission.accepted_at.isoformat()})
