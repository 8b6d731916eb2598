"""A form signs a resident up: stores the sign-up and queues it, or first asks for a confirmation by e-mail."""

from __future__ import annotations

from shared.domain.submission import SignUp
from shared.domain.visitor import Visitor
from shared.sign_ups.ask_to_confirm import ask_to_confirm
from shared.sign_ups.keep_sign_up import keep_sign_up
from shared.work.services import Services


def receive_webform(
    services: Services, cooperation: str, form_name: str, sign_up: SignUp, visitor: Visitor
) -> str | None:
    """Returns the submission's id; None when a letter asks the resident to confirm the sign-up first.

    Raises StoreUnavailable and TooMany, and then nothing is stored.
    """
    if services.cooperations[cooperation].forms[form_name].confirm_email:
        ask_to_confirm(services, cooperation, form_name, sign_up, visitor)
        return None
    return keep_sign_up(services, cooperation, form_name, sign_up, visitor)
