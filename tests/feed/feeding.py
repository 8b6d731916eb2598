"""A campaign in a store, its feed over real HTTP, and what a program says to read it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from string import Template
from typing import Any

import httpx

from shared import wiring
from shared.domain.keys import of_contact
from shared.domain.resident import Address, Measure, Milestones, Person, Resident
from tests.world import functions_over_http
from tests.world.functions_over_http import Machine, running

KEY, OTHER_KEY, OPEN_KEY = "feed-3f0c9b7a5d1e4f62", "feed-90ab12cd34ef56ab", "feed-77c25e2a1f0a6d2e"
COOPERATION = "zonnig-dorp"
BEGAN = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # Before the night in which the clock goes back.
_FEEDS = """
    feeds:
      power-bi: {keys: [env:FEED_KEY], personal: coaches}
      table: {keys: [env:FEED_OTHER_KEY]}
      open: {keys: [env:FEED_OPEN_KEY], personal: everybody}
"""


@contextmanager
def feeding(state: Path, residents: int = 0, **variables: str) -> Iterator[Machine]:
    """The functions, with feeds in the settings of zonnig-dorp and so many residents there."""
    template = Path(functions_over_http.__file__).with_name("cooperations.yaml").read_text(encoding="utf-8")
    begin, _, rest = template.partition("    staff:\n")
    path = state / "with-feeds.yaml"
    path.write_text(Template(f"{begin}{_FEEDS[1:]}    staff:\n{rest}").safe_substitute(base="http://127.0.0.1:1"))
    keys = {"FEED_KEY": KEY, "FEED_OTHER_KEY": OTHER_KEY, "FEED_OPEN_KEY": OPEN_KEY}
    with running(state, LINK_CONFIG=str(path), **keys, **variables) as machine:
        for number in range(1, residents + 1):
            store_resident(number)
        yield machine


def store_waiting(number: int, coach: int, signed_up: datetime, **changes: Any) -> None:
    """A resident with a dossier who waits for an appointment with this coach. The home has number 500 + `number`."""
    known = {
        "visit_coach": coach, "account_id": 700 + number, "building_id": 500 + number, "accepted_at": signed_up,
        "visit_at": None, "measures": [], "milestones": Milestones(signed_up=signed_up, dossier=signed_up),
    }  # fmt: skip
    store_resident(number, **{**known, **changes})


def store_resident(number: int, **changes: Any) -> None:
    """A resident of whom more is known as `number` has more divisors."""
    at = BEGAN + timedelta(minutes=7 * number)

    def reached(every: int, days: int) -> datetime | None:
        return at + timedelta(days=days) if number % every == 0 else None

    visit_at = reached(4, 20)
    resident = Resident(
        cooperation=COOPERATION,
        contact_id=1000 + number,
        campaign_id=1,
        form="aanmelden" if number % 7 else "",
        state="done",
        accepted_at=at,
        visit_coach=11 + number % 2 if number % 3 == 0 else None,
        person=Person(first_name="Noor", prefix="de", last_name=f"Vries {number}", email=f"noor{number}@example.org"),
        address=Address(postal_code="1234AB", number=number, street="Veldstraat", city="Zonnig Dorp"),
        milestones=Milestones(
            signed_up=at,
            intake=at,
            dossier=reached(2, 1),
            coach_linked=reached(3, 3),
            appointment_made=reached(4, 5),
            visited=reached(8, 20),
            plan=reached(8, 30),
        ),
        visit_at=visit_at,
        measures=[Measure(name="Dakisolatie", m2=number / 4, by_resident=None), Measure(name="Zonnepanelen")]
        if number % 8 == 0
        else [],
    )
    wiring.services().records(Resident).update(
        of_contact(COOPERATION, 1000 + number), lambda _known: resident.model_copy(update=changes)
    )


def basic(key: str = KEY, user: str = "wie dan ook") -> str:
    return "Basic " + b64encode(f"{user}:{key}".encode()).decode()


class Reader:
    """A program that reads the feed with a key."""

    def __init__(self, link: Machine, key: str = KEY) -> None:
        self.root = link.url("serve-feed", f"/{COOPERATION}/odata")
        self._link, self._key = link, key

    def send(self, method: str, url: str, *, headers: dict[str, str] | None = None, **request: Any) -> httpx.Response:
        """Any request, with the key."""
        signed = {"Authorization": basic(self._key), **(headers or {})}
        return self._link.http.request(method, url, headers=signed, **request)

    def follow(self, link: str | httpx.URL, **headers: str) -> httpx.Response:
        return self.send("GET", str(link), headers=headers)

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        """`path` comes after `/odata/`, as it is: what must be encoded is encoded already."""
        return self.follow(f"{self.root}/{path}", **headers)

    def ask(self, table: str, **options: Any) -> httpx.Response:
        """`filter="…"` is `$filter`."""
        return self.send("GET", f"{self.root}/{table}", params={f"${name}": value for name, value in options.items()})

    def rows(self, table: str, **options: Any) -> list[dict[str, Any]]:
        return [row for page in self.pages(table, **options) for row in page["value"]]

    def pages(self, table: str, size: int | None = None, **options: Any) -> Iterator[dict[str, Any]]:
        """Each page through the links to the next."""
        prefer = {"Prefer": f"odata.maxpagesize={size}"} if size else {}
        params = {f"${name}": value for name, value in options.items()}
        page = self.send("GET", f"{self.root}/{table}", params=params, headers=prefer)
        while True:
            assert page.status_code == 200, page.text
            yield page.json()
            if "@odata.nextLink" not in page.json():
                return
            page = self.follow(page.json()["@odata.nextLink"], **prefer)

    def changed_at(self, place: int) -> str:
        """The moment of the change in this place, the earliest being 0, with an offset: `…T06:00:00.123456+01:00`."""
        moments = sorted(row["changed_at"] for row in self.rows("Journeys"))
        return (
            datetime.fromisoformat(moments[place])
            .astimezone(timezone(timedelta(hours=1)))
            .isoformat(timespec="microseconds")
        )

    def refused(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and target of an error, which has OData's form."""
        answer = self.get(path, **headers)
        assert answer.headers.get_list("OData-Version") == ["4.0"], path
        error = answer.json()["error"]
        assert set(error) <= {"code", "message", "target"}
        assert error["code"]
        assert error["message"]
        return answer.status_code, error.get("target", "")
