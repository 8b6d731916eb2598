"""What doctor sees of Econobis and Hoomdossier over real HTTP, and that it leaves nothing behind there."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from wsgiref.types import WSGIApplication

import httpx
import pytest
import trustme
from flask import Flask

from functions.receive_event import receive_event
from infra.doctor import peers
from infra.doctor.finding import Finding, NotSeen
from infra.doctor.peers import problems
from infra.standins.database import Database
from infra.standins.econobis.app import create_econobis
from infra.standins.econobis.settings import EconobisSettings
from infra.standins.hoomdossier.app import create_hoomdossier
from infra.standins.hoomdossier.settings import HoomdossierSettings
from infra.standins.server import serving
from infra.standins.stand_in import Controls
from tests.doctor.settings import GOOD, settings
from tests.doctor.site import served
from tests.world.scripted_peer import TRUSTED, Behaviour, answer, hangs, peer_that, reset

TOKEN = "7|het-token-van-hoomdossier"
Doctor = Callable[..., list[Finding]]


def proxied(econobis: WSGIApplication) -> WSGIApplication:
    """A reverse proxy that sends every event to our function, also those that the link delivers."""
    function = served(receive_event)

    def app(environ, start_response):
        ours = "/hoomdossier/" in environ["PATH_INFO"]
        return (function if ours else econobis)(environ, start_response)

    return app


class Peers:
    """Both stand-ins. `doctor` looks at them."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.folder, self._opened = folder, opened
        self.econobis: Controls = create_econobis(
            "zonnig-dorp", Database(), EconobisSettings(country="NL", webform_key="a-key", hoom_link="https://x")
        )
        self.hoomdossier: Controls = create_hoomdossier(
            "zonnig-dorp", Database(), HoomdossierSettings(country="NL", token=TOKEN)
        )
        self.econobis_url = self.serve(self.econobis)
        self.hoomdossier_url = f"{self.serve(self.hoomdossier)}/api/v1"
        self.google_url = self.serve(Flask(__name__))
        self.value: str | NotSeen = TOKEN
        self.change: Callable[[str], str] = str
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.http = httpx.Client(verify=TRUSTED, trust_env=False)
        opened.callback(self.http.close)

    def serve(self, app: WSGIApplication) -> str:
        return self._opened.enter_context(serving(app))

    def script(self, behaviour: Behaviour) -> str:
        return self._opened.enter_context(peer_that(behaviour)).url

    def doctor(self) -> list[Finding]:
        text = GOOD.replace("https://zonnig-dorp.econobis.nl", self.econobis_url)
        text = text.replace("https://zonnig-dorp.hoomdossier.nl/api/v1", self.hoomdossier_url)
        used = settings(self.folder, self.change(text))
        return problems(used, self.http, lambda name: self.value, self.clock, self.google_url)

    def rows(self) -> str:
        """All that the stand-ins keep, apart from the calls that they received."""
        tables = [stand_in.database.dump() for stand_in in (self.econobis, self.hoomdossier)]
        return str([{name: rows for name, rows in it.items() if name != "_received"} for it in tables])

    def told(self) -> str:
        """All but what only a person can see."""
        found = [it for it in self.doctor() if it.level != "by_hand"]
        return "\n".join(f"{it.level}: {it.what} | {it.why} | {it.where}" for it in found)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Peers]:
    with ExitStack() as opened:
        yield Peers(tmp_path, opened)


def test_two_good_peers_have_no_findings(both: Peers) -> None:
    assert both.told() == ""


def test_nothing_changes_at_a_peer(both: Peers) -> None:
    both.change = lambda text: text.replace("      token:", "      appointments_feed: true\n      token:")
    before = both.rows()
    assert both.told() == ""
    assert both.rows() == before
    sites = (both.econobis_url, both.hoomdossier_url.removesuffix("/api/v1"))
    assert {call["method"] for url in sites for call in httpx.get(f"{url}/_received").json()} == {"GET"}


# -- reaching them -----------------------------------------------------------------------------------------------------


def test_a_name_that_does_not_exist_is_found(both: Peers) -> None:
    both.econobis_url = "https://there-is-no-such-host.invalid"
    assert "error: zonnig-dorp: Econobis is niet te bereiken: deze naam bestaat niet in de DNS" in both.told()
    assert "cooperations.yaml, regel 5: cooperations.zonnig-dorp.econobis.url" in both.told()


def test_a_closed_port_is_found(both: Peers) -> None:
    both.hoomdossier_url = "http://127.0.0.1:1/api/v1"
    assert "Hoomdossier is niet te bereiken: er luistert niets op deze poort" in both.told()


def test_a_lost_connection_is_found(both: Peers) -> None:
    both.econobis_url = both.script(reset)
    assert "Econobis is niet te bereiken: de verbinding werd verbroken" in both.told()


def test_a_peer_that_is_silent_is_found(both: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "SECONDS", 0.3)  # so that the test does not wait for fifteen
    both.econobis_url = both.script(hangs)
    assert "Econobis is niet te bereiken: er kwam geen antwoord" in both.told()


def test_a_wrong_certificate_is_found(both: Peers) -> None:
    with peer_that(answer(200, []), tls=trustme.CA()) as peer:
        both.econobis_url = peer.url
        assert "Econobis is niet te bereiken: het certificaat klopt niet: " in both.told()


def test_a_certificate_that_ends_soon_is_found(both: Peers) -> None:
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    both.http = httpx.Client(verify=trusting, trust_env=False)
    with peer_that(answer(200, []), tls=authority) as peer:
        both.econobis_url = peer.url
        assert "certificaat" not in both.told()
        ends = peers.reach(both.http, peer.url, both.clock).certificate_ends
        both.clock = lambda: ends - timedelta(days=3)
        assert "warning: zonnig-dorp: Econobis: het certificaat loopt af op" in both.told()


def test_a_slow_peer_is_found(both: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "SLOW", 0.2)  # so that the test does not wait for five seconds

    def slowly(connection: socket.socket) -> None:
        time.sleep(0.4)
        answer(200, [])(connection)

    both.econobis_url = both.script(slowly)
    assert "warning: zonnig-dorp: Econobis deed 0 seconden over een lege vraag" in both.told()


def test_without_internet_nothing_is_said_about_the_peers(both: Peers) -> None:
    both.econobis_url = both.google_url = "http://127.0.0.1:1"
    both.hoomdossier_url = "http://127.0.0.1:1/api/v1"
    (finding,) = both.doctor()
    assert (finding.level, "geen internet" in finding.why) == ("unchecked", True)


# -- clocks ------------------------------------------------------------------------------------------------------------


def at(seconds: float) -> Behaviour:
    """An answer of a host whose clock is so many seconds ahead."""

    def behave(connection) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        answer(200, [], Date=date)(connection)

    return behave


@pytest.mark.parametrize(("seconds", "says"), [(60, "(59|60|61) seconden voor"), (-45, "4[456] seconden achter")])
def test_a_clock_of_a_peer_that_is_wrong_is_found(seconds: float, says: str, both: Peers) -> None:
    both.econobis_url = both.script(at(seconds))
    assert re.search(f"error: de klok van 127.0.0.1 loopt {says}", both.told())


def test_a_difference_of_a_few_seconds_is_fine(both: Peers) -> None:
    both.econobis_url = both.script(at(8))
    assert "klok" not in both.told()


def test_our_own_clock_is_compared_with_google(both: Peers) -> None:
    both.clock = lambda: datetime.now(UTC) + timedelta(seconds=90)
    assert "warning: de klok van deze computer loopt" in both.told()
    assert "error" not in both.told(), "the peers agree with Google"


def test_without_google_the_clocks_are_not_compared(both: Peers) -> None:
    both.google_url = "http://127.0.0.1:1"
    assert "unchecked: of de klokken gelijk lopen" in both.told()


# -- Hoomdossier's token -----------------------------------------------------------------------------------------------


def test_a_token_that_hoomdossier_does_not_know_is_found(both: Peers) -> None:
    both.value = "7|een-ander-token"
    assert "error: zonnig-dorp: Hoomdossier kent het token TOKEN niet" in both.told()
    assert "een-ander-token" not in both.told()


def test_a_token_that_cannot_be_read_is_not_tried(both: Peers) -> None:
    both.value = NotSeen("uw account heeft hier geen rechten voor")
    assert "unchecked: zonnig-dorp: of Hoomdossier het token TOKEN kent | uw account" in both.told()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            403,
            {"message": "Unauthorized for current cooperation."},
            "error: zonnig-dorp: het token TOKEN is van een andere",
        ),
        (
            404,
            {"message": "No query results for model [App\\Models\\Cooperation]."},
            "Hoomdossier kent deze coöperatie niet",
        ),
        (302, None, "op dit adres staat de koppeling van Hoomdossier niet"),
        (429, {"message": "Too Many Attempts."}, "unchecked: zonnig-dorp: of Hoomdossier het token TOKEN kent"),
        (503, {"message": "Service Unavailable"}, "unchecked: zonnig-dorp: of Hoomdossier het token TOKEN kent"),
        (200, b"<html>", "unchecked: zonnig-dorp: of Hoomdossier het token TOKEN kent"),
    ],
)
def test_what_hoomdossier_answers_is_told(status: int, body: object, says: str, both: Peers) -> None:
    both.hoomdossier_url = f"{both.script(answer(status, body))}/api/v1"
    assert says in both.told()


def test_a_feed_that_hoomdossier_does_not_have_is_found(both: Peers) -> None:
    both.change = lambda text: text.replace("      token:", "      appointments_feed: true\n      token:")
    fault = [
        {
            "kind": "status",
            "status": 404,
            "match": "appointments",
            "body": '{"message": "The route could not be found."}',
        }
    ]
    httpx.post(f"{both.hoomdossier_url.removesuffix('/api/v1')}/_faults", json=fault).raise_for_status()
    assert "error: zonnig-dorp: dit Hoomdossier heeft geen lijst van afspraken" in both.told()


# -- the way of an event -----------------------------------------------------------------------------------------------


def test_a_person_has_to_look_which_way_events_take(both: Peers) -> None:
    told = [it for it in both.doctor() if it.level == "by_hand"]
    assert [it.what for it in told] == ["zonnig-dorp: komt wat coaches in Hoomdossier invoeren bij de koppeling?"]


def test_a_proxy_that_sends_back_what_the_link_delivers_is_found(both: Peers) -> None:
    both.econobis_url = both.serve(proxied(both.econobis))
    assert "error: zonnig-dorp: 127.0.0.1 stuurt elke sleutel naar de koppeling" in both.told()
