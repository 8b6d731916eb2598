"""Calls to Econobis: its web form, and its endpoint for Hoomdossier's events. Its answers: `answers.py`."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from pydantic_core import to_json

from shared.call_peer import Answer, call_peer, retry_after
from shared.clock import Clock, utc_now
from shared.domain.relay import EventKind
from shared.econobis.answers import PUSH_DONE, WEBFORM_DONE, WebformAnswer, read_webform_answer, success_lines
from shared.econobis.event_payloads import PATHS
from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable

# httpx logs every URL at level INFO, and Econobis' keys are part of the URL (known-limits F1).
logging.getLogger("httpx").addFilter(lambda record: record.levelno >= logging.WARNING)


class EconobisClient:
    """The Econobis of one cooperation. `base_url` is without `/api`; the two keys may be the same.

    Every method takes `timeout` in seconds for the whole call, and raises Refused, TooFast, Unavailable or
    OutcomeUnknown, or a subclass in `answers.py`. No error, nor its cause or context, contains a key or a URL. A reason
    may contain a resident's name.
    """

    def __init__(
        self, http: httpx.Client, base_url: str, webform_key: str, event_key: str, clock: Clock = utc_now
    ) -> None:
        self._http = http
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._webform_key = webform_key
        self._event_key = event_key
        self._secrets = sorted({webform_key, event_key, quote(webform_key), quote(event_key)}, key=len, reverse=True)

    def submit_webform(self, fields: Mapping[str, str], timeout: float) -> WebformAnswer:
        """Sends fields of `payloads.py` to the web form. Not safe to repeat after OutcomeUnknown (known-limits E1)."""
        url = f"{self._base_url}/api/webform/external/{quote(self._webform_key, safe='')}"
        answer = self._post(url, "application/x-www-form-urlencoded", _form(fields), timeout)
        return read_webform_answer(self._success(answer), self._redact)

    def push(self, kind: EventKind, payload: Mapping[str, Any], timeout: float) -> None:
        """Delivers an event with a payload of `event_payloads.py`."""
        url = f"{self._base_url}/api/{quote(self._event_key, safe='')}/hoomdossier/{PATHS[kind]}"
        answer = self._post(url, "application/json", _json(payload), timeout)
        self._success(answer, must_have=PUSH_DONE)

    def _success(self, answer: Answer, must_have: str = WEBFORM_DONE) -> list[str]:
        wait = retry_after(answer.headers, self._clock())
        return success_lines(answer.status, answer.body, retry_after=wait, redact=self._redact, must_have=must_have)

    def _post(self, url: str, content_type: str, body: bytes, timeout: float) -> Answer:
        content = io.BytesIO(body)  # Sent in pieces from the same bytes, because a report may be 30 MB.
        headers = {"Accept": "application/json", "Content-Type": content_type}
        request = self._http.build_request("POST", url, content=content, headers=headers)
        try:
            return call_peer(self._http, request, peer="Econobis", timeout=timeout, clock=self._clock)
        except PeerError as error:
            failure = error
        # A new error without a context: httpx's error holds the request, and so the key.
        if isinstance(failure, OutcomeUnknown) and content.tell() < len(body):
            raise Unavailable("Econobis verbrak de verbinding voordat alles was verstuurd.")
        raise type(failure)(failure.reason)

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _form(fields: Mapping[str, str]) -> bytes:
    try:
        return urlencode(fields).encode("ascii")
    except ValueError:
        raise Refused("De aanmelding bevat tekens die niet verstuurd kunnen worden.") from None


def _json(payload: Mapping[str, Any]) -> bytes:
    try:
        return to_json(payload)
    except ValueError:
        raise Refused("De gegevens bevatten tekens die niet verstuurd kunnen worden.") from None
