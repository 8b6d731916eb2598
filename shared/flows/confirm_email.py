"""A sign-up goes nowhere before who has its e-mail address has pressed a button for it, where the form says so.

The link in the letter only shows that button: what looks at links (a mail filter, a preview) changes nothing. It holds
a keyed hash of what was filled in. So each version of a sign-up has its own, and who fills in the address of another
cannot have that person confirm something else than the letter was for.
"""

from __future__ import annotations

from typing import Literal

from shared.domain.confirmation import KEPT, Confirmation
from shared.domain.keys import secret_key
from shared.domain.letter_count import CONFIRMATIONS
from shared.domain.submission import SignUp
from shared.domain.visitor import Visitor
from shared.errors import TooMany
from shared.flows.receive_webform import receive_webform
from shared.flows.want_email import want_email
from shared.letters.count_letters import by_address, count_letter
from shared.work.services import Services

ENOUGH = (
    f"Naar dit e-mailadres gingen al {CONFIRMATIONS.most} e-mails om een aanmelding te bevestigen. Gebruik de link in "
    "een van die e-mails."
)
State = Literal["open", "confirmed", "unknown"]


def ask_to_confirm(services: Services, cooperation: str, form_name: str, sign_up: SignUp, caller: Visitor) -> None:
    """The same again is the same link, in a letter more. Whether somebody is known already makes no difference.

    Raises TooMany, also when this mailbox had as many letters in a day as it may get, and StoreUnavailable; then
    nothing is stored.
    """
    settings = services.cooperations[cooperation]
    secret, email = settings.econobis.webform_key, sign_up.person.email
    content = sign_up.model_dump(mode="json", exclude={"consent_at"})
    token = secret_key(secret, cooperation, "confirm", form_name, content)
    now = services.clock()
    known = services.confirmations.get(token)
    number = known.next_letter(now) if known else 1
    mail_key = f"confirm_email-{secret_key(secret, token, number)}"
    services.form_limits(cooperation, form_name).check_sign_up(caller, email, token)
    goes, counted = count_letter(services, cooperation, by_address("confirm", email), mail_key, CONFIRMATIONS)
    if not goes:
        wait = (counted.expires_at - now).total_seconds()
        raise TooMany(settings.forms[form_name].email_field, ENOUGH, wait)

    def ask(stored: Confirmation | None) -> Confirmation:
        return Confirmation(
            cooperation=cooperation,
            form=form_name,
            sign_up=sign_up,
            email_key=secret_key(secret, cooperation, email.casefold()),
            letters=number,
            asked_at=stored.asked_at if stored and stored.letters == number else now,
            expires_at=now + KEPT,
        )

    services.confirmations.update(token, ask)
    want_email(services, mail_key, cooperation, kind="confirm_email", confirmation=token)


def state_of(services: Services, cooperation: str, form_name: str, token: str) -> State:
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    return "open" if found.waits else "confirmed"


def confirm(services: Services, cooperation: str, form_name: str, token: str) -> State:
    """What it was before. A second time is fine. Raises StoreUnavailable, and then the button works once more."""
    found = _find(services, cooperation, form_name, token)
    if found is None:
        return "unknown"
    if found.sign_up is None:
        return "confirmed"
    receive_webform(services, cooperation, form_name, found.sign_up, None)

    def confirmed(stored: Confirmation | None) -> Confirmation | None:
        if stored:
            stored.confirmed()
        return stored

    services.confirmations.update(token, confirmed)
    return "open"


def _find(services: Services, cooperation: str, form_name: str, token: str) -> Confirmation | None:
    found = services.confirmations.get(token)
    return found if found and (found.cooperation, found.form) == (cooperation, form_name) else None
