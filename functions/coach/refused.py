"""A refusal on the page of a coach, in words: what is the matter, what became of the change, what to do now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from flask import Request, Response

from functions._form import typed_fields
from functions._http import Refusal, own_path, problem
from functions._page import wants_page
from functions._query import read_query
from functions.coach.form import texts_of
from functions.coach.page import answer_page
from functions.staff.language import language_of, language_query, told
from shared.errors import BadInput


def refuse(request: Request, refusal: Refusal) -> Response:
    """A program gets JSON. What was typed stands in the page, to send again, when that can help."""
    with suppress(BadInput):
        read_query(request)
    if not wants_page(request):
        return problem(request, refusal)
    language = language_of(request)
    typed = _typed(request) if request.method == "POST" and refusal.status in {500, 503} else {}
    return answer_page(
        "refused.html",
        language,
        None,
        refusal.status,
        refusal.headers,
        reasons=[text for _, text in refusal.told(lambda reason: told(reason, language))],
        typed={name: text for name, text in typed.items() if text},
        was_sent=request.method == "POST",
        address=own_path(request),
        query=language_query(request),
    )


def _typed(request: Request) -> Mapping[str, str]:
    """What was sent, to send again; none when it cannot be read."""
    try:
        return texts_of(typed_fields(request))
    except BadInput:
        return {}
