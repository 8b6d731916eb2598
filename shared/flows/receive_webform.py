"""A sign-up is stored and queued; `submit_intake` takes it to Econobis."""

from __future__ import annotations

from shared.domain.keys import digest, secret_key
from shared.domain.submission import SignUp, Submission
from shared.services import Services


def receive_webform(services: Services, cooperation: str, form_name: str, sign_up: SignUp) -> str:
    """The submission's id. The same person in the same campaign has one: a repeat is nothing, a correction replaces.

    Raises StoreUnavailable, and then nothing is stored.
    """
    settings = services.cooperations[cooperation]
    form = settings.forms[form_name]
    secret = settings.econobis.webform_key
    key = secret_key(secret, cooperation, form.campaign, *_identity(sign_up))
    content = digest(sign_up.model_dump(mode="json", exclude={"consent_at"}))

    def accept(stored: Submission | None) -> Submission | None:
        if stored is None:
            return Submission.model_validate(
                services.new(
                    "submissions",
                    cooperation=cooperation,
                    form=form_name,
                    campaign_id=form.campaign,
                    sign_up=sign_up,
                    email_key=secret_key(secret, cooperation, sign_up.person.email.casefold()),
                    digest=content,
                )
            )
        if stored.digest == content:
            return None
        return _corrected(services, stored, sign_up, content)

    submission = services.submissions.update(key, accept)
    assert submission is not None
    services.enqueue_if_possible("submissions", key, submission)
    return key


def _identity(sign_up: SignUp) -> tuple[str | int, ...]:
    person, address = sign_up.person, sign_up.address
    names = (person.first_name, person.prefix, person.last_name, person.email)
    place = (address.postal_code, address.addition)
    return (*(" ".join(name.split()).casefold() for name in (*names, *place)), address.number)


def _corrected(services: Services, stored: Submission, sign_up: SignUp, content: str) -> Submission:
    """A new version waits until the one that is under way, or that a person must look at, is settled."""
    stored.sign_up, stored.digest = sign_up, content
    stored.accepted += 1
    stored.expires_at = services.expiry("submissions")
    if stored.effect and stored.effect.state == "done":
        stored.effect = None  # That call was about the version before this one.
    if stored.state == "done":
        stored.state = "waiting"
        stored.schedule(services.clock())
    return stored
