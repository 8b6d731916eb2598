"""The stylesheet and the script."""

from __future__ import annotations

from flask import Response

from functions._http import UnknownAddress
from functions.staff.static import serve
from functions.staff.visit import Visit


def show(_visit: Visit, name: str) -> Response:
    """The file. Raises UnknownAddress."""
    answer = serve(name)
    if answer is None:
        raise UnknownAddress
    return answer
