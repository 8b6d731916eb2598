"""A web form signs a resident up: `POST /{cooperation}/{form}`; `GET …/{id}` tells how far the sign-up is.

`…/confirm/{token}` is where a letter leads that asks to confirm it (`_confirm.py`).

JSON, urlencoded and multipart are all fine. A program gets 202 with the id, or a problem; a browser, which asks for
`text/html`, goes on to the form's own page or gets one of ours.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Request, Response

from functions._address import visitor_of
from functions._body import KIB
from functions._confirm import confirm_page, look_in_mail
from functions._form import read_fields
from functions._http import Refusal, UnknownAddress, WrongMethod, endpoint, path_parts, problem, reply
from functions._page import go_to, refused, thanks, wants_page
from shared import wiring
from shared.config import Cooperation, Form
from shared.domain.form import FormRules, is_robot, read_sign_up
from shared.domain.keys import is_robot_key, robot_key
from shared.domain.submission import Submission
from shared.domain.visitor import Visitor
from shared.econobis.form_fields import ID_LISTS, LABELS, REMARKS, RESIDENT_FIELDS, wrong_values
from shared.errors import BadInput
from shared.flows import receive_webform as flow
from shared.logs import log
from shared.work.services import Services

_READ_BY_NAME = frozenset({
    "voorletters", "voornaam", "tussenvoegsel", "achternaam", "emailadres", "telefoonnummer", "adres_postcode",
    "adres_huisnummer", "adres_toevoeging", "adres_straat", "adres_plaats", "akkoord_privacybeleid",
})  # fmt: skip
_CONFIRM = "confirm"
_STATUS = {"waiting": "accepted", "done": "done", "parked": "needs_attention"}


def _refuse(request: Request, refusal: Refusal) -> Response:
    return refused(refusal) if wants_page(request) else problem(request, refusal)


def _by_anybody(request: Request) -> tuple[str, str, str, Visitor]:
    """Cooperation, form, behind them the id of a sign-up, `confirm/` and a token, or `""`, and who asks.

    Raises UnknownAddress, WrongMethod and TooMany.
    """
    services = wiring.services()
    cooperation, form, *rest = path_parts(request, 2, 3, 4)
    settings = services.cooperations.get(cooperation)
    if settings is None or form not in settings.forms:
        raise UnknownAddress
    if len(rest) == 2 and rest[0] != _CONFIRM:
        raise UnknownAddress
    if len(rest) < 2 and (request.method == "POST") == bool(rest):
        raise WrongMethod("GET" if rest else "POST")
    caller = visitor_of(request, services.proxies)
    if request.method == "POST":
        services.form_limits(cooperation, form).check_post(caller)
    return cooperation, form, "/".join(rest), caller


@endpoint(_by_anybody, limit=64 * KIB, methods=("POST", "GET"), refuse=_refuse)
def receive_webform(request: Request, cooperation: str, form_name: str, rest: str, caller: Visitor) -> Response:
    services = wiring.services()
    settings = services.cooperations[cooperation]
    form = settings.forms[form_name]
    if rest.startswith(f"{_CONFIRM}/"):
        return confirm_page(services, request, cooperation, form_name, rest.removeprefix(f"{_CONFIRM}/"))
    if rest:
        return _progress(services, cooperation, form, rest)
    typed = read_fields(request)
    rules = _rules(settings, form)
    if is_robot(typed, rules):
        log.info("robot", cooperation=cooperation, form=form_name)
        # It cannot tell from this that it was seen through.
        return _accepted(request, form, robot_key(_secret(settings), cooperation, form_name, typed))
    try:
        sign_up = read_sign_up(typed, rules, services.clock())
    except BadInput as error:
        if form.error_page and wants_page(request):
            return go_to(_with_fields(form.error_page, error))
        raise
    id_ = flow.receive_webform(services, cooperation, form_name, sign_up, caller)
    return _accepted(request, form, id_ or robot_key(_secret(settings), cooperation, form_name, typed))


def _rules(settings: Cooperation, form: Form) -> FormRules:
    return FormRules(
        country=settings.country,
        mapping=form.mapping,
        others=frozenset((*form.fields, *form.required)) & RESIDENT_FIELDS - _READ_BY_NAME,
        remarks=REMARKS,
        lists=ID_LISTS,
        required=frozenset(form.required),
        labels=LABELS | {form.mapping.get(field, field): label for field, label in form.labels.items()},
        consent=form.consent,
        honeypot=form.honeypot,
        wrong_values=wrong_values,
    )


def _accepted(request: Request, form: Form, id_: str) -> Response:
    """Of a form whose address is to be confirmed the id tells nothing: what follows, the letter says."""
    if not wants_page(request):
        return reply(202, {"id": id_, "status": "to_confirm" if form.confirm_email else "accepted"})
    if form.confirm_email:
        return look_in_mail()
    return thanks(form.thank_you_page)


def _with_fields(error_page: str, error: BadInput) -> str:
    """The form's error page learns which fields, in `velden`; never what was typed."""
    separator = "&" if "?" in error_page else "?"
    return f"{error_page}{separator}{urlencode({'velden': ','.join(error.problems)})}"


def _progress(services: Services, cooperation: str, form: Form, id_: str) -> Response:
    """Where it is; not of whom, nor since when. The forms of one campaign share their sign-ups."""
    if not re.fullmatch("[0-9a-f]{32}", id_):
        raise UnknownAddress
    if is_robot_key(_secret(services.cooperations[cooperation]), id_):
        return reply(200, {"status": "to_confirm" if form.confirm_email else _STATUS["waiting"]})
    submission = services.records(Submission).get(id_)
    if submission is None or (submission.cooperation, submission.campaign_id) != (cooperation, form.campaign):
        raise UnknownAddress
    return reply(200, {"status": _STATUS[submission.shown_state(services.clock())]})


def _secret(settings: Cooperation) -> str:
    return settings.econobis.webform_key
