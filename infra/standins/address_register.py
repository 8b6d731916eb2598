"""A stand-in of PDOK's Locatieserver: `GET /free` gives the addresses of a postcode and a house number.

It knows some invented streets, and of every other postcode nothing. As the real one it refuses parameters that it does
not know. POST `/_faults` makes the next answers slow or wrong (`Fault`); GET `/_received` lists the queries so far.
Source: https://api.pdok.nl/bzk/locatieserver/search/v3_1/openapi.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from pydantic import BaseModel, TypeAdapter, ValidationError
from werkzeug.wrappers import Request, Response

KNOWN = {"q", "fq", "fl", "rows", "start", "sort", "bq", "wt", "df"}
_QUERY = re.compile(r"postcode:([1-9][0-9]{3}[A-Z]{2}) and huisnummer:([0-9]{1,5})", re.ASCII)
_STREETS = {
    "1234AB": ("Zonnelaan", "Zonnig Dorp"),
    "1234AC": ("Windhof", "Zonnig Dorp"),
    "2011AB": ("Grote Markt", "Haarlem"),
}
_HOMES: dict[tuple[str, int], list[tuple[str, str]]] = {
    ("1234AB", 12): [("A", ""), ("B", ""), ("", "")],
    ("1234AC", 1): [("", "1"), ("", "2"), ("", "10"), ("A", "bis")],
    ("2011AB", 3): [],
}
"""(huisletter, huisnummertoevoeging) of each home; a number that is not here has one home, without either."""
HIGHEST = 99


class Fault(BaseModel, extra="forbid"):
    """Spoils the next `times` answers: `seconds` later, with `status`, or with `body` instead."""

    times: int = 1
    seconds: float = 0
    status: int | None = None
    body: str | None = None


_faults = TypeAdapter(list[Fault])


class AddressRegisterStandIn:
    """A WSGI app. `received` are the values of `q` that it got."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        match request.method, request.path.rstrip("/").rpartition("/")[2]:
            case "POST", "_faults":
                answer = self._add_faults(request)
            case "GET", "_received":
                answer = _json(self.received)
            case "GET", "free":
                answer = self._free(request)
            case _:
                answer = Response(status=404)
        return answer(environ, start_response)

    def _add_faults(self, request: Request) -> Response:
        """Replaces the faults. Answers 422 when the body is no list of `Fault`."""
        try:
            faults = _faults.validate_json(request.get_data())
        except ValidationError as error:
            return Response(error.json(include_url=False), 422, mimetype="application/json")
        with self._lock:
            self.faults = faults
        return _json([fault.model_dump() for fault in faults])

    def _free(self, request: Request) -> Response:
        with self._lock:
            self.received.append(request.args.get("q", ""))
            fault = next((it for it in self.faults if it.times > 0), None)
            if fault:
                fault.times -= 1
        if fault:
            time.sleep(fault.seconds)
            if fault.status or fault.body is not None:
                return Response(fault.body or "", fault.status or 200, mimetype="application/json")
        if unknown := request.args.keys() - KNOWN:
            return Response(f"Onbekende parameters: {sorted(unknown)}", 400)
        return _json(_search(request.args))


def create_address_register() -> WSGIApplication:
    """The stand-in for a local run."""
    return AddressRegisterStandIn()


def _search(asked: Any) -> dict[str, Any]:
    found = _QUERY.fullmatch(asked.get("q", ""))
    rows = _rows(found[1], int(found[2])) if found and asked.get("fq") == "type:adres" else []
    fields = asked.get("fl", "").split(",")
    shown = [{name: row[name] for name in fields if row.get(name)} for row in rows[: int(asked.get("rows", 10))]]
    return {"response": {"numFound": len(rows), "start": 0, "maxScore": 9.0, "numFoundExact": True, "docs": shown}}


def _rows(postcode: str, number: int) -> list[dict[str, Any]]:
    street = _STREETS.get(postcode)
    if street is None or not 1 <= number <= HIGHEST:
        return []
    return [
        {
            "straatnaam": street[0],
            "woonplaatsnaam": street[1],
            "huisnummer": number,
            "huisletter": letter,
            "huisnummertoevoeging": addition,
            "nummeraanduiding_id": f"0123200000{place:06d}",
        }
        for place, (letter, addition) in enumerate(_HOMES.get((postcode, number), [("", "")]))
    ]


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
