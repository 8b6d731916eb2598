"""A sign-up on its way to Econobis: one per person and campaign, however often the form is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from shared.clock import Moment, to_text
from shared.domain.ids import ContactId
from shared.domain.rate import Share
from shared.domain.resident import Address, Person, search_fields
from shared.domain.stored_model import StoredModel
from shared.domain.tally import name_of, tally, waits_now
from shared.domain.work import Parked, State, Work

LONGEST_CALL = timedelta(seconds=75)
"""Within this call Econobis also asks us for the dossier, which takes up to 25 seconds."""
RestOfFirstCall = Literal["made", "missing", "uncertain"]
"""Whether the opportunity and the visit of a first call exist. `made` also when the form asks for neither."""
LOOKS = (2, 4, 24, 96, 384)
"""When to look whether a call with an unknown outcome arrived: delays in units of the longest call, half a day in all.
"""
SHOWN_AFTER = timedelta(seconds=20)
"""A form gets "waiting" as its state for so long after each time it is sent, even when the sign-up is done.

Anybody can send somebody else's name and address. A sign-up that is done at once would show that this person signed up
before.
"""


class SignUp(StoredModel):
    """What a resident filled in, with values that both peers accept. `others`: further webform fields, checked."""

    person: Person
    address: Address
    consent_at: Moment
    others: dict[str, str] = {}


@dataclass(frozen=True)
class Brought:
    """What Econobis has of a sign-up after a call. The ids are of rows that the call made or found.

    `intake_found`: the intake existed before the call. `visit_found`: whether the visit existed before it; None when
    the call did not look for a visit. `has_dossier`: Econobis has the account id of a dossier.
    """

    contact_id: ContactId | None
    intake_id: int | None = None
    intake_found: bool = False
    opportunity_ids: Sequence[int] = ()
    visit_ids: Sequence[int] = ()
    visit_found: bool | None = None
    has_dossier: bool = False


class Submission(Work):
    """One sign-up and its calls to Econobis. `sign_up` is dropped as soon as Econobis has it.

    Versions: `version` counts what was filled in, so a correction adds one. `sending_version` was sent last (at
    `sent_at`, UTC), `submitted_version` arrived last, `first_sent_version` was in the first call.

    Calls: only the first one asks for an opportunity and a visit, because Econobis would make them once more at each
    call (known-limits E2). `first_call_done`: it arrived. `sent_all`: the last call was such a first one. `unsure`: a
    call may have arrived, so the next one is a look, which asks for neither; `looks` counts the looks since.
    `intake_alone`: a look may have made the intake, so an intake does not prove that the visit exists too.

    `dossier_known`: Econobis has the account id of a dossier. `posted_at` (UTC) is when the form was last sent.
    `email_key` and `digest` are keyed hashes of the e-mail address and of all that was filled in. `home_key` is one of
    the name and the address. `same_as` is the key of an earlier sign-up by the same person, which this one follows
    because it differs in the e-mail address only. `share`: how much of the peers' room its calls may use.
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
    contact_id: ContactId | None = None
    intake_id: int | None = None
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []

    def derived(self) -> dict[str, Any]:
        """As in StoredModel. A sign-up that Econobis has not got yet stands among the residents of its campaign."""
        of_work = super().derived()
        if self.contact_id is not None or self.state == "done" or self.same_as:
            nowhere = dict.fromkeys(("waits_for", "since", "rank"))
            return {**of_work, **nowhere, **search_fields(None, None)}
        person, address = (self.sign_up.person, self.sign_up.address) if self.sign_up else (None, None)
        counts = {name_of("at", self.form, None, "signed_up", "intake"): 1}
        return {
            **of_work,
            "waits_for": "intake",
            "since": to_text(self.accepted_at),
            "rank": to_text(self.accepted_at),
            **search_fields(person, address),
            "tally": [
                tally(self.cooperation, self.campaign_id, self.accepted_at, counts),
                *waits_now(self.cooperation, "intake", self.accepted_at),
                *(of_work["tally"] or ()),
            ],
        }

    def finish(self) -> None:
        """As in Work. Drops what was filled in."""
        super().finish()
        self.sign_up = None

    def release(self, at: datetime) -> None:
        """As in Work. The looks start again."""
        super().release(at)
        self.looks = 0

    def schedule_look(self, now: datetime, longest_call: timedelta) -> bool:
        """Schedules a look, because the outcome of the call is unknown. False after the last look: a person must look.

        The first look comes when the call can no longer run. `longest_call` is the unit of the delays in LOOKS.
        """
        self.intake_alone = self.intake_alone or not self.sent_all
        self.unsure, self.effect = True, None
        if self.looks == len(LOOKS):
            return False
        since = self.sent_at if self.sent_at and not self.looks else now
        self.schedule(max(now, since + longest_call * LOOKS[self.looks]))
        self.looks += 1
        return True

    def clear_doubt(self) -> None:
        """Notes that the outcome of the last call is known."""
        self.unsure, self.looks = False, 0

    def record_answer(self, brought: Brought, *, makes_visit: bool) -> None:
        """Stores what Econobis answered. The submission stays due, for its follow-up or the call with a newer version.

        `makes_visit`: the form asks for an opportunity and a visit.
        """
        self.contact_id = brought.contact_id or self.contact_id
        self.intake_id = brought.intake_id or self.intake_id
        self.opportunity_ids = list(brought.opportunity_ids) or self.opportunity_ids
        self.visit_ids = list(brought.visit_ids) or self.visit_ids
        if self.unsure and not self.first_call_done:
            rest = self._rest_of_first_call(brought, makes_visit=makes_visit)
            self.clear_doubt()
            if rest != "made":
                self._make_the_rest(rest)
                return
        self.clear_doubt()
        self.dossier_known = brought.has_dossier
        self.submitted_version, self.first_call_done = self.sending_version, True
        if self.version > self.submitted_version:
            self.effect = None
            self.schedule(self.sent_at or self.accepted_at)

    def _rest_of_first_call(self, brought: Brought, *, makes_visit: bool) -> RestOfFirstCall:
        if self.sent_all or not makes_visit:
            return "made"
        if not brought.intake_found:
            return "missing"
        if not self.intake_alone or brought.visit_found:
            return "made"
        return "uncertain" if brought.visit_found is None else "missing"

    def _make_the_rest(self, rest: RestOfFirstCall) -> None:
        """Schedules a first call once more, because the one whose answer was lost did not arrive.

        When uncertain, parks: making a visit twice is worse than making it late.
        """
        at = self.sent_at or self.accepted_at
        self.intake_alone, self.effect = True, None
        if rest == "missing":
            self.schedule(at)
        else:
            self.park(Parked(code="visit_missing", at=at))

    @property
    def needs_evidence(self) -> bool:
        """The outcome of the first call is unknown. A request for the dossier during that call proves that it arrived.

        During a correction or a look such a request proves nothing, because the contact existed already.
        """
        return self.unsure and self.sent_all and not self.first_call_done

    def was_under_way(self, moment: datetime) -> bool:
        """Whether `moment` (UTC) lies within the last call."""
        return self.sent_at is not None and self.sent_at <= moment <= self.sent_at + LONGEST_CALL

    def prove_arrived(self, contact_id: ContactId, *, makes_visit: bool) -> None:
        """Notes that the first call arrived, as `work/evidence.py` proved. The ids of intake and visit stay unknown."""
        assert self.sent_at is not None
        self.release(self.sent_at)
        self.record_answer(Brought(contact_id), makes_visit=makes_visit)

    def posted_again(self, now: datetime) -> bool:
        """Notes that the same content was sent again. False when that was a moment ago too, and nothing was noted."""
        if self.posted_at and now < self.posted_at + SHOWN_AFTER / 4:
            return False
        self.posted_at = now
        return True

    def correct(self, new: Self) -> None:
        """Takes over the content of `new`. It is sent after a call in flight, or when a dead letter is replayed."""
        self.sign_up, self.digest, self.posted_at = new.sign_up, new.digest, new.accepted_at
        self.version += 1
        self.expires_at, self.traceparent = new.expires_at, new.traceparent  # From now on that of this request.
        if self.effect and self.effect.state == "done":
            self.effect = None  # That call sent the version before this one.
        if self.state == "done":
            self.share = new.share
            self.state = "waiting"
            self.schedule(new.accepted_at)

    def shown_state(self, now: datetime) -> State:
        """The state to tell the sender of the form at `now` (UTC): see SHOWN_AFTER."""
        return "waiting" if now < (self.posted_at or self.accepted_at) + SHOWN_AFTER else self.state

    @property
    def is_first_call(self) -> bool:
        """Whether the next call asks for the opportunity and the visit."""
        return not (self.first_call_done or self.unsure or self.same_as)

    def mark_sending(self, at: datetime) -> None:
        """Notes that the newest version is being sent at `at` (UTC)."""
        self.sending_version, self.sent_at, self.sent_all = self.version, at, self.is_first_call
        self.first_sent_version = self.first_sent_version or self.version

    def record_refusal(self) -> None:
        """Notes that Econobis refused the call, and so stored nothing of it."""
        if not (self.unsure or self.first_call_done):
            self.first_sent_version = 0

    @property
    def is_correction(self) -> bool:
        """Whether the version being sent follows one that Econobis has, or may have."""
        return self.sending_version > self.first_sent_version

    def close(self, at: datetime) -> None:
        """As in Work. When the contact is known, the follow-up is still done, for the sign-up is in Econobis.

        Else it is finished. When this person signs up once more, a look comes first.
        """
        if self.contact_id is None:
            self.effect = None
            self.finish()
            return
        self.release(at)
        self.submitted_version, self.first_call_done = self.version, True
        self.clear_doubt()
