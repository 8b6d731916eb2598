"""The stylesheet and the script."""

from __future__ import annotations

from flask import Response

from functions._http import UnknownAddress
from functions.staff.static import serve
from functions.staff.visit import Visit


def show(visit: Visit, name: str) -> Response:
    """The file. Raises UnknownAddress."""
    answer = serve(name, visit.request.query_string.decode("ascii", "ignore"))
    if answer is None:
        raise UnknownAddress
    return answer
