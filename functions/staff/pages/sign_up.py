"""The page of a sign-up that has no contact in Econobis yet. When it has one, that resident's page."""

from __future__ import annotations

from functools import partial

from flask import Response

from functions._http import UnknownAddress
from functions.staff.advice import advice
from functions.staff.visit import Visit
from shared.staff import mend
from shared.staff.resident import show_sign_up


def show(visit: Visit, key: str) -> Response:
    """The page, or 303 to the resident. Raises UnknownAddress."""
    found = show_sign_up(visit.services, visit.cooperation, key, visit.person)
    if found is None:
        raise UnknownAddress
    if isinstance(found, int):
        return visit.go(visit.url("resident.show", contact_id=found))
    submission, shown = found
    said = visit.request.args.get("said")
    return visit.page(
        "sign_up.html",
        shown=shown,
        key=key,
        submission=submission,
        now=visit.services.clock(),
        said=said,
        advice=partial(advice, visit),
    )


def try_now(visit: Visit, key: str) -> Response:
    """Makes the sign-up due now. Raises UnknownAddress."""
    tried = mend.try_sign_up_now(visit.services, visit.cooperation, key, visit.person)
    if tried == "unknown":
        raise UnknownAddress
    return visit.go(visit.url("sign_up.show", key=key, said=tried))
