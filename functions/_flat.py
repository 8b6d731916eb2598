"""Refusals for Econobis: a 422 with one flat object, a list of texts under each field's name.

Econobis' dialog shows its employee the reasons in such a body, and of any other answer only the status (known-limits
A6). So whatever an employee can act on becomes a flat 422.
"""

from __future__ import annotations

from flask import Request, Response

from functions._http import Refusal, problem, reply
from shared.errors import BadInput, PeerError


def flat(request: Request, refusal: Refusal) -> Response:
    """For `endpoint(refuse=…)`: a 422 is flat; every other status keeps problem+json."""
    return reply(422, refusal.errors) if refusal.status == 422 else problem(request, refusal)


def from_hoomdossier(error: PeerError, otherwise: str) -> BadInput:
    """Hoomdossier's own texts per field when its answer had them, else `otherwise` (Dutch) as its only text."""
    return BadInput(error.fields or {"hoomdossier": [otherwise]})
