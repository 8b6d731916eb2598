"""Looks over the network at Econobis and Hoomdossier: the name, the certificate, the clock, and Hoomdossier's token.

No call here changes anything at a peer, or makes it send an e-mail.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from infra.doctor.finding import Finding, NotSeen, by_hand, error, unchecked, warning
from infra.doctor.from_outside import is_ours
from infra.doctor.settings_file import Settings
from shared.clock import Clock
from shared.config import Cooperation
from shared.errors import PeerError, Refused, TooFast, Unavailable
from shared.hoomdossier.answers import CooperationUnknown, KeyRevoked, NoAccess
from shared.hoomdossier.client import HoomdossierClient, NoFeed
from shared.public_addresses import NotPublic
from shared.tasks.google_token import GOOGLE_CERTS

SECONDS = 15.0
"""The longest that one call of doctor takes."""
SLOW = 5.0  # seconds for an answer to a request that asks for nothing
APART = timedelta(seconds=10)
"""Google's tokens and the times of appointments go wrong when clocks differ by more."""
_SOON = timedelta(days=14)
_EVENT, _AS_HOOMDOSSIER = "/api/doctor/hoomdossier/afspraak", {"Accept": "application/json"}

Value = Callable[[str], str | NotSeen]
"""Gives the value of the secret with this name."""


@dataclass(frozen=True)
class Reached:
    """A host that answered. `ahead`: its clock compared with ours, None when it does not tell its time."""

    seconds: float
    ahead: timedelta | None
    certificate_ends: datetime | None


@dataclass(frozen=True)
class NotReached:
    """`reason` is Dutch."""

    reason: str


def problems(
    settings: Settings,
    http: httpx.Client,
    value: Value,
    clock: Clock,
    google: str = GOOGLE_CERTS,
    event_hosts: Mapping[str, str] | None = None,
) -> list[Finding]:
    """The findings about both peers of every cooperation. `google` is an address of Google, to compare clocks with.

    `event_hosts` are the names at which events come in, with the cooperation of each.
    """
    time_of_google = reach(http, google, clock)
    hosts = {url: reach(http, url, clock) for url in sorted(_urls(settings))}
    if isinstance(time_of_google, NotReached) and all(isinstance(it, NotReached) for it in hosts.values()):
        return [
            unchecked(
                "Econobis, Hoomdossier en de klok", f"deze computer heeft geen internet ({time_of_google.reason})"
            )
        ]
    found = [*_clocks(time_of_google, hosts)]
    for name, cooperation in settings.config.cooperations.items():
        found += _reachable(settings, name, "econobis", hosts[cooperation.econobis.url], clock)
        found += _reachable(settings, name, "hoomdossier", hosts[cooperation.hoomdossier.url], clock)
        if isinstance(hosts[cooperation.hoomdossier.url], Reached):
            found += _token(settings, name, cooperation, http, value, clock)
        if ours := [host for host, whose in (event_hosts or {}).items() if whose == name]:
            found += [it for host in ours for it in _leads_to_us(name, host, http)]
        elif isinstance(hosts[cooperation.econobis.url], Reached):
            found += _events_reach_us(name, cooperation, http)
    return found


def _urls(settings: Settings) -> set[str]:
    return {url for it in settings.config.cooperations.values() for url in (it.econobis.url, it.hoomdossier.url)}


# -- the host ----------------------------------------------------------------------------------------------------------


def reach(http: httpx.Client, url: str, clock: Clock) -> Reached | NotReached:
    """Asks the host of `url` for its first page, and reads nothing but the head of the answer."""
    start, moment = time.monotonic(), clock()
    try:
        with http.stream("GET", _first_page(url), timeout=SECONDS, follow_redirects=False) as response:
            took = time.monotonic() - start
            tls = response.extensions["network_stream"].get_extra_info("ssl_object")
            certificate = tls.getpeercert() if tls else None
            return Reached(took, _ahead(response.headers.get("Date"), moment, took), _ends(certificate))
    except httpx.HTTPError as failed:
        return NotReached(_why(failed))


def _first_page(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _ahead(date: str | None, moment: datetime, took: float) -> timedelta | None:
    """The header has whole seconds, and was written somewhere between question and answer."""
    try:
        theirs = parsedate_to_datetime(date or "") + timedelta(seconds=0.5)
    except ValueError:
        return None
    return theirs.astimezone(UTC) - moment - timedelta(seconds=took / 2)


def _ends(certificate: Mapping[str, object] | None) -> datetime | None:
    ends = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _why(failed: BaseException) -> str:
    cause: BaseException | None = failed
    while cause:
        if isinstance(cause, NotPublic):
            return "deze naam leidt naar een intern netwerk"
        if isinstance(cause, socket.gaierror):
            return "deze naam bestaat niet in de DNS"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"het certificaat klopt niet: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "er is geen TLS-verbinding te maken"
        if isinstance(cause, ConnectionRefusedError):
            return "er luistert niets op deze poort"
        cause = cause.__cause__ or cause.__context__
    return "er kwam geen antwoord" if isinstance(failed, httpx.TimeoutException) else "de verbinding werd verbroken"


def _reachable(settings: Settings, name: str, peer: str, host: Reached | NotReached, clock: Clock) -> Iterator[Finding]:
    shown, where = f"{name}: {peer.capitalize()}", settings.where("cooperations", name, peer, "url")
    if isinstance(host, NotReached):
        yield error(f"{shown} is niet te bereiken: {host.reason}", "er gaat niets heen en weer", where)
        return
    if host.seconds > SLOW:
        why = "aanmeldingen wachten, en een verzoek om een dossier kan mislukken"
        yield warning(
            f"{shown} deed {host.seconds:.0f} seconden over een lege vraag",
            why,
            f"vraag de beheerder van {peer.capitalize()}",
        )
    if host.certificate_ends and host.certificate_ends - clock() < _SOON:
        day = f"{host.certificate_ends:%d-%m-%Y}"
        why = "daarna weigert de koppeling elke verbinding"
        yield warning(f"{shown}: het certificaat loopt af op {day}", why, f"vraag de beheerder van {peer.capitalize()}")


def _clocks(google: Reached | NotReached, hosts: Mapping[str, Reached | NotReached]) -> Iterator[Finding]:
    """Ours may be wrong too, and says nothing about the functions. So peers are compared with Google when that is known."""
    if isinstance(google, NotReached) or google.ahead is None:
        yield unchecked("of de klokken gelijk lopen", "Google's tijd is niet te zien")
        return
    if abs(google.ahead) > APART:
        yield warning(
            f"de klok van deze computer loopt {_seconds(-google.ahead)} ten opzichte van Google",
            "aanmelden bij Google kan dan mislukken",
            "de instellingen van deze computer: datum en tijd automatisch",
        )
    for url, host in hosts.items():
        if isinstance(host, Reached) and host.ahead is not None and abs(host.ahead - google.ahead) > APART:
            yield error(
                f"de klok van {urlsplit(url).hostname} loopt {_seconds(host.ahead - google.ahead)}",
                "gewijzigde afspraken worden dan gemist of twee keer verwerkt",
                f"vraag de beheerder van {urlsplit(url).hostname}",
            )


def _seconds(difference: timedelta) -> str:
    seconds = difference.total_seconds()
    return f"{abs(seconds):.0f} seconden {'voor' if seconds > 0 else 'achter'}"


# -- Hoomdossier's token -----------------------------------------------------------------------------------------------


def _token(
    settings: Settings, name: str, cooperation: Cooperation, http: httpx.Client, value: Value, clock: Clock
) -> Iterator[Finding]:
    secret = cooperation.hoomdossier.token.name
    token = value(secret)
    if isinstance(token, NotSeen):
        yield unchecked(f"{name}: of Hoomdossier het token {secret} kent", token.reason)
        return
    client = HoomdossierClient(http, cooperation.hoomdossier.url, token.strip(), clock)
    where = f"Hoomdossier: API Tokens (super-admin); Google Cloud: Secret Manager → {secret} → Nieuwe versie"
    try:
        client.ping(SECONDS)
        if cooperation.hoomdossier.appointments_feed:
            client.appointments(clock(), None, 1, SECONDS)
    except KeyRevoked:
        yield error(f"{name}: Hoomdossier kent het token {secret} niet", "er komt geen enkel dossier", where)
    except NoAccess:
        why = "er komt geen enkel dossier"
        yield error(f"{name}: het token {secret} is van een andere coöperatie", why, where)
    except NoFeed:
        field = settings.where("cooperations", name, "hoomdossier", "appointments_feed")
        yield error(
            f"{name}: dit Hoomdossier heeft geen lijst van afspraken", "elke vraag ernaar mislukt", f"{field}: false"
        )
    except CooperationUnknown:
        field = settings.where("cooperations", name, "hoomdossier", "url")
        yield error(f"{name}: Hoomdossier kent deze coöperatie niet", "er komt geen enkel dossier", field)
    except (TooFast, Unavailable) as failed:
        yield unchecked(f"{name}: of Hoomdossier het token {secret} kent", failed.reason)
    except Refused:
        field = settings.where("cooperations", name, "hoomdossier", "url")
        why = "er komt geen enkel dossier"
        yield error(f"{name}: op dit adres staat de koppeling van Hoomdossier niet", why, field)
    except PeerError as failed:
        yield unchecked(f"{name}: of Hoomdossier het token {secret} kent", failed.reason)


# -- the way of an event -----------------------------------------------------------------------------------------------


def _leads_to_us(name: str, host: str, http: httpx.Client) -> Iterator[Finding]:
    """A name of our own: its DNS record, its certificate and the load balancer behind it, in one question."""
    try:
        answer = http.get(f"https://{host}{_EVENT}", timeout=SECONDS, follow_redirects=False, headers=_AS_HOOMDOSSIER)
        why_not = "" if is_ours(answer) else f"er antwoordt iemand anders, met status {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as failed:
        why_not = _why(failed)
    if why_not:
        yield error(
            f"{name}: {host} leidt niet naar de koppeling: {why_not}",
            "wat Hoomdossier naar deze naam stuurt, is kwijt; vul de wildcard daar pas in als dit goed is",
            f"de DNS van econobis.nl: een A-record voor {host} (docs/letters/econobis.md); het certificaat volgt binnen een uur",
        )


def _events_reach_us(name: str, cooperation: Cooperation, http: httpx.Client) -> Iterator[Finding]:
    """A GET of the address of events, with a key that nobody has, is refused: by Econobis, and not by us.

    The link delivers to this same path, with the key of its webform. So a proxy may send us the key of Hoomdossier
    only, which nobody here knows, and doctor cannot see whether it does.
    """
    url = f"{cooperation.econobis.url}{_EVENT}"
    try:
        answer = http.get(url, timeout=SECONDS, follow_redirects=False, headers=_AS_HOOMDOSSIER)
    except httpx.HTTPError as failed:
        yield unchecked(f"{name}: of gebeurtenissen bij Econobis aankomen", _why(failed))
        return
    host = urlsplit(url).hostname
    if is_ours(answer):
        yield error(
            f"{name}: {host} stuurt elke sleutel naar de koppeling, ook die van de koppeling zelf",
            "wat de koppeling bij Econobis bezorgt, komt dan bij haar terug en wordt geweigerd",
            f"de reverse proxy van {host}: alleen /api/, de sleutel van Hoomdossier, en /hoomdossier/",
        )
    else:
        yield by_hand(
            f"{name}: komt wat coaches in Hoomdossier invoeren bij de koppeling?",
            "anders gaat het rechtstreeks naar Econobis, en is het bij een storing kwijt",
            "de README, Three roads for what coaches enter",
        )
