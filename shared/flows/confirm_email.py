"""The page behind the link in a letter that asks to confirm a sign-up. Only its button sends the sign-up on.

So a mail filter or a preview that opens the link changes nothing.
"""

from __future__ import annotations

from typing import Literal

from shared.domain.confirmation import Confirmation
from shared.sign_ups.keep_sign_up import keep_sign_up
from shared.work.services import Services

State = Literal["open", "confirmed", "unknown"]
"""`open`: the sign-up waits for a confirmation. `unknown`: no such link, or it expired."""


def state_of(services: Services, cooperation: str, form_name: str, token: str) -> State:
    """The state of a sign-up; `token` is the last part of the link. Raises StoreUnavailable."""
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    return "open" if found.waits else "confirmed"


def confirm(services: Services, cooperation: str, form_name: str, token: str) -> State:
    """Sends the sign-up on, and returns the state before that. A second call changes nothing.

    Raises StoreUnavailable; after that the resident can press the button again.
    """
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    if found.sign_up is None:
        return "confirmed"
    keep_sign_up(services, cooperation, form_name, found.sign_up, None)
    services.confirmations.edit(token, Confirmation.confirmed)
    return "open"


def _find(services: Services, cooperation: str, form_name: str, token: str) -> Confirmation | None:
    found = services.confirmations.get(token)
    return found if found and (found.cooperation, found.form) == (cooperation, form_name) else None
