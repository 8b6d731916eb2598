"""Asks by e-mail to confirm a sign-up (setting `confirm_email`). `flows/confirm_email.py` handles the link in it.

That link holds a keyed hash of what was filled in, so each version of a sign-up has a link of its own. Who fills in
another person's e-mail address cannot change the content that this person is asked to confirm.
"""

from __future__ import annotations

from shared import retention
from shared.domain.confirmation import Confirmation
from shared.domain.keys import hashed, secret_key
from shared.domain.letter_count import CONFIRMATIONS
from shared.domain.submission import SignUp
from shared.domain.visitor import Visitor
from shared.errors import TooMany
from shared.letters.count_letters import count_letter, to_mailbox
from shared.logs import log
from shared.words import Words
from shared.work.requests import want_email
from shared.work.services import Services

ENOUGH = Words(
    "Naar dit e-mailadres gingen al {count} e-mails om een aanmelding te bevestigen. Gebruik de link in een van die "
    "e-mails.",
    count=CONFIRMATIONS.most,
)


def ask_to_confirm(services: Services, cooperation: str, form_name: str, sign_up: SignUp, visitor: Visitor) -> None:
    """Stores the sign-up until it is confirmed, and sends the letter. The same content again gets the same link.

    Whether this person signed up before makes no difference. Raises StoreUnavailable and TooMany, also when this
    mailbox got as many letters in a day as it may (CONFIRMATIONS); then nothing is stored.
    """
    settings = services.cooperations[cooperation]
    secret, email = settings.econobis.webform_key.value, sign_up.person.email
    content = sign_up.model_dump(mode="json", exclude={"consent_at"})
    token = secret_key(secret, cooperation, "confirm", form_name, content)
    now = services.clock()
    known = services.confirmations.get(token)
    # Within PAUSE the number stays the same, and so does the key of the letter: one letter is sent.
    number = known.next_letter(now) if known else 1
    mail_key = f"confirm_email-{secret_key(secret, token, number)}"
    services.form_limits(cooperation, form_name).check_sign_up(visitor, email, token)
    counted = count_letter(services, cooperation, to_mailbox("confirm", email), mail_key, CONFIRMATIONS)
    if not counted.may_go:
        wait = (counted.period_ends_at - now).total_seconds()
        raise TooMany(settings.forms[form_name].email_field, ENOUGH, wait)
    confirmation = Confirmation(
        cooperation=cooperation,
        form=form_name,
        sign_up=sign_up,
        email_key=secret_key(secret, cooperation, email.casefold()),
        letters=number,
        asked_at=known.asked_at if known and known.letters == number else now,
        expires_at=now + retention.CONFIRMATIONS,
    )
    services.confirmations.update(token, lambda _record: confirmation)
    want_email(services, mail_key, cooperation, "confirm_email", confirmation=token)
    log.info("to be confirmed", flow="ask_to_confirm", cooperation=cooperation, form=form_name, work=hashed(mail_key))
