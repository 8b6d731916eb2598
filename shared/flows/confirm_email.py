"""The link in a letter that asks to confirm a sign-up: it shows a button, and only the button sends the sign-up on.

So a mail filter or a preview that opens the link changes nothing.
"""

from __future__ import annotations

from typing import Literal

from shared.domain.confirmation import Confirmation
from shared.sign_ups.keep_sign_up import keep_sign_up
from shared.work.services import Services

State = Literal["open", "confirmed", "unknown"]


def state_of(services: Services, cooperation: str, form_name: str, token: str) -> State:
    """`token` is the last part of the link. Raises StoreUnavailable."""
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    return "open" if found.waits else "confirmed"


def confirm(services: Services, cooperation: str, form_name: str, token: str) -> State:
    """The state before it was confirmed. A second time changes nothing. After StoreUnavailable, try again."""
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    if found.sign_up is None:
        return "confirmed"
    keep_sign_up(services, cooperation, form_name, found.sign_up, None)
    services.confirmations.update(token, _confirmed)
    return "open"


def _confirmed(stored: Confirmation | None) -> Confirmation | None:
    if stored:
        stored.confirmed()
    return stored


def _find(services: Services, cooperation: str, form_name: str, token: str) -> Confirmation | None:
    found = services.confirmations.get(token)
    return found if found and (found.cooperation, found.form) == (cooperation, form_name) else None
