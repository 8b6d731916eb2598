"""Calls to Econobis: its web form, and its endpoint for what Hoomdossier tells. What its answers mean: `answers.py`."""

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
from shared.econobis.answers import PUSH_DONE, WebformAnswer, read_webform_answer, success_lines
from shared.econobis.event_payloads import PATHS
from shared.errors import OutcomeUnknown, PeerError, Refused, Unavailable

# Econobis' keys stand in the URL (known-limits F1), and httpx writes every URL to its log.
logging.getLogger("httpx").addFilter(lambda record: record.levelno >= logging.WARNING)


class EconobisClient:
    """One cooperation's Econobis. `base_url` has no `/api`; the two keys may be the same.

    Every method raises Refused, TooFast, Unavailable or OutcomeUnknown, or one of their kinds in `answers.py`. No key
    and no URL stands in any of these, nor in what hangs on them; a reason may hold a resident's name.
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
        """Not safe to repeat once the outcome is unknown (known-limits E1). `timeout` in seconds, for all of it."""
        url = f"{self._base_url}/api/webform/external/{quote(self._webform_key, safe='')}"
        answer = self._post(url, "application/x-www-form-urlencoded", _form(fields), timeout)
        return read_webform_answer(self._success(answer), self._redact)

    def push(self, kind: EventKind, payload: Mapping[str, Any], timeout: float) -> list[str]:
        """Econobis' log lines. `timeout` in seconds, for all of it."""
        url = f"{self._base_url}/api/{quote(self._event_key, safe='')}/hoomdossier/{PATHS[kind]}"
        answer = self._post(url, "application/json", _json(payload), timeout)
        return [self._redact(line) for line in self._success(answer, must_have=PUSH_DONE)]

    def _success(self, answer: Answer, **wanted: str) -> list[str]:
        wait = retry_after(answer.headers, self._clock())
        return success_lines(answer.status, answer.body, retry_after=wait, redact=self._redact, **wanted)

    def _post(self, url: str, content_type: str, body: bytes, timeout: float) -> Answer:
        content = io.BytesIO(body)  # Shares the bytes, and is sent in pieces: a report may be 30 MB.
        headers = {"Accept": "application/json", "Content-Type": content_type}
        request = self._http.build_request("POST", url, content=content, headers=headers)
        try:
            return call_peer(self._http, request, peer="Econobis", timeout=timeout, clock=self._clock)
        except PeerError as error:
            failure = error
        # Raised anew, out of reach of httpx's own error: that one holds the request, and so the key.
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
