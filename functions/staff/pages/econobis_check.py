"""Econobis' own list of kansacties beside what the link delivered: where the two differ."""

from __future__ import annotations

from flask import Response

from functions.staff.language import told
from functions.staff.visit import Visit
from shared.errors import BadInput
from shared.imports.check_econobis import check
from shared.imports.known import read_known
from shared.imports.read import read_econobis_list
from shared.words import Words


def show(visit: Visit) -> Response:
    """The form."""
    return visit.page("econobis_check.html", problem="", checked=None)


def compare(visit: Visit) -> Response:
    """The differences. Changes nothing, and keeps nothing of the file."""
    file = visit.request.files.get("file")
    try:
        if not (file and file.filename):
            raise BadInput({"file": [Words("Kies een bestand.")]})
        listed = read_econobis_list(file.stream)
    except BadInput as error:
        problem = " ".join(told(text, visit.language) for texts in error.problems.values() for text in texts)
        return visit.page("econobis_check.html", problem=problem, checked=None, status=422)
    checked = check(visit.settings, read_known(visit.services, visit.cooperation), listed)
    return visit.page("econobis_check.html", problem="", checked=checked)
