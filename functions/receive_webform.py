"""A web form signs a resident up. Visitors need no key; `limits` in the form's settings bound what they may send.

`POST /{cooperation}/{form}` sends the form, as JSON, urlencoded or multipart. `GET …/{id}` tells the state of that
sign-up. `GET …/made` gives a signed time to a page with the form. `GET …/address` looks up an address, and `…/page.js`
is the script of our own page (`sign_up/`). `…/confirm/{token}` is the link in a letter (`_confirm.py`). `OPTIONS`
tells a browser whether a script of another site may send (`_origins.py`).

A program gets JSON. A browser, which asks for `text/html`, is sent on to the form's own page, or gets a page of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response

from functions._body import KIB
from functions._confirm import confirm_page, look_in_mail
from functions._form import read_fields
from functions._http import Refusal, UnknownAddress, WrongMethod, endpoint, path_parts, problem, reply
from functions._origins import OtherOrigin, check_origin, let_scripts_read, preflight
from functions._page import go_to, refused, thanks, wants_page
from functions._visitor import visitor_of
from functions.sign_up.address import answer_address
from functions.sign_up.script import answer_script
from shared import wiring
from shared.config import Cooperation, Form
from shared.domain.form import is_robot, read_sign_up
from shared.domain.form_age import FIELD, seconds_open, sign_time
from shared.domain.keys import is_robot_key, robot_key
from shared.domain.submission import Submission
from shared.domain.visitor import Visitor
from shared.errors import BadInput
from shared.flows import receive_webform as flow
from shared.logs import log
from shared.sign_ups.form_rules import rules_of

_OLD_PAGE = (
    "Het formulier stond langer dan een dag open, of was nog niet helemaal geladen. Ga terug en verstuur het nog een "
    "keer. Lukt dat niet, laad de pagina dan opnieuw."
)
_STATUS = {"waiting": "accepted", "done": "done", "parked": "needs_attention"}


_METHODS: Mapping[str, tuple[str, ...]] = {
    "form": ("POST",),
    "made": ("GET",),
    "address": ("GET",),
    "script": ("GET",),
    "sign_up": ("GET",),
    "confirm": ("GET", "POST"),
}


@dataclass(frozen=True)
class _Target:
    """The part of a form that a request is for, a key of `_METHODS`. `id` is that of a sign-up, or a letter's token."""

    cooperation: str
    form_name: str
    part: str
    id: str = ""

    @property
    def settings(self) -> Cooperation:
        return wiring.services().cooperations[self.cooperation]

    @property
    def form(self) -> Form:
        return self.settings.forms[self.form_name]

    @property
    def secret(self) -> str:
        """The key of the hashes that serve as ids of sign-ups."""
        return self.settings.econobis.webform_key.value


def _admit(request: Request) -> tuple[_Target, Visitor]:
    """Lets everybody in, within the form's limits and from its web sites.

    Raises UnknownAddress, WrongMethod, TooMany and OtherOrigin.
    """
    services = wiring.services()
    cooperation, form_name, *rest = path_parts(request, 2, 3, 4)
    settings = services.cooperations.get(cooperation)
    if settings is None or form_name not in settings.forms:
        raise UnknownAddress
    target = _target(cooperation, form_name, rest)
    origins, methods = target.form.origins, _METHODS[target.part]
    let_scripts_read(request, origins)
    if request.method not in {*methods, "OPTIONS"}:
        raise WrongMethod(*methods)
    visitor = visitor_of(request, services.proxies)
    if request.method == "POST":
        services.form_limits(cooperation, form_name).check_post(visitor)
    if request.method == "POST" and target.part == "form":
        _check_origin(request, target)
    return target, visitor


def _target(cooperation: str, form_name: str, rest: list[str]) -> _Target:
    match rest:
        case []:
            return _Target(cooperation, form_name, "form")
        case ["made"]:
            return _Target(cooperation, form_name, "made")
        case ["address"]:
            return _Target(cooperation, form_name, "address")
        case ["page.js"]:
            return _Target(cooperation, form_name, "script")
        case [sign_up_id]:
            return _Target(cooperation, form_name, "sign_up", sign_up_id)
        case ["confirm", token]:
            return _Target(cooperation, form_name, "confirm", token)
    raise UnknownAddress


def _check_origin(request: Request, target: _Target) -> None:
    try:
        check_origin(request, target.form.origins)
    except OtherOrigin:
        wiring.services().alarms.other_origin(target.cooperation, target.form_name)
        raise


def _refuse(request: Request, refusal: Refusal) -> Response:
    return refused(refusal) if wants_page(request) else problem(request, refusal)


@endpoint(_admit, limit=64 * KIB, methods=("POST", "GET", "OPTIONS"), refuse=_refuse)
def receive_webform(request: Request, target: _Target, visitor: Visitor) -> Response:
    """202 with the id of the sign-up for a program, 303 or a page for a browser."""
    if request.method == "OPTIONS":
        return preflight(_METHODS[target.part])
    match target.part:
        case "confirm":
            return confirm_page(wiring.services(), request, target.cooperation, target.form_name, target.id)
        case "sign_up":
            return _progress(target)
        case "made":
            return _made(target)
        case "address" | "script":
            return _for_script(request, target, visitor)
    return _sign_up(request, target, visitor)


def _for_script(request: Request, target: _Target, visitor: Visitor) -> Response:
    """The script of our page, and what it asks."""
    if target.part == "script":
        return answer_script(request)
    return answer_address(request, target.cooperation, target.form_name, visitor)


def _made(target: _Target) -> Response:
    """The signed time for the hidden field of a page with this form, and how long the page has to wait."""
    made = sign_time(target.secret, target.cooperation, target.form_name, wiring.services().clock())
    return reply(200, {"made": made, "minimum_seconds": target.form.minimum_seconds or 0})


def _sign_up(request: Request, target: _Target, visitor: Visitor) -> Response:
    services, cooperation, form_name = wiring.services(), target.cooperation, target.form_name
    typed, rules = read_fields(request), rules_of(target.settings, target.form)
    made = typed.pop(FIELD, "")  # Without it, what is sent twice is the same.
    if is_robot(typed, rules) or _is_too_fast(target, made):
        log.info("robot", cooperation=cooperation, form=form_name)
        return _accepted(request, target.form, _decoy(target, typed))
    try:
        sign_up = read_sign_up(typed, rules, services.clock())
    except BadInput as error:
        if target.form.error_page and wants_page(request):
            return go_to(_with_fields(target.form.error_page, error))
        raise
    id_ = flow.receive_webform(services, target.cooperation, target.form_name, sign_up, visitor)
    # None: the sign-up must be confirmed first. The answer's id then does not show whether it was stored before.
    return _accepted(request, target.form, id_ or _decoy(target, typed))


def _is_too_fast(target: _Target, made: Any) -> bool:
    """Whether the form was sent faster than anybody fills it in. Raises BadInput when the page has to be loaded again.

    Then the resident goes back, and the page asks for a new time: see the script in `docs/web-forms.md`.
    """
    minimum = target.form.minimum_seconds
    if minimum is None:
        return False
    now = wiring.services().clock()
    seconds = seconds_open(target.secret, target.cooperation, target.form_name, made, now)
    if seconds is None:
        raise BadInput({FIELD: [_OLD_PAGE]}, labels={FIELD: ""})
    return seconds < minimum


def _decoy(target: _Target, typed: dict[str, Any]) -> str:
    """An id that looks like a sign-up's, for an answer that must not show whether the sign-up was stored.

    A robot cannot see that it was caught. Somebody who fills in another person's address cannot see whether that person
    signed up before.
    """
    return robot_key(target.secret, target.cooperation, target.form_name, typed)


def _accepted(request: Request, form: Form, sign_up_id: str) -> Response:
    if not wants_page(request):
        return reply(202, {"id": sign_up_id, "status": "to_confirm" if form.confirm_email else "accepted"})
    if form.confirm_email:
        return look_in_mail()
    return thanks(form.thank_you_page)


def _with_fields(error_page: str, error: BadInput) -> str:
    """The error page gets the names of the fields in `velden`, and never what was typed in them."""
    separator = "&" if "?" in error_page else "?"
    return f"{error_page}{separator}{urlencode({'velden': ','.join(error.problems)})}"


def _progress(target: _Target) -> Response:
    """Tells the state of a sign-up, and not whose it is. Forms of one campaign share their sign-ups."""
    services = wiring.services()
    if not re.fullmatch("[0-9a-f]{32}", target.id):
        raise UnknownAddress
    if is_robot_key(target.secret, target.id):
        return reply(200, {"status": "to_confirm" if target.form.confirm_email else _STATUS["waiting"]})
    submission = services.records(Submission).get(target.id)
    if submission is None or (submission.cooperation, submission.campaign_id) != (
        target.cooperation,
        target.form.campaign,
    ):
        raise UnknownAddress
    return reply(200, {"status": _STATUS[submission.shown_state(services.clock())]})
