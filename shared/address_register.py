"""Asks the register of Dutch addresses (PDOK's Locatieserver, over the BAG) for street and town of a house number.

The register is a help, and never in the way: a call takes at most TIMEOUT, after a failure nobody is asked for PAUSE,
and one process asks at most `PER_MINUTE` times. PDOK is free and needs no key, but it may block who asks too much.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from shared.call_peer import Answer, call_peer, read_json
from shared.clock import Clock, utc_now
from shared.domain.address import house_number_addition, postal_code
from shared.domain.homes import Homes
from shared.domain.problem import Problem
from shared.domain.quota import Quota
from shared.errors import PeerError
from shared.logs import log

if TYPE_CHECKING:
    import httpx

PDOK = "https://api.pdok.nl/bzk/locatieserver/search/v3_1/free"
TIMEOUT = 1.0  # seconds, for the whole call except the look-up in the DNS
PAUSE = timedelta(seconds=30)
PER_MINUTE = Quota(120, 60.0)
MOST_HOMES = 100  # PDOK gives no more at once.
_FIELDS = "straatnaam,woonplaatsnaam,huisnummer,huisletter,huisnummertoevoeging"


class RegisterAway(PeerError):
    """The register does not answer, or not in time, or not as it should. Nothing is known about the address."""


@dataclass
class AddressRegister:
    """One per process. `url` is PDOK's, or that of a stand-in. `http` connects to addresses of the internet only."""

    http: httpx.Client
    url: str = PDOK
    clock: Clock = utc_now
    _quiet_until: datetime | None = None
    _used_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def homes(self, postcode: str, number: int) -> Homes | None:
        """The homes at this address; None when there are none. Raises RegisterAway.

        `postcode` is Dutch (`shared.domain.address.postal_code`). Raises Problem for another one, because it becomes a
        part of a query.
        """
        bare = postal_code(postcode, "NL").replace(" ", "")
        self._check_turn()
        try:
            request = self._request(bare, number)
            answer = call_peer(self.http, request, peer="PDOK", timeout=TIMEOUT, clock=self.clock)
            return _read(answer, number)
        except PeerError as error:
            self._begin_pause(error)
            raise RegisterAway(error.reason) from error

    def _request(self, postcode: str, number: int) -> httpx.Request:
        """PDOK refuses a parameter that it does not know."""
        query = f"postcode:{postcode} and huisnummer:{number:d}"
        asked = urlencode({"q": query, "fq": "type:adres", "fl": _FIELDS, "rows": MOST_HOMES}, quote_via=quote)
        return self.http.build_request("GET", f"{self.url}?{asked}", headers={"Accept": "application/json"})

    def _check_turn(self) -> None:
        now = self.clock()
        with self._lock:
            if self._quiet_until and now < self._quiet_until:
                raise RegisterAway("PDOK was net niet bereikbaar.")
            if PER_MINUTE.wait(self._used_until, now.timestamp()):
                raise RegisterAway("PDOK is deze minuut al vaak genoeg gevraagd.")
            self._used_until = PER_MINUTE.use(self._used_until, now.timestamp())

    def _begin_pause(self, error: PeerError) -> None:
        with self._lock:
            self._quiet_until = self.clock() + PAUSE
        log.warning("address register is away", peer="PDOK", error=type(error).__name__, status=error.code)


def _read(answer: Answer, number: int) -> Homes | None:
    """Raises RegisterAway for anything but an answer as PDOK documents it."""
    if answer.status != 200:
        raise RegisterAway("PDOK weigerde de vraag.", code=answer.status)
    match read_json(answer.body):
        case {"response": {"numFound": int(count), "docs": list(rows)}} if all(isinstance(row, dict) for row in rows):
            if rows or not count:
                # Its search may give what comes near, too.
                asked_for = [row for row in rows if row.get("huisnummer") == number]
                return _homes(asked_for, complete=count <= len(rows))
    raise RegisterAway("PDOK antwoordde onleesbaar.", code=answer.status)


def _homes(rows: list[dict[str, Any]], *, complete: bool) -> Homes | None:
    if not rows:
        return None
    named = {(_text(row, "straatnaam"), _text(row, "woonplaatsnaam")) for row in rows}
    if len(named) > 1:  # Two streets with one postcode: only the resident knows which.
        return Homes("", "")
    (street, city) = named.pop()
    additions = {addition for row in rows if (addition := _addition(row)) is not None}
    return Homes(street, city, tuple(sorted(additions, key=_order)) if complete else ())


def _addition(row: Mapping[str, Any]) -> str | None:
    """The addition in the form in which we keep one; None for one that both peers would refuse."""
    try:
        return house_number_addition(f"{_text(row, 'huisletter')}-{_text(row, 'huisnummertoevoeging')}")
    except Problem:
        return None


def _order(addition: str) -> tuple[bool, int, str]:
    """`""` first, then 2 before 10, then letters."""
    return (bool(addition), int(addition) if addition.isdecimal() else 1_000_000, addition)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip()[:191] if isinstance(value, str) else ""
