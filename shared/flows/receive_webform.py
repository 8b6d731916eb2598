"""A sign-up is stored and queued; `submit_intake` takes it to Econobis."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.keys import of_contact, secret_key
from shared.domain.rate import Share
from shared.domain.submission import SignUp, Submission
from shared.domain.visitor import Visitor
from shared.work.services import Services

SAME_PERSON = timedelta(hours=1)  # within which another e-mail address corrects a typing error


def receive_webform(
    services: Services, cooperation: str, form_name: str, sign_up: SignUp, caller: Visitor | None
) -> str:
    """The submission's id. The same person in the same campaign has one: a repeat is nothing, a correction replaces.

    Who signs up again within the hour with another e-mail address gets an id of its own, but no second intake or visit.
    Raises StoreUnavailable and TooMany, and then nothing is stored. TooMany says nothing of who is here already.
    `caller` is None for what was counted when it was sent, and confirmed by e-mail since.
    """
    settings = services.cooperations[cooperation]
    form = settings.forms[form_name]
    secret = settings.econobis.webform_key
    home = _home(sign_up)
    email = sign_up.person.email.casefold()
    key = secret_key(secret, cooperation, form.campaign, *home, email)
    home_key = secret_key(secret, cooperation, form.campaign, *home)
    content = secret_key(secret, cooperation, "content", sign_up.model_dump(mode="json", exclude={"consent_at"}))
    share: Share = "all"
    if caller:
        share = services.form_limits(cooperation, form_name).check_sign_up(caller, email, content)
    known = services.submissions.read(key)
    is_new_wish = known is not None and _lost_its_dossier(services, known.record)
    now = services.clock()
    same_as = "" if known else _same_person(services, cooperation, home_key)

    def accept(stored: Submission | None) -> Submission | None:
        if stored is None:
            return Submission.model_validate(
                services.new(
                    "submissions",
                    cooperation=cooperation,
                    form=form_name,
                    campaign_id=form.campaign,
                    sign_up=sign_up,
                    posted_at=now,
                    email_key=secret_key(secret, cooperation, email),
                    home_key=home_key,
                    same_as=same_as,
                    digest=content,
                    share=share,
                )
            )
        if _is_same(stored, content, is_new_wish=is_new_wish):
            return stored if stored.posted_again(now) else None
        stored.share = share if stored.state == "done" else stored.share
        return _corrected(services, stored, sign_up, content, now)

    submission = services.submissions.update(key, accept, known.document if known else None)
    assert submission is not None
    services.enqueue_if_possible("submissions", key, submission)
    return key


def _home(sign_up: SignUp) -> tuple[str | int, ...]:
    """Who lives where."""
    person, address = sign_up.person, sign_up.address
    texts = (person.first_name, person.prefix, person.last_name, address.postal_code, address.addition)
    return (*(" ".join(text.split()).casefold() for text in texts), address.number)


def _same_person(services: Services, cooperation: str, home_key: str) -> str:
    """The sign-up of this person a short while ago, with another e-mail address; "" when there is none."""
    since = services.clock() - SAME_PERSON
    found = services.submissions.find(where={"cooperation": cooperation, "home_key": home_key})
    firsts = [(one.accepted_at, key) for key, one in found if not one.same_as and one.accepted_at >= since]
    return min(firsts)[1] if firsts else ""


def _is_same(stored: Submission, content: str, *, is_new_wish: bool) -> bool:
    return stored.digest == content and not (is_new_wish and stored.state == "done")


def _lost_its_dossier(services: Services, submission: Submission) -> bool:
    """Hoomdossier deleted it since: the same words are a new wish."""
    if submission.contact_id is None or submission.state != "done":
        return False
    resident = services.residents.get(of_contact(submission.cooperation, submission.contact_id))
    return resident is not None and resident.dossier_deleted


def _corrected(services: Services, stored: Submission, sign_up: SignUp, content: str, now: datetime) -> Submission:
    """A new version waits until the one that is under way, or that a person must look at, is settled."""
    stored.sign_up, stored.digest, stored.posted_at = sign_up, content, now
    stored.version += 1
    stored.expires_at = services.expiry("submissions")
    if stored.effect and stored.effect.state == "done":
        stored.effect = None  # That call was about the version before this one.
    if stored.state == "done":
        stored.state = "waiting"
        stored.schedule(now)
    return stored
