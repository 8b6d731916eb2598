"""A resident as the link knows one: the ids in both systems, and what is needed to find the contact again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from shared.clock import Moment
from shared.domain.address import HouseNumber, is_belgian
from shared.domain.effect import Effect
from shared.domain.retention import personal_until
from shared.domain.work import Work


class Person(BaseModel):
    """The names as Econobis has them: its webform finds a contact by name, e-mail and address."""

    first_name: str = ""
    prefix: str = ""
    last_name: str = ""
    initials: str = ""
    email: str = ""
    phone: str = ""

    @property
    def surname(self) -> str:
        """Prefix and last name, as Econobis joins them for Hoomdossier."""
        return f"{self.prefix} {self.last_name}".strip()

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.prefix, self.last_name) if part)


class Address(BaseModel):
    postal_code: str = ""
    number: int = 0
    addition: str = ""
    street: str = ""
    city: str = ""

    def in_one_line(self) -> str:
        """As people write it: `Veldstraat 12 bus 3, 9000 Gent`; `""` when nothing is known."""
        house = HouseNumber(self.number, self.addition).for_people(belgian=is_belgian(self.postal_code))
        number = house if self.number else ""
        door = f"{self.street} {number}".strip() if self.street else number and f"huisnummer {number}"
        town = f"{self.postal_code} {self.city}".strip()
        return ", ".join(part for part in (door, town) if part)

    def completed_by(self, other: Address) -> Address:
        """What is empty here is as `other` has it, when both are one postcode and number as far as they are known."""
        mine, theirs = (it.postal_code.replace(" ", "").upper() for it in (self, other))
        if (mine and mine != theirs) or (self.number and self.number != other.number):
            return self
        # Of a number that was given, none is an answer.
        addition = self.addition or ("" if self.number else other.addition)
        given = {name: value for name, value in self if value}
        return Address.model_validate({**dict(other), **given, "addition": addition})


class Milestones(BaseModel):
    """When a resident got where on the journey (UTC)."""

    signed_up: Moment | None = None
    intake: Moment | None = None
    dossier: Moment | None = None
    welcomed: Moment | None = None
    coach_linked: Moment | None = None
    coach_told: Moment | None = None
    appointment: Moment | None = None


class Resident(Work):
    """Keyed by cooperation and Econobis' contact id. `registration` is the effect of making the dossier.

    Parked: the dossier is there, and only an event or a person can say which account it is.

    `email_key` is a keyed hash: it joins a sign-up to its contact without the address standing in a key. It, `person`
    and `address` are kept up to `personal_until` (UTC).
    `asked_at` is when Econobis last asked for the dossier, `refused` why Hoomdossier would not make it.
    `visit_coach` is the coach who has the visit, as Econobis or the form last said. `dossier_deleted`: Hoomdossier has
    none any more, but Econobis keeps its account id (known-limits D12).
    """

    contact_id: int
    account_id: int | None = None
    user_id: int | None = None
    building_id: int | None = None
    intake_id: int | None = None
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []
    campaign_id: int | None = None
    visit_coach: int | None = None
    person: Person = Person()
    address: Address = Address()
    email_key: str = ""
    personal_until: Moment | None = None
    is_coach: bool = False
    milestones: Milestones = Field(default_factory=Milestones)
    registration: Effect | None = None
    asked_at: Moment | None = None
    refused: str = ""
    dossier_deleted: bool = False

    @property
    def contacts(self) -> Collection[int]:
        return (self.contact_id,)

    @classmethod
    def first_seen(cls, cooperation: str, contact_id: int, at: datetime) -> Self:
        return cls(cooperation=cooperation, contact_id=contact_id, state="done", accepted_at=at)

    def is_needed(self, at: datetime) -> None:
        """Something is done for this resident, or going to be, at this moment (UTC)."""
        self.personal_until = max(personal_until(at), self.personal_until or personal_until(at))

    def forget_person(self) -> None:
        """Only ids, and when what was done, are kept."""
        self.person, self.address, self.email_key, self.refused, self.personal_until = Person(), Address(), "", "", None

    def finish(self) -> None:
        super().finish()
        self.registration = self.registration.without_words() if self.registration else None

    def reach(self, milestone: str, at: datetime) -> None:
        if getattr(self.milestones, milestone) is None:
            setattr(self.milestones, milestone, at)

    def has_account(self, account_id: int, at: datetime) -> None:
        """Hoomdossier said so: the answer to a registration, or an event that could only exist if it had worked."""
        self.account_id, self.dossier_deleted, self.refused = account_id, False, ""
        self.reach("dossier", at)
        if self.registration:
            answer = self.registration.answer or {"account_id": account_id, "user_id": self.user_id}
            self.registration = self.registration.model_copy(update={"state": "done", "answer": answer, "reason": ""})
        if self.parked:
            self.finish()

    @property
    def is_unsure(self) -> bool:
        """A dossier was asked of Hoomdossier, and nobody knows (yet) what came of it."""
        asked = self.registration
        return self.account_id is None and asked is not None and (asked.is_unsure or asked.again > 0)

    def has_no_dossier(self) -> None:
        """It was deleted. The contact may get a new one, with other ids."""
        self.account_id = self.user_id = self.building_id = self.registration = None
        self.dossier_deleted = True
