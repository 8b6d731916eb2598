"""The import: a file and a pasted table of Hoomdossier are compared, and what a person ticks is delivered."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic as time_now

from flask import Response
from pydantic import ValidationError

from functions.staff.language import told
from functions.staff.sealed import seal, unseal
from functions.staff.visit import Visit
from shared.domain.local_time import AMSTERDAM, from_amsterdam
from shared.domain.one_line import visible
from shared.domain.problem import Problem
from shared.errors import BadInput
from shared.imports.brought import Brought
from shared.imports.compare import GROUPS, Compared, compare
from shared.imports.deliver import Outcome, Told, deliver
from shared.imports.known import read_known
from shared.imports.proposal import Proposal
from shared.imports.read import LONGEST_PASTED, read_file, read_pasted
from shared.words import Words

MOST_SHOWN = 250
"""Rows of a group on one page. What is delivered is gone from the next page, so the rest comes then."""
SECONDS = 40.0
"""What was not delivered within this time is left for another click: the request has to end before its time-out."""
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?::[0-5][0-9])?", re.ASCII)


def show(visit: Visit) -> Response:
    """The form."""
    return _form(visit, {})


def _form(visit: Visit, problems: dict[str, list[str]], *, had_file: bool = False) -> Response:
    """With what was typed; a browser does not keep the file."""
    now, typed = visit.services.clock().astimezone(AMSTERDAM), visit.request.form
    said = {name: [told(text, visit.language) for text in texts] for name, texts in problems.items()}
    facts = {
        "as_of": typed.get("as_of") or now.strftime("%Y-%m-%dT%H:%M"),
        "today": now.date().isoformat(),
        "pasted": pasted if len(pasted := typed.get("pasted", "")) <= LONGEST_PASTED else "",
        "problems": said,
        "had_file": had_file,
    }
    return visit.page("import.html", status=422 if problems else 200, **facts)


def preview(visit: Visit) -> Response:
    """What the link knows, what the file says, and what would be delivered. Changes nothing, and keeps nothing."""
    form, file = visit.request.form, visit.request.files.get("file")
    pasted, now = form.get("pasted", ""), visit.services.clock()
    problems: dict[str, list[str]] = {}
    as_of = _as_of(form.get("as_of", ""), now, problems)
    claims = []
    has_file = bool(file and file.filename)
    try:
        claims = read_file(file.stream) if file and has_file else []
    except BadInput as error:
        problems |= error.problems
    rows = []
    try:
        rows = read_pasted(pasted)
    except BadInput as error:
        problems |= error.problems
    if pasted.strip() and not rows and "pasted" not in problems:
        problems["pasted"] = [Words("In deze tekst staat geen tabel met afspraken. Kopieer de hele tabel.")]
    if not has_file and not pasted.strip():
        problems["file"] = [Words("Kies een bestand, of plak de tabel met afspraken.")]
    if problems:
        return _form(visit, problems, had_file=has_file)
    known = read_known(visit.services, visit.cooperation)
    comparison = compare(visit.settings, known, Brought(as_of, now, claims, rows), MOST_SHOWN)
    return visit.page(
        "import_preview.html",
        shown=comparison,
        groups=GROUPS,
        most=MOST_SHOWN,
        sealed=lambda row: _sealed(visit, row),
        has_file=has_file,
    )


def _sealed(visit: Visit, row: Compared) -> str:
    assert row.proposal is not None
    said = row.proposal.model_dump(mode="json", exclude_defaults=True)
    name = row.resident.name if row.resident else visible(row.claim.name)
    return seal(_use(visit), visit.person, {**said, "name": name})


def _use(visit: Visit) -> str:
    return f"import {visit.cooperation}"


def _as_of(text: str, now: datetime, problems: dict[str, list[str]]) -> datetime:
    """The end of the minute that was typed, so that nothing of that minute counts as newer than the file."""
    if not text.strip():
        return now
    with suppress(Problem):
        typed = from_amsterdam(text.strip()) + timedelta(seconds=59)
        if typed < now + timedelta(days=1):
            return min(typed, now)
    problems["as_of"] = [Words("Vul in wanneer dit bestand gemaakt is: een datum en tijd die geweest zijn.")]
    return now


# -- deliver -----------------------------------------------------------------------------------------------------------


def send(visit: Visit) -> Response:
    """Delivers what is ticked, and tells of each what came of it. To send the same form again does nothing twice."""
    rows = [_unsealed(visit, text) for text in visit.request.form.getlist("row")]
    until = time_now() + SECONDS
    for row in rows:
        if time_now() < until:
            row.outcome = deliver(visit.services, visit.cooperation, row.proposal, row.told, visit.person)
    return visit.page("import_done.html", done=rows, counts=Counter(row.outcome for row in rows))


@dataclass
class _Row:
    """One row of the form. `sealed` and `typed` send it once more."""

    sealed: str
    typed: dict[str, str]
    told: Told
    proposal: Proposal
    name: str
    outcome: Outcome = "later"

    @property
    def typed_time(self) -> str:
        return self.told.at.strftime("%H:%M") if self.told.at else ""


def _unsealed(visit: Visit, text: str) -> _Row:
    said = unseal(_use(visit), visit.person, text)
    with suppress(ValidationError, AttributeError, TypeError, KeyError):
        name = said.pop("name")
        proposal, form = Proposal.model_validate(said), visit.request.form
        at, unknown = f"at-{proposal.contact_id}", f"unknown-{proposal.contact_id}"
        typed = {field: form[field] for field in (at, unknown) if field in form}
        return _Row(text, typed, _told(form.get(at, ""), form.get(unknown, "")), proposal, name)
    raise BadInput({"body": [Words("Deze lijst is ouder dan een dag, of niet van u. Lees het bestand opnieuw in.")]})


def _told(at: str, unknown: str) -> Told:
    """A time counts for more than the tick beside it."""
    if not at.strip():
        return Told(is_unknown=unknown == "1")
    found = _TIME.fullmatch(at.strip())
    return Told(time(int(found[1]), int(found[2]))) if found else Told()
