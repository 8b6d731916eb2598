"""The list of residents: searched by `q`, filtered by what they wait for, coach, campaign, and how long they wait."""

from __future__ import annotations

from typing import get_args

from flask import Response

from functions.staff.visit import Visit
from shared.domain.ids import ContactId, read_id
from shared.domain.journey import WaitsFor
from shared.staff import mend
from shared.staff.asked import Asked
from shared.staff.residents import Cursor, list_residents, search_residents

LONGEST_WAIT = 3650  # days


def show(visit: Visit) -> Response:
    """A page of the list, or what was found. All that was asked stands in the address."""
    asked, words = asked_in(visit), visit.request.args.get("q", "").strip()
    if words:
        listed = search_residents(visit.services, visit.cooperation, words, asked)
    else:
        backwards = "before" in visit.request.args
        text = visit.request.args.get("before" if backwards else "after", "")
        cursor = Cursor.read(text, visit.cooperation)
        listed = list_residents(visit.services, visit.cooperation, asked, cursor, backwards=backwards)
    return visit.page("residents.html", listed=listed, asked=asked, words=words, erased=_erased(visit))


def _erased(visit: Visit) -> int | None:
    """The contact that was just erased. Anybody can make a link that says so, so only one that really was."""
    contact_id = read_id(visit.request.args.get("contact")) if visit.request.args.get("said") == "erased" else None
    if contact_id and mend.erased_at(visit.services, visit.cooperation, ContactId(contact_id)):
        return contact_id
    return None


def asked_in(visit: Visit) -> Asked:
    """The filters in the address. One that nobody can have chosen counts for nothing."""
    waits_for = visit.request.args.get("waits_for")
    return Asked(
        waits_for=next((it for it in get_args(WaitsFor) if it == waits_for), None),
        coach=_number(visit, "coach"),
        campaign=_number(visit, "campaign"),
        longer=_number(visit, "longer", most=LONGEST_WAIT),
    )


def _number(visit: Visit, name: str, most: int = 2**53) -> int | None:
    text = visit.request.args.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 17 and int(text) <= most else None
