"""`GET {form}/address?postcode=1234AB&number=12`: street and town of a Dutch address, for the script of the page.

The answer is 200 with `{"street", "city", "additions"}`, 404 when there is no such home, 400 for what is no postcode or
number, and 204 when the register does not tell. Nobody has to wait for it: without an answer people type it themselves.
"""

from __future__ import annotations

from flask import Request, Response

from functions._http import Refusal, UnknownAddress, problem, reply
from shared import wiring
from shared.address_lookups import AddressLookups
from shared.domain.address import house_number, postal_code
from shared.domain.problem import Problem
from shared.domain.visitor import Visitor
from shared.errors import BadInput, PeerError


def answer_address(request: Request, cooperation: str, form: str, visitor: Visitor) -> Response:
    """Raises BadInput, TooMany, and UnknownAddress for a cooperation outside the Netherlands."""
    services = wiring.services()
    settings = services.cooperations[cooperation]
    if settings.country != "NL":
        raise UnknownAddress
    services.form_limits(cooperation, form).check_look_up(visitor)
    postcode, number = _read(request)
    secret = settings.econobis.webform_key.value
    lookups = AddressLookups(services.store, wiring.address_register(), secret, services.clock)
    try:
        homes = lookups.homes(postcode, number)
    except PeerError:
        return Response(status=204)
    if homes is None:
        reason = f"Bij postcode {postcode} kent het adressenregister geen huisnummer {number}."
        return problem(request, Refusal(404, {"number": [reason]}, {"number": ""}))
    if not (homes.street and homes.city):
        return Response(status=204)
    return reply(200, {"street": homes.street, "city": homes.city, "additions": list(homes.additions)})


def _read(request: Request) -> tuple[str, int]:
    """Raises BadInput."""
    problems: dict[str, list[str]] = {}
    postcode, number = "", 0
    try:
        postcode = postal_code(request.args.get("postcode", "")[:40], "NL")
    except Problem as wrong:
        problems["postcode"] = list(wrong.texts)
    try:
        number = house_number(request.args.get("number", "")[:40]).number
    except Problem as wrong:
        problems["number"] = list(wrong.texts)
    if problems:
        raise BadInput(problems, 400, {"postcode": "Postcode", "number": "Huisnummer"})
    return postcode, number
