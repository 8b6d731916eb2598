"""Try a sign-up: a form with the fields of a web form, and what a sign-up with those values would do.

Nothing of it is stored, sent, counted or logged. So it leaves no audit line either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from functions._form import read_fields
from functions._http import UnknownAddress
from functions.staff.visit import Visit
from shared.errors import BadInput
from shared.staff.form_shown import show_form
from shared.staff.trial import try_sign_up

PREFIX = "field."
"""Before the name of each input, so that no field of a form has the name of one of ours."""


def show(visit: Visit, form: str) -> Response:
    """The empty form. Raises UnknownAddress."""
    return _page(visit, form, {})


def check(visit: Visit, form: str) -> Response:
    """What would happen, or 422 with what is wrong at each field. Raises UnknownAddress."""
    sent = read_fields(visit.request)
    typed = {name.removeprefix(PREFIX): value for name, value in sent.items() if name.startswith(PREFIX)}
    return _page(visit, form, typed, tried=True)


def _page(visit: Visit, form_name: str, typed: Mapping[str, Any], *, tried: bool = False) -> Response:
    settings = visit.settings
    form = settings.forms.get(form_name)
    if form is None:
        raise UnknownAddress
    shown = show_form(settings, form_name, form)
    sent, problems = None, {}
    if tried:
        try:
            sent = try_sign_up(visit.cooperation, settings, shown, typed, visit.services.clock())
        except BadInput as error:
            problems = error.problems
    return visit.page(
        "trial.html",
        status=422 if problems else 200,
        shown=shown,
        form=form,
        typed=typed,
        sent=sent,
        problems=problems,
        prefix=PREFIX,
    )
