"""The check of a signed request, for callers that can sign (Standard Webhooks, https://www.standardwebhooks.com).

A signature covers the id, the time and the body, and is good for five minutes. It does not cover the address, so an id
belongs to the address where it was seen first: who copies a request cannot send it as another kind of event. At the
same address the same id is accepted again, because a caller repeats a request under its id when our answer was a 503
or got lost. Such a repeat has one effect, as any request that comes twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Request

from functions._body import read_unproven
from shared import wiring
from shared.clock import to_text
from shared.domain.keys import secret_key
from shared.errors import StoreError
from shared.logs import log
from shared.secret import Secret
from shared.store.port import update

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_KEPT = timedelta(minutes=15)  # A time may lie five minutes ahead, and the signature is good until five minutes after.


def is_signed(request: Request) -> bool:
    """Whether the caller signed this request, well or not."""
    return _HEADERS[2] in request.headers


def has_good_signature(request: Request, secrets: Sequence[Secret], address: str) -> bool:
    """Whether one of `secrets` made one of the signatures, in time. Reads the body, which stays readable.

    `address` is where the caller sends to, without a key. Raises BadInput and NoRoomInMemory, as `read_body`.
    """
    body = read_unproven(request)
    headers = {name: request.headers.get(name, "") for name in _HEADERS}
    if not any(_fits(secret.value, body, headers) for secret in secrets):
        return False
    # Always by the same secret: of a request with two signatures somebody else may send one on.
    return _belongs(secret_key(secrets[0].value, headers[_HEADERS[0]]), address)


def _fits(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    from standardwebhooks import Webhook, WebhookVerificationError  # noqa: PLC0415  (few callers sign)

    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # The package lets text that is no base64 or UTF-8 through to here.
        return False
    return True


def _belongs(id_: str, address: str) -> bool:
    """Whether this id was not used at another address before. Without the store the signature alone decides."""
    services = wiring.services()
    seen = {"address": address, "expires_at": to_text(services.clock() + _KEPT)}
    try:
        document = update(services.store, "locks", f"signed-{id_}", lambda before: before or seen)
    except StoreError as error:
        log.warning("signature not remembered", error=type(error).__name__)
        return True
    return document is not None and document.data["address"] == address
