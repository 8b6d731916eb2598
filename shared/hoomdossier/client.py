"""Calls to Hoomdossier's API v1, and to the feed of appointments that we propose. Its answers: `answers.py`.

The API cannot read, change or undo anything (`docs/peers/hoomdossier.md` 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
from pydantic_core import to_json

from shared.call_peer import Answer, call_peer, retry_after
from shared.clock import Clock, to_text, utc_now
from shared.domain.application import Registered
from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable
from shared.hoomdossier.answers import AlreadyLinked, NoSuchPage, registered, success
from shared.hoomdossier.feed import AppointmentPage, read_page


class NoFeed(Refused):
    """This Hoomdossier has no feed of appointments; its other calls may work."""


class HoomdossierClient:
    """The Hoomdossier of one cooperation. `url` ends in `/api/v1`; `token` belongs to this cooperation.

    Every method takes `timeout` in seconds for the whole call, and raises Refused, TooFast, Unavailable or
    OutcomeUnknown, or a subclass in `answers.py`. No error, nor its cause or context, contains the token.
    """

    def __init__(self, http: httpx.Client, url: str, token: str, clock: Clock = utc_now) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._token = token
        self._clock = clock

    def register(self, body: Mapping[str, Any], timeout: float) -> Registered:
        """Makes account, user and building. `body` is that of `payloads.registration_body`.

        After OutcomeUnknown repeat it only when the first call has certainly ended (known-limits A2, A3).
        """
        answer = self._call("POST", "register", timeout, body)
        return registered(self._success(answer, repeatable=False), answer.status)

    def link_coach(self, coach_contact_id: int, resident_contact_id: int, timeout: float) -> None:
        """Gives the coach access to the resident's home. Both are Econobis' contact ids.

        Safe to repeat: a coach who is linked already is a success (known-limits B2).
        """
        pair = {"coach_contact_id": coach_contact_id, "resident_contact_id": resident_contact_id}
        try:
            self._repeatable("POST", "building-coach-status", timeout, {"building_coach_statuses": pair})
        except AlreadyLinked:
            return

    def appointments(self, since: datetime | None, cursor: str | None, limit: int, timeout: float) -> AppointmentPage:
        """A page of at most `limit` appointments that changed at or after `since` (UTC; None for all).

        `cursor` is the `next_cursor` of the page before, None for the first page. Raises NoFeed.
        """
        query = {"updated_since": to_text(since) if since else None, "cursor": cursor, "limit": str(limit)}
        params = {name: value for name, value in query.items() if value is not None}
        try:
            body = self._repeatable("GET", "appointments", timeout, params=params)
        except NoSuchPage as error:
            raise NoFeed("Dit Hoomdossier heeft geen lijst van afspraken.", code=error.code) from None
        return read_page(body)

    def ping(self, timeout: float) -> None:
        """Checks the address, the token and the cooperation. Changes nothing."""
        self._repeatable("GET", "", timeout)

    def _repeatable(
        self,
        method: str,
        path: str,
        timeout: float,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        try:
            answer = self._call(method, path, timeout, body, params)
        except OutcomeUnknown as error:
            raise Unavailable("Hoomdossier gaf geen antwoord.", code=error.code) from None
        return self._success(answer, repeatable=True)

    def _success(self, answer: Answer, *, repeatable: bool) -> Any:
        return success(answer, wait=retry_after(answer.headers, self._clock()), repeatable=repeatable)

    def _call(
        self,
        method: str,
        path: str,
        timeout: float,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        # Without the first header a wrong token is answered with a redirect.
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = _json(body)
        url = f"{self._url}/{path}"
        request = self._http.build_request(method, url, content=content, headers=headers, params=params)
        try:
            answer = call_peer(self._http, request, peer="Hoomdossier", timeout=timeout, clock=self._clock)
        except PeerError as error:
            failure = error
        else:
            said = answer.body and answer.body.replace(self._token.encode(), b"***")
            return Answer(answer.status, answer.headers, said)
        # A new error without a context: httpx's error holds the request, and so the token.
        raise type(failure)(failure.reason)


def _json(body: Mapping[str, Any]) -> bytes:
    try:
        return to_json(body)
    except ValueError:
        raise Refused("De gegevens bevatten tekens die niet verstuurd kunnen worden.") from None
