"""How the pages of the stand-ins and of a local run look: one stylesheet, one frame, no script, nothing from elsewhere.

`new_app` makes a Flask app with it. A page extends `look/frame.html` and says in the blocks of that file what it plays;
`look/table.html` has the parts of a table that becomes cards on a narrow screen, `listing.py` a list of many pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, request
from jinja2 import ChoiceLoader, FileSystemLoader

PLACES = "dossierlink.places"
"""In the WSGI environment: the other pages of a local run, as a list of `Place`. Absent when a stand-in runs alone."""

_FOLDER = Path(__file__).parent
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


@dataclass(frozen=True)
class Place:
    """A page to go to; `here` when this is it, or one below it."""

    label: str
    href: str
    here: bool = False


def new_app(name: str, policy: str = POLICY) -> Flask:
    """`name` is the module's `__name__`: its own `templates` come first. `policy` goes along with every page."""
    app = Flask(name, static_folder=_FOLDER / "static", static_url_path="/static")
    shared = FileSystemLoader(_FOLDER / "templates")
    app.jinja_loader = ChoiceLoader([app.jinja_loader, shared]) if app.jinja_loader else shared
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}

    app.add_template_filter(moment)

    @app.context_processor
    def give_places() -> dict[str, list[Place]]:
        return {"places": request.environ.get(PLACES, [])}

    @app.after_request
    def guard(answer: Response) -> Response:
        if answer.mimetype == "text/html":
            answer.headers.setdefault("Content-Security-Policy", policy)
        return answer

    return app


def moment(text: str | None) -> str:
    """An ISO moment as people in the Netherlands write it, in their time; without a zone it is their time already.

    Empty without a text. Seconds are shown where there are any.
    """
    if not text:
        return ""
    given = datetime.fromisoformat(text)
    here = given.astimezone(_AMSTERDAM) if given.tzinfo else given
    return f"{here:%d-%m-%Y %H:%M:%S}".removesuffix(":00")
