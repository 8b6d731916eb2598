"""A web form signs a resident up. Visitors need no key; `limits` in the form's settings bound what they may send.

`GET /{cooperation}/{form}` shows our own page with the form. `POST` sends the form, from that page or any other, as
JSON, urlencoded or multipart. `GET …/thanks` is the page after it. `GET …/{id}` tells the state of that
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
from functions._form import read_fields, typed_fields
from functions._http import Refusal, UnknownAddress, WrongMethod, endpoint, own_path, path_parts, problem, reply
from functions._origins import OtherOrigin, check_origin, let_scripts_read, preflight
from functions._page import go_to, refused, thanks, wants_page
from functions._query import read_query
from functions._visitor import visitor_of
from functions.sign_up.address import answer_address
from functions.sign_up.mark import MARK, is_own_page
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
from shared.logs import broken, log
from shared.sign_ups.form_rules import rules_of
from shared.words import Words

_OLD_PAGE = Words(
    "Het formulier stond langer dan een dag open, of was nog niet helemaal geladen. Ga terug en verstuur het nog een "
    "keer. Lukt dat niet, laad de pagina dan opnieuw."
)
_OUR_OLD_PAGE = Words("Het formulier stond langer dan een dag open. Verstuur het nog een keer.")
_SHOWN_AGAIN = frozenset({413, 422, 429, 500, 503})
"""With these our own page comes back, as it was filled in when that was read."""
_STATUS = {"waiting": "accepted", "done": "done", "parked": "needs_attention"}


_METHODS: Mapping[str, tuple[str, ...]] = {
    "form": ("POST", "GET"),
    "thanks": ("GET",),
    "made": ("GET",),
    "address": ("GET",),
    "script": ("GET",),
    "sign_up": ("GET",),
    "confirm": ("GET", "POST"),
}


_PARTS: Mapping[str, str] = {"thanks": "thanks", "made": "made", "address": "address", "page.js": "script"}
"""What stands behind the address of a form, and the part that it is."""


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

    Raises UnknownAddress, WrongMethod, BadInput, TooMany and OtherOrigin.
    """
    services = wiring.services()
    cooperation, form_name, *rest = path_parts(request, 2, 3, 4)
    settings = services.cooperations.get(cooperation)
    if settings is None or form_name not in settings.forms:
        raise UnknownAddress
    target = _target(cooperation, form_name, rest)
    _read_query(request, target.part)
    origins, methods = target.form.origins, _METHODS[target.part]
    let_scripts_read(request, origins)
    method = "GET" if request.method == "HEAD" and target.part in {"form", "thanks"} else request.method
    if method not in {*methods, "OPTIONS"}:
        raise WrongMethod(*methods)
    visitor = visitor_of(request, services.proxies)
    if request.method == "POST":
        services.form_limits(cooperation, form_name).check_post(visitor)
    if request.method == "POST" and target.part == "form":
        _check_origin(request, target)
    return target, visitor


def _read_query(request: Request, part: str) -> None:
    """Raises BadInput for a page of which nobody can have asked. For the rest what cannot be read counts as empty: a
    sign-up is taken whatever stands behind its address.
    """
    try:
        read_query(request)
    except BadInput:
        if part in {"form", "thanks"} and request.method != "POST":
            raise


def _target(cooperation: str, form_name: str, rest: list[str]) -> _Target:
    match rest:
        case []:
            return _Target(cooperation, form_name, "form")
        case [name] if name in _PARTS:
            return _Target(cooperation, form_name, _PARTS[name])
        case [sign_up_id]:
            return _Target(cooperation, form_name, "sign_up", sign_up_id)
        case ["confirm", token]:
            return _Target(cooperation, form_name, "confirm", token)
    raise UnknownAddress


def _check_origin(request: Request, target: _Target) -> None:
    """Our own page may always send its form."""
    if target.form.origins and is_own_page(request):
        return
    try:
        check_origin(request, target.form.origins)
    except OtherOrigin:
        wiring.services().alarms.other_origin(target.cooperation, target.form_name)
        raise


def _refuse(request: Request, refusal: Refusal) -> Response:
    if not wants_page(request):
        return problem(request, refusal)
    return _page_again(request, refusal) or refused(refusal)


def _page_again(request: Request, refusal: Refusal) -> Response | None:
    """Our own page, with what was typed and why it was refused; None for another page, and for what cannot be read.

    Of a body that was not read only the browser says that our page sent it.
    """
    parts = [part for part in request.path.split("/") if part]
    if request.method != "POST" or len(parts) != 2 or refusal.status not in _SHOWN_AGAIN:
        return None
    typed = {} if refusal.status == 413 else typed_fields(request)
    if MARK not in typed and (typed or not is_own_page(request)):
        return None
    from functions.sign_up.page import show_form  # noqa: PLC0415 (a program needs no templates)

    try:
        return show_form(request, parts[0], parts[1], typed, refusal)
    except Exception as error:  # noqa: BLE001  (the refusal is told all the same, on a plain page)
        broken(error, function="receive_webform")
        return None


@endpoint(_admit, limit=64 * KIB, methods=("POST", "GET", "HEAD", "OPTIONS"), refuse=_refuse)
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
        case "form" if request.method == "POST":
            return _sign_up(request, target, visitor)
    return _own_page(request, target, visitor)


def _own_page(request: Request, target: _Target, visitor: Visitor) -> Response:
    """Our page with the form, its script, what that asks, and the page that thanks."""
    cooperation, form_name = target.cooperation, target.form_name
    if target.part == "script":
        return answer_script(request)
    if target.part == "address":
        return answer_address(request, cooperation, form_name, visitor)
    from functions.sign_up import page  # noqa: PLC0415 (a program needs no templates)

    if target.part == "thanks":
        return page.show_thanks(request, cooperation, form_name, to_confirm=target.form.confirm_email)
    return page.show_form(request, cooperation, form_name)


def _made(target: _Target) -> Response:
    """The signed time for the hidden field of a page with this form, and how long the page has to wait."""
    made = sign_time(target.secret, target.cooperation, target.form_name, wiring.services().clock())
    return reply(200, {"made": made, "minimum_seconds": target.form.minimum_seconds or 0})


def _sign_up(request: Request, target: _Target, visitor: Visitor) -> Response:
    services, cooperation, form_name = wiring.services(), target.cooperation, target.form_name
    typed, rules = read_fields(request), rules_of(target.settings, target.form)
    is_ours = typed.pop(MARK, None) is not None
    made = typed.pop(FIELD, "")  # Without it, what is sent twice is the same.
    if is_robot(typed, rules) or _is_too_fast(target, made, ours=is_ours):
        log.info("robot", cooperation=cooperation, form=form_name)
        return _accepted(request, target.form, _decoy(target, typed), ours=is_ours)
    try:
        sign_up = read_sign_up(typed, rules, services.clock())
    except BadInput as error:
        if target.form.error_page and wants_page(request) and not is_ours:
            return go_to(_with_fields(target.form.error_page, error))
        raise
    id_ = flow.receive_webform(services, target.cooperation, target.form_name, sign_up, visitor)
    # None: the sign-up must be confirmed first. The answer's id then does not show whether it was stored before.
    return _accepted(request, target.form, id_ or _decoy(target, typed), ours=is_ours)


def _is_too_fast(target: _Target, made: Any, *, ours: bool) -> bool:
    """Whether the form was sent faster than anybody fills it in. Raises BadInput when the page has to be loaded again.

    Then the resident goes back, and the page asks for a new time: see the script in `docs/web-forms.md`. Our own page
    (`ours`) comes back with one.
    """
    minimum = target.form.minimum_seconds
    if minimum is None:
        return False
    now = wiring.services().clock()
    seconds = seconds_open(target.secret, target.cooperation, target.form_name, made, now)
    if seconds is None:
        raise BadInput({FIELD: [_OUR_OLD_PAGE if ours else _OLD_PAGE]}, labels={FIELD: ""})
    return seconds < minimum


def _decoy(target: _Target, typed: dict[str, Any]) -> str:
    """An id that looks like a sign-up's, for an answer that must not show whether the sign-up was stored.

    A robot cannot see that it was caught. Somebody who fills in another person's address cannot see whether that person
    signed up before.
    """
    return robot_key(target.secret, target.cooperation, target.form_name, typed)


def _accepted(request: Request, form: Form, sign_up_id: str, *, ours: bool) -> Response:
    """`ours`: it was sent from our own page, which thanks on a page that may be loaded again."""
    if not wants_page(request):
        return reply(202, {"id": sign_up_id, "status": "to_confirm" if form.confirm_email else "accepted"})
    if ours and not (form.thank_you_page and not form.confirm_email):
        query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.args.get("lang") in {"nl", "en"} else ""
        return go_to(f"{own_path(request)}/thanks{query}")
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
