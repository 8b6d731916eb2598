"""A sign-up on its way to Econobis: one per person and campaign, however often the form is sent."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from shared.clock import Moment
from shared.domain.resident import Address, Person
from shared.domain.work import Work


class SignUp(BaseModel):
    """What a resident filled in, in a form that both peers accept. `others` are further webform fields, checked."""

    person: Person
    address: Address
    consent_at: Moment
    others: dict[str, str] = {}


class Submission(Work):
    """`accepted` counts versions of the sign-up (a correction makes a new one), `submitted` is the last one sent.

    Opportunity and visit go along in the first call only: Econobis would make them again (known-limits E2).
    `dossier_known`: Econobis has the account id. `unsure`: a call may have arrived, and the next one finds out before
    anything is made; `look_lost`: the answer to such a call was lost too. What the resident filled in is not kept once
    Econobis has it.
    """

    form: str
    campaign_id: int
    sign_up: SignUp | None
    email_key: str
    digest: str
    accepted: int = 1
    submitted: int = 0
    first_call_done: bool = False
    unsure: bool = False
    look_lost: bool = False
    dossier_known: bool = False
    sending: int = 0
    sent_at: Moment | None = None
    contact_id: int | None = None
    intake_id: int | None = None
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []

    def finish(self) -> None:
        super().finish()
        self.sign_up = None

    def release(self, at: datetime) -> None:
        self._keep_doubt()
        super().release(at)

    def _keep_doubt(self) -> None:
        self.unsure = self.unsure or bool(self.parked and self.parked.unknown)

    def close(self, at: datetime) -> None:
        """What follows from its being in Econobis is still to be done, if we know with whom.

        Else who signs up once more does so anew; what may be there already is looked for first.
        """
        if self.contact_id is None:
            self._keep_doubt()
            self.effect = None
            self.finish()
            return
        self.release(at)
        self.submitted, self.first_call_done, self.unsure = self.accepted, True, False
