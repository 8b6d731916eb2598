"""Asks by letter whether a sign-up is meant, where the form says so; `flows/confirm_email.py` takes the answer.

The link in the letter holds a keyed hash of what was filled in, so each version of a sign-up has a link of its own.
Somebody who fills in another person's address cannot make that person confirm other content than the letter was for.
"""

from __future__ import annotations

from shared.domain.confirmation import KEPT, Confirmation
from shared.domain.keys import secret_key
from shared.domain.letter_count import CONFIRMATIONS
from shared.domain.submission import SignUp
from shared.domain.visitor import Visitor
from shared.errors import TooMany
from shared.letters.count_letters import by_address, count_letter
from shared.work.requests import want_email
from shared.work.services import Services

ENOUGH = (
    f"Naar dit e-mailadres gingen al {CONFIRMATIONS.most} e-mails om een aanmelding te bevestigen. Gebruik de link in "
    "een van die e-mails."
)


def ask_to_confirm(services: Services, cooperation: str, form_name: str, sign_up: SignUp, visitor: Visitor) -> None:
    """Keeps the sign-up until it is confirmed, and has the letter sent. The same content again gets the same link.

    It makes no difference whether somebody signed up before. Raises StoreUnavailable and TooMany, also when this
    mailbox got as many letters in a day as it may; then nothing is stored.
    """
    settings = services.cooperations[cooperation]
    secret, email = settings.econobis.webform_key, sign_up.person.email
    content = sign_up.model_dump(mode="json", exclude={"consent_at"})
    token = secret_key(secret, cooperation, "confirm", form_name, content)
    now = services.clock()
    known = services.confirmations.get(token)
    number = known.next_letter(now) if known else 1
    mail_key = f"confirm_email-{secret_key(secret, token, number)}"
    services.form_limits(cooperation, form_name).check_sign_up(visitor, email, token)
    goes, counted = count_letter(services, cooperation, by_address("confirm", email), mail_key, CONFIRMATIONS)
    if not goes:
        wait = (counted.expires_at - now).total_seconds()
        raise TooMany(settings.forms[form_name].name_of("emailadres"), ENOUGH, wait)
    confirmation = Confirmation(
        cooperation=cooperation,
        form=form_name,
        sign_up=sign_up,
        email_key=secret_key(secret, cooperation, email.casefold()),
        letters=number,
        asked_at=known.asked_at if known and known.letters == number else now,
        expires_at=now + KEPT,
    )
    services.confirmations.update(token, lambda _stored: confirmation)
    want_email(services, mail_key, cooperation, kind="confirm_email", confirmation=token)
