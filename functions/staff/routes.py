"""The addresses of the staff pages, and the check of every request: who, which cooperation, which role, which token.

A page's code runs only after all checks. So no page can forget one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flask import Request, Response
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from functions._body import KIB
from functions._http import UnknownAddress, WrongMethod
from functions._query import read_query
from functions._same_site import check_site
from functions.staff.csrf import check_token
from functions.staff.form import LARGEST_UPLOAD, read_form, read_upload
from functions.staff.sign_in import NotSignedIn, person_of
from functions.staff.visit import NotForYou, Visit
from shared import wiring
from shared.config import Role
from shared.domain.ids import LARGEST_ID

_RESIDENT = "/<cooperation>/residents/<int:contact_id>"
_TROUBLE = "/<cooperation>/trouble"

# (method, address, role, function in `pages/`). An address without <cooperation> needs no role in one. Those of PUBLIC
# need nobody to be signed in.
_TABLE: tuple[tuple[str, str, Role | None, str], ...] = (
    ("GET", "/_/<name>", None, "files.show"),
    ("GET", "/_/sign-in", None, "sign_in.begin"),
    ("GET", "/_/signed-in", None, "sign_in.finish"),
    ("GET", "/_/signed-out", None, "sign_in.show_end"),
    ("POST", "/_/sign-out", None, "sign_in.end"),
    ("GET", "/", None, "home.show"),
    ("GET", "/<cooperation>/", "see", "needs_now.show"),
    ("GET", "/<cooperation>/campaigns", "see", "campaigns.show"),
    ("GET", "/<cooperation>/campaigns/<int:campaign_id>", "see", "campaign.show"),
    ("GET", "/<cooperation>/residents", "see", "residents.show"),
    ("GET", _RESIDENT, "see", "resident.show"),
    ("POST", f"{_RESIDENT}/try-now", "work", "resident.try_now"),
    ("GET", f"{_RESIDENT}/settle", "work", "resident.ask_account"),
    ("POST", f"{_RESIDENT}/settle", "work", "resident.settle"),
    ("GET", f"{_RESIDENT}/erase", "manage", "resident.ask_erase"),
    ("POST", f"{_RESIDENT}/erase", "manage", "resident.erase"),
    ("POST", f"{_RESIDENT}/export", "manage", "resident.export"),
    ("GET", "/<cooperation>/sign-ups/<key>", "see", "sign_up.show"),
    ("POST", "/<cooperation>/sign-ups/<key>/try-now", "work", "sign_up.try_now"),
    ("GET", _TROUBLE, "see", "trouble.show"),
    ("GET", f"{_TROUBLE}/one", "see", "trouble.show_one"),
    ("POST", f"{_TROUBLE}/one/replay", "work", "trouble.replay"),
    ("POST", f"{_TROUBLE}/one/settle", "work", "trouble.settle"),
    ("POST", f"{_TROUBLE}/one/close", "work", "trouble.close"),
    ("GET", f"{_TROUBLE}/replays", "work", "replays.preview"),
    ("POST", f"{_TROUBLE}/replays", "work", "replays.begin"),
    ("GET", f"{_TROUBLE}/replays/<key>", "work", "replays.show"),
    ("GET", "/<cooperation>/import", "work", "imports.show"),
    ("POST", "/<cooperation>/import", "work", "imports.preview"),
    ("POST", "/<cooperation>/import/send", "work", "imports.send"),
    ("GET", "/<cooperation>/import/econobis", "work", "econobis_check.show"),
    ("POST", "/<cooperation>/import/econobis", "work", "econobis_check.compare"),
    ("GET", "/<cooperation>/calendars", "manage", "calendars.show"),
    ("POST", "/<cooperation>/calendars/revoke", "manage", "calendars.revoke"),
    ("POST", "/<cooperation>/calendars/remake", "manage", "calendars.remake"),
    ("GET", "/<cooperation>/reports", "see", "reports.show"),
    ("GET", "/<cooperation>/audit", "see", "audit.show"),
    ("GET", "/<cooperation>/settings", "see", "settings.show"),
    ("GET", "/<cooperation>/settings/forms/<form>", "see", "trial.show"),
    ("POST", "/<cooperation>/settings/forms/<form>", "see", "trial.check"),
)

PUBLIC = frozenset({"files.show", "sign_in.begin", "sign_in.finish", "sign_in.show_end"})
UPLOADS = frozenset({"imports.preview", "econobis_check.compare"})
"""The pages that take a file."""
LARGEST_FORM = 64 * KIB
_LARGER = {"imports.send": 512 * KIB, **dict.fromkeys(UPLOADS, LARGEST_UPLOAD)}


class OtherCooperation(UnknownAddress):
    """The cooperation does not exist, or this person does not belong to it: the two look the same."""


@dataclass(frozen=True)
class Route:
    """One request that was admitted: the function of a page, and the parts of the address that are its arguments."""

    page: str
    arguments: Mapping[str, Any]

    def run(self, visit: Visit) -> Response:
        """The answer of the page."""
        module, _, function = self.page.partition(".")
        answer: Response = getattr(import_module(f"functions.staff.pages.{module}"), function)(visit, **self.arguments)
        return answer


_ROLES = {(method, page): role for method, _, role, page in _TABLE}
_MAP = Map(
    [Rule(path, endpoint=page, methods=[method]) for method, path, _, page in _TABLE],
    redirect_defaults=False,
    strict_slashes=False,
)


def admit(request: Request) -> tuple[Visit, Route]:
    """Raises UnknownAddress, WrongMethod, NotSignedIn, OtherCooperation, NotForYou, WrongToken, and BadInput."""
    page, arguments = _match(request)
    read_query(request)
    request.max_content_length = _LARGER.get(page, LARGEST_FORM)
    if request.method == "POST":
        check_site(request)
        if page not in UPLOADS:
            read_form(request)
    person = "" if page in PUBLIC else _person_of(request)
    visit = Visit(request, wiring.services(), person, arguments.pop("cooperation", ""), _url)
    role = _ROLES["GET" if request.method == "HEAD" else request.method, page]
    if role and visit.role is None:
        raise OtherCooperation
    if role and not visit.may(role):
        raise NotForYou
    if page in UPLOADS:
        read_upload(request)
    if request.method == "POST":
        check_token(request, person, request.path)
    return visit, Route(page, arguments)


def is_page(path: str) -> bool:
    """Whether somebody can be sent to this path after signing in."""
    try:
        page, _ = _MAP.bind("localhost").match(path, "GET")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False
    return page not in PUBLIC


def _person_of(request: Request) -> str:
    """Raises NotSignedIn, with what was typed when a form was sent."""
    try:
        return person_of(request)
    except NotSignedIn as error:
        typed = request.form.to_dict(flat=False) if request.method == "POST" else {}
        raise NotSignedIn(error.choices, typed) from None


def _match(request: Request) -> tuple[str, dict[str, Any]]:
    try:
        method = "GET" if request.method == "HEAD" else request.method
        page, arguments = _MAP.bind("localhost").match(request.path, method)
    except (NotFound, RequestRedirect):
        raise UnknownAddress from None
    except MethodNotAllowed as error:
        raise WrongMethod(*(error.valid_methods or ())) from None
    if any(isinstance(value, int) and value > LARGEST_ID for value in arguments.values()):
        raise UnknownAddress  # No store can search for it.
    return page, dict(arguments)


def _url(page: str, arguments: Mapping[str, Any]) -> str:
    """The path of a page of this function; arguments that are no part of it become its query."""
    return _MAP.bind("localhost").build(page, arguments)
