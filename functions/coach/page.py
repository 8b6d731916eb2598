"""The coach's own page: GET shows the visits, POST enters something about one of them and leads back to the page.

The address is the secret, as that of a calendar (`shared/work/calendar_addresses.py`): there is no sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response
from jinja2 import Environment

from functions._form import read_fields
from functions._http import UnknownAddress, own_path
from functions._look import look_of
from functions._page import go_to
from functions._query import read_query
from functions._same_site import check_site
from functions._security_headers import policy_with_form
from functions._templates import new_environment
from functions.coach.dates import day_of_field, long_date, time_of_day
from functions.coach.form import FURTHEST, read_entered, texts_of
from functions.staff.language import Language, asked_language, language_of, language_query, told
from shared import wiring
from shared.config import Coach, Cooperation
from shared.domain.coach_visit import GONE_SHOWN
from shared.domain.ids import ContactId
from shared.errors import BadInput
from shared.feed.coach_list import coach_list
from shared.flows.enter_visit import count_entry, enter_visit
from shared.work.calendar_addresses import calendar_of, coach_of, pages_of
from shared.work.feed_salt import FeedSalt, salt_of

_FOLDER = Path(__file__).with_name("templates")
_SHEET = _FOLDER / "coach.css"
HEADERS = {"X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"}
"""A browser sends `Origin` with our form, which `no-referrer` would make `null`. No other host gets the address."""


@dataclass(frozen=True)
class _Page:
    """The page of one coach, as it was asked for."""

    request: Request
    cooperation: str
    settings: Cooperation
    coach: Coach
    salt: FeedSalt


def answer(request: Request, cooperation: str, secret: str) -> Response:
    """200 with the page; 303 to the page after a change, 422 with what was typed when it cannot be taken.

    Raises UnknownAddress for a secret that is unknown or revoked, WrongToken, BadInput, TooMany, Busy and
    StoreUnavailable.
    """
    read_query(request)
    page = _page(request, cooperation, secret)
    if request.method != "POST":
        return _show(page)
    check_site(request)
    count_entry(wiring.services(), page.salt, page.coach.contact_id)
    return _enter(page)


def _page(request: Request, cooperation: str, secret: str) -> _Page:
    services = wiring.services()
    settings = services.cooperations.get(cooperation)
    if settings is None:
        raise UnknownAddress
    salt = salt_of(services.store, cooperation)
    owner = calendar_of(salt, pages_of(settings), secret, "coach-page")
    coach = settings.coach(coach_of(owner)) if owner else None
    if coach is None:
        raise UnknownAddress
    return _Page(request, cooperation, settings, coach, salt)


def _enter(page: _Page) -> Response:
    services = wiring.services()
    typed = texts_of(read_fields(page.request))
    try:
        entered = read_entered(typed, services.clock())
        outcome = enter_visit(services, page.cooperation, page.coach.contact_id, entered)
    except BadInput as error:
        if error.status != 422:
            raise
        return _show(page, typed, error)
    lang = asked_language(page.request)
    query = {"said": outcome, "about": entered.contact_id, **({"lang": lang} if lang else {})}
    return go_to(f"{own_path(page.request)}?{urlencode(query)}")


def _show(page: _Page, typed: Mapping[str, str] | None = None, error: BadInput | None = None) -> Response:
    services = wiring.services()
    language = language_of(page.request)
    visits = coach_list(services, page.cooperation, ContactId(page.coach.contact_id))
    wrong = {name: " ".join(told(text, language) for text in texts) for name, texts in _problems(error).items()}
    return answer_page(
        "visits.html",
        language,
        page.settings,
        error.status if error else 200,
        coach=page.coach,
        visits=visits,
        shown={visit.contact_id: visit for several in visits.values() for visit in several},
        typed=typed or {},
        wrong=wrong,
        said=page.request.args.get("said", ""),
        about=page.request.args.get("about", ""),
        address=own_path(page.request),
        query=language_query(page.request),
        furthest=services.today + FURTHEST,
        gone_days=GONE_SHOWN.days,
    )


def _problems(error: BadInput | None) -> Mapping[str, list[str]]:
    return error.problems if error else {}


def answer_page(
    template: str,
    language: Language,
    settings: Cooperation | None,
    status: int,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """A page of this folder. Nothing keeps it, and nothing in it comes from another host.

    Without `settings` it is not of a cooperation, as far as who asks may know. `facts` are variables of the template.
    """
    look, other = look_of(settings, _SHEET), "nl" if language == "en" else "en"
    html = (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            other_language=other,
            name=settings.name if settings else "",
            style=look.style,
            status=status,
            **facts,
        )
    )
    policy = f"{policy_with_form(None)}; style-src 'sha256-{look.digest}'"
    return Response(
        html, status, {**HEADERS, **(headers or {}), "Content-Security-Policy": policy}, mimetype="text/html"
    )


@cache
def _environment(language: Language) -> Environment:
    environment = new_environment(_FOLDER, language)
    environment.filters |= {"long_date": partial(long_date, language), "clock": time_of_day, "day": day_of_field}
    return environment
