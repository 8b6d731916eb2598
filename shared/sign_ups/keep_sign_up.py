"""Stores a sign-up, one per person and campaign, and queues it. `flows/submit_intake.py` then sends it to Econobis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from shared.domain.keys import hashed, of_contact, secret_key
from shared.domain.rate import Share
from shared.domain.resident import Resident
from shared.domain.submission import SignUp, Submission
from shared.domain.visitor import Visitor
from shared.logs import log
from shared.work.services import Services

SAME_PERSON = timedelta(hours=1)
"""Who signs up again within this time with another e-mail address corrects a typing error."""


def keep_sign_up(services: Services, cooperation: str, form_name: str, sign_up: SignUp, visitor: Visitor | None) -> str:
    """Stores the sign-up and queues it. Returns the submission's id.

    The same person in the same campaign has one submission: the same content again changes nothing, other content
    replaces it. The same person with another e-mail address, within SAME_PERSON, gets another submission, but no second
    intake or visit.

    `visitor` is None for a sign-up that was confirmed by e-mail, because it was counted when the form was sent. Raises
    StoreUnavailable and TooMany, and then nothing is stored. TooMany does not show whether somebody signed up before.
    """
    posted = _Posted.read(services, cooperation, form_name, sign_up)
    share: Share = "all"
    if visitor:
        limits = services.form_limits(cooperation, form_name)
        share = limits.check_sign_up(visitor, posted.email, posted.content)
    submissions = services.records(Submission)
    known = submissions.read(posted.key)
    send_again = known is not None and _lost_its_dossier(services, known.record)
    same_as = "" if known else _same_person(services, cooperation, posted.home_key)
    new = posted.submission(services, share, same_as)
    submission = submissions.update(posted.key, partial(_accepted, new, send_again=send_again), known)
    assert submission is not None
    services.enqueue_if_possible(posted.key, submission)
    log.info("accepted", flow="keep_sign_up", cooperation=cooperation, form=form_name, work=hashed(posted.key))
    return posted.key


@dataclass(frozen=True)
class _Posted:
    """A sign-up, and the keyed hashes by which it is found again. Nobody can tell from these who the person is.

    `key` is that of the document: campaign, person, home and e-mail address. `home_key` is the same without the e-mail
    address, `email_key` the e-mail address alone. `content` is everything that was filled in.
    """

    cooperation: str
    form_name: str
    campaign_id: int
    sign_up: SignUp
    email: str
    key: str
    email_key: str
    home_key: str
    content: str

    @classmethod
    def read(cls, services: Services, cooperation: str, form_name: str, sign_up: SignUp) -> _Posted:
        settings = services.cooperations[cooperation]
        secret_hash = partial(secret_key, settings.econobis.webform_key.value, cooperation)
        campaign, home, email = settings.forms[form_name].campaign, _home(sign_up), sign_up.person.email.casefold()
        return cls(
            cooperation=cooperation,
            form_name=form_name,
            campaign_id=campaign,
            sign_up=sign_up,
            email=email,
            key=secret_hash(campaign, *home, email),
            email_key=secret_hash(email),
            home_key=secret_hash(campaign, *home),
            content=secret_hash("content", sign_up.model_dump(mode="json", exclude={"consent_at"})),
        )

    def submission(self, services: Services, share: Share, same_as: str) -> Submission:
        submission = Submission(
            cooperation=self.cooperation,
            form=self.form_name,
            campaign_id=self.campaign_id,
            sign_up=self.sign_up,
            accepted_at=services.clock(),
            posted_at=services.clock(),
            email_key=self.email_key,
            home_key=self.home_key,
            same_as=same_as,
            digest=self.content,
            share=share,
        )
        return submission.begin(services.expiry(Submission))


def _accepted(new: Submission, record: Submission | None, *, send_again: bool) -> Submission | None:
    """`send_again`: the dossier was deleted since, so send the same content again."""
    if record is None:
        return new
    if record.digest == new.digest and not (send_again and record.state == "done"):
        return record if record.posted_again(new.accepted_at) else None
    record.correct(new)
    return record


def _home(sign_up: SignUp) -> tuple[str | int, ...]:
    """Name and address, without differences in spaces and capitals."""
    person, address = sign_up.person, sign_up.address
    texts = (person.first_name, person.prefix, person.last_name, address.postal_code, address.addition)
    return (*(" ".join(text.split()).casefold() for text in texts), address.number)


def _same_person(services: Services, cooperation: str, home_key: str) -> str:
    """The key of this person's first sign-up within SAME_PERSON, with another e-mail address; "" when there is none."""
    since = services.clock() - SAME_PERSON
    found = services.records(Submission).find(where={"cooperation": cooperation, "home_key": home_key})
    firsts = [(one.accepted_at, key) for key, one in found if not one.same_as and one.accepted_at >= since]
    return min(firsts)[1] if firsts else ""


def _lost_its_dossier(services: Services, submission: Submission) -> bool:
    """Whether Hoomdossier deleted the dossier since, so that the same content has to be sent again."""
    if submission.contact_id is None or submission.state != "done":
        return False
    resident = services.records(Resident).get(of_contact(submission.cooperation, submission.contact_id))
    return resident is not None and resident.dossier_deleted
