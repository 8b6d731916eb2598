"""A sign-up on its way to Econobis: one per person and campaign, however often the form is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.rate import Share
from shared.domain.resident import Address, Person
from shared.domain.work import Parked, State, Work

LONGEST_CALL = timedelta(seconds=75)
"""Econobis makes the dossier within the call that carries a sign-up, and that takes up to 25 seconds of it."""
# When a call whose outcome is unknown is looked into, in times the longest that a call may take: minutes after it, and
# then ever later, over half a day.
LOOKS = (2, 4, 24, 96, 384)
# Anybody can send somebody else's name and address, and must not learn whether they were here before. So what became of
# a sign-up shows only when a new one could have come as far.
SHOWN_AFTER = timedelta(seconds=20)


class SignUp(BaseModel):
    """What a resident filled in, in a form that both peers accept. `others` are further webform fields, checked."""

    person: Person
    address: Address
    consent_at: Moment
    others: dict[str, str] = {}


@dataclass(frozen=True)
class Brought:
    """What Econobis has of a sign-up after a call. The ids are of rows that the call made or found.

    `intake_found`: the intake was there before the call. `visit_found`: whether the visit was; None when the call did
    not look for one. `has_dossier`: Econobis has the account id of a dossier.
    """

    contact_id: int | None
    intake_id: int | None = None
    intake_found: bool = False
    opportunity_ids: Sequence[int] = ()
    visit_ids: Sequence[int] = ()
    visit_found: bool | None = None
    has_dossier: bool = False


class Submission(Work):
    """`version` counts versions of the sign-up (a correction is one more), `submitted_version` is the last sent.

    Opportunity and visit go along in the first call only: Econobis would make them again (known-limits E2). `sent_all`:
    the last call held them. `unsure`: a call may have arrived, so the next one is a look, which holds neither; `looks`
    counts those that were due since. `intake_alone`: a look may have made the intake, so that it is there proves
    nothing of the rest. `first_sent_version` went with the first call: of a later one Econobis takes less.
    `dossier_known`: Econobis has the account id. `posted_at` is when the form was last sent. `home_key` is the person
    without the e-mail address, and `same_as` the sign-up that this one only gives another address to. `share`: how much
    of the peers' room it may use. What the resident filled in is not kept once Econobis has it.
    """

    form: str
    campaign_id: int
    sign_up: SignUp | None
    email_key: str
    home_key: str = ""
    same_as: str = ""
    digest: str
    posted_at: Moment | None = None
    share: Share = "all"
    version: int = 1
    submitted_version: int = 0
    first_call_done: bool = False
    unsure: bool = False
    looks: int = 0
    intake_alone: bool = False
    sent_all: bool = False
    first_sent_version: int = 0
    dossier_known: bool = False
    sending_version: int = 0
    sent_at: Moment | None = None
    contact_id: int | None = None
    intake_id: int | None = None
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []

    def finish(self) -> None:
        super().finish()
        self.sign_up = None

    def release(self, at: datetime) -> None:
        super().release(at)
        self.looks = 0

    def doubt(self, now: datetime, longest_call: timedelta) -> bool:
        """Nobody knows what came of the call. False: it was looked into often enough, and a person has to.

        The first look comes when the call can no longer run; each later one is left more time. The longest that a
        call may take is their measure.
        """
        self.intake_alone = self.intake_alone or not self.sent_all
        self.unsure, self.effect = True, None
        if self.looks == len(LOOKS):
            return False
        since = self.sent_at if self.sent_at and not self.looks else now
        self.schedule(max(now, since + longest_call * LOOKS[self.looks]))
        self.looks += 1
        return True

    def is_sure(self) -> None:
        """It is known what came of the last call."""
        self.unsure, self.looks = False, 0

    def was_sent(self, brought: Brought, *, makes_visit: bool) -> None:
        """A call worked. It stays due: for its follow-up, or for a newer version in a call of its own.

        `makes_visit`: the form makes an opportunity and a visit.
        """
        self.contact_id = brought.contact_id or self.contact_id
        self.intake_id = brought.intake_id or self.intake_id
        self.opportunity_ids = list(brought.opportunity_ids) or self.opportunity_ids
        self.visit_ids = list(brought.visit_ids) or self.visit_ids
        if self.unsure and not self.first_call_done:
            is_whole = self._is_whole(brought, makes_visit=makes_visit)
            self.is_sure()
            if not is_whole:
                self._make_the_rest(sure=is_whole is False)
                return
        self.is_sure()
        self.dossier_known = brought.has_dossier
        self.submitted_version, self.first_call_done = self.sending_version, True
        if self.version > self.submitted_version:
            self.effect = None
            self.schedule(self.sent_at or self.accepted_at)

    def _is_whole(self, brought: Brought, *, makes_visit: bool) -> bool | None:
        """Whether a look found opportunity and visit as well; None: it cannot tell."""
        if self.sent_all or not makes_visit:
            return True
        if not brought.intake_found:
            return False
        return brought.visit_found if self.intake_alone else True

    def _make_the_rest(self, *, sure: bool) -> None:
        """The call without an answer had not arrived, so opportunity and visit are still to be made.

        When that is not `sure` a person has to look: a second visit would be worse than a late one.
        """
        at = self.sent_at or self.accepted_at
        self.intake_alone, self.effect = True, None
        if sure:
            self.schedule(at)
        else:
            self.park(Parked(code="visit_missing", at=at))

    @property
    def needs_evidence(self) -> bool:
        """The first call may have arrived, and it held all. So a request for the dossier during it proves that it did.

        Of a correction or a look such a request proves nothing: the contact was there already.
        """
        return self.unsure and self.sent_all and not self.first_call_done

    def was_under_way(self, moment: datetime) -> bool:
        """Whether `moment` (UTC) lies within the last call."""
        return self.sent_at is not None and self.sent_at <= moment <= self.sent_at + LONGEST_CALL

    def arrived(self, contact_id: int, *, makes_visit: bool) -> None:
        """Evidence says that the first call arrived. The ids of intake and visit stay unknown."""
        assert self.sent_at is not None
        self.release(self.sent_at)
        self.was_sent(Brought(contact_id), makes_visit=makes_visit)

    def posted_again(self, now: datetime) -> bool:
        """The same form once more, which changes nothing else. False: just now too."""
        if self.posted_at and now < self.posted_at + SHOWN_AFTER / 4:
            return False
        self.posted_at = now
        return True

    def correct(self, new: Self, expires_at: datetime) -> None:
        """Takes the content of `new`. It is sent after the call that is in flight, or that a person has to look at."""
        self.sign_up, self.digest, self.posted_at = new.sign_up, new.digest, new.accepted_at
        self.version += 1
        self.expires_at = expires_at
        if self.effect and self.effect.state == "done":
            self.effect = None  # That call carried the version before this one.
        if self.state == "done":
            self.share = new.share
            self.state = "waiting"
            self.schedule(new.accepted_at)

    def shown_state(self, now: datetime) -> State:
        """For who sent the form."""
        return "waiting" if now < (self.posted_at or self.accepted_at) + SHOWN_AFTER else self.state

    @property
    def is_first_call(self) -> bool:
        """The one in which opportunity and visit are made."""
        return not (self.first_call_done or self.unsure or self.same_as)

    def sends(self, at: datetime) -> None:
        """Its newest version is on its way."""
        self.sending_version, self.sent_at, self.sent_all = self.version, at, self.is_first_call
        self.first_sent_version = self.first_sent_version or self.version

    def was_refused(self) -> None:
        """Nothing of the call is in Econobis."""
        if not (self.unsure or self.first_call_done):
            self.first_sent_version = 0

    @property
    def is_correction(self) -> bool:
        """Econobis has an earlier version, or may have."""
        return self.sending_version > self.first_sent_version

    def close(self, at: datetime) -> None:
        """What follows from its being in Econobis is still to be done, if we know with whom.

        Else who signs up once more does so anew; what may be there already is looked for first.
        """
        if self.contact_id is None:
            self.effect = None
            self.finish()
            return
        self.release(at)
        self.submitted_version, self.first_call_done = self.version, True
        self.is_sure()
