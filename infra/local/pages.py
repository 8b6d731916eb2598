"""The pages of a local run: a first page with everything to see and try, and a web form as on a cooperation's site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, render_template, request

from infra.standins.look import PLACES, Place, new_app
from shared import wiring
from shared.econobis.form_fields import LABELS
from shared.work.feed_salt import ALL, salt_of, token_of

COORDINATOR, VIEWER = "coordinator", "kijker"
TASKS = {
    "submissions": "Aanmelding naar Econobis",
    "residents": "Dossier volgen",
    "dossier_requests": "Dossier vragen aan Econobis",
    "links": "Coach koppelen",
    "relays": "Gebeurtenis naar Econobis",
    "mails": "Brief versturen",
    "replays": "Opnieuw proberen",
}
"""What a task in the queue does, by the collection of its work."""


@dataclass(frozen=True)
class Cooperation:
    """A cooperation of the local run. `country` is NL or BE; `viewer` is whether somebody there may only look."""

    slug: str
    country: str
    viewer: bool = False

    @property
    def name(self) -> str:
        return self.slug.replace("-", " ").title()

    def staff_pages(self, who: str = COORDINATOR, page: str = "") -> str:
        """The address of the staff pages, or of one `page` of them, as this person."""
        return f"/functions/show-staff/{self.slug}/{page}?as={who}@{self.slug}.example"


def calendars(slug: str) -> list[tuple[str, str]]:
    """Whose calendar, and its path: those of the coordinator and of each coach. A revoked one is left out."""
    services = wiring.services()
    salt = salt_of(services.store, slug)
    whose = [(ALL, "alle coaches"), *((str(it.contact_id), it.name) for it in services.cooperations[slug].coaches)]
    found = [(name, token_of(salt, calendar)) for calendar, name in whose]
    return [(name, f"/functions/serve-feed/{slug}/calendar/{token}.ics") for name, token in found if token]


def create_pages(base: str, countries: Mapping[str, str]) -> Flask:
    """`base` is the URL of the local run. `countries` is name → country (NL or BE) of each cooperation."""
    app = new_app(__name__)
    cooperations = {
        slug: Cooperation(slug, country, viewer=number == 0) for number, (slug, country) in enumerate(countries.items())
    }

    @app.get("/")
    def show_first_page() -> str:
        known = list(cooperations.values())
        return render_template("home.html", base=base, cooperations=known, viewer=VIEWER, calendars=calendars)

    @app.get("/aanmelden/<cooperation>")
    def show_form(cooperation: str) -> str:
        if cooperation not in cooperations:
            abort(404)
        return render_template("form.html", cooperation=cooperations[cooperation])

    @app.get("/bedankt")
    def show_thanks() -> str:
        return render_template("answer.html", thanks=True, fields=[])

    @app.get("/nog-niet-goed")
    def show_corrections() -> str:
        names = [name for name in request.args.get("velden", "").split(",") if name]
        fields = [LABELS.get(name, name.capitalize()) for name in names]
        return render_template("answer.html", thanks=False, fields=fields)

    @app.get("/favicon.ico")
    def show_icon() -> Response:
        """For pages without an icon of their own."""
        return app.send_static_file("dossierlink.svg")

    return app


def with_places(app: WSGIApplication, slugs: Iterable[str]) -> WSGIApplication:
    """Tells each page of the local run which others there are, for the bar at its top.

    A page of one cooperation leads to the other pages of that cooperation.
    """
    cooperations = {slug: Cooperation(slug, "") for slug in slugs}

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[PLACES] = _places(environ["PATH_INFO"], cooperations.get)
        return app(environ, start_response)

    return answer


def _places(path: str, find: Callable[[str], Cooperation | None]) -> list[Place]:
    cooperation = find(path.strip("/").partition("/")[2].partition("/")[0])
    of_cooperation = [
        ("Aanmelden", f"/aanmelden/{cooperation.slug}"),
        ("Medewerkers", cooperation.staff_pages()),
        ("Econobis", f"/econobis/{cooperation.slug}/"),
        ("Hoomdossier", f"/hoomdossier/{cooperation.slug}/"),
    ] if cooperation else []  # fmt: skip
    places = [*of_cooperation, ("Postvak", "/mail/"), ("Wachtrij", "/queue/")]
    return [Place("Begin", "/", path == "/"), *(Place(label, href, path.startswith(href)) for label, href in places)]
