"""The first page of a local run, with everything to see and try, and the bar that leads from page to page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, render_template

from infra.standins.look import PLACES, Place, new_app
from shared import wiring
from shared.feed.reports import Reports, show_reports
from shared.staff.calendars import CalendarShown, show_calendars

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

    @property
    def sign_up_page(self) -> str:
        """The address of the page with the form `aanmelden`."""
        return f"/functions/receive-webform/{self.slug}/aanmelden"

    def staff_pages(self, who: str = COORDINATOR, page: str = "") -> str:
        """The address of the staff pages, or of one `page` of them, as this person."""
        return f"/functions/show-staff/{self.slug}/{page}?as={who}@{self.slug}.example"


def what_programs_read(slug: str) -> tuple[Reports, list[CalendarShown]]:
    """The addresses of the feed and of the calendars of a cooperation."""
    services = wiring.services()
    return show_reports(services, slug), show_calendars(services, slug)


def create_pages(base: str, countries: Mapping[str, str]) -> Flask:
    """`base` is the URL of the local run. `countries` is name → country (NL or BE) of each cooperation."""
    app = new_app(__name__)
    cooperations = [
        Cooperation(slug, country, viewer=number == 0) for number, (slug, country) in enumerate(countries.items())
    ]

    @app.get("/")
    def show_first_page() -> str:
        return render_template(
            "home.html", base=base, cooperations=cooperations, viewer=VIEWER, what_programs_read=what_programs_read
        )

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
        ("Aanmelden", cooperation.sign_up_page),
        ("Medewerkers", cooperation.staff_pages()),
        ("Econobis", f"/econobis/{cooperation.slug}/"),
        ("Hoomdossier", f"/hoomdossier/{cooperation.slug}/"),
    ] if cooperation else []  # fmt: skip
    places = [*of_cooperation, ("Postvak", "/mail/"), ("Wachtrij", "/queue/")]
    return [Place("Begin", "/", path == "/"), *(Place(label, href, path.startswith(href)) for label, href in places)]
