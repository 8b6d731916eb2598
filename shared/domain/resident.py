"""A resident as the link knows one: the ids in both systems, and what is needed to find the contact again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel, Field

from shared.clock import Moment
from shared.domain.address import HouseNumber, is_belgian
from shared.domain.effect import ALWAYS, Effect, Repeats
from shared.domain.retention import personal_until
from shared.domain.work import Work

REGISTRATION_SECONDS = 20.0
"""The longest that Hoomdossier may take to make a dossier: it asks the national address register too."""
REPEATS = Repeats(ALWAYS.most, rest=timedelta(seconds=REGISTRATION_SECONDS))
"""A registration whose outcome is unknown may be made again once the first call has surely ended.

Then Hoomdossier refuses a contact id that it has, and completes what failed halfway (docs/peers/hoomdossier.md 2.3).
Two calls at once are not safe (known-limits A3).
"""


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
    """When a resident reached each step of the journey (UTC)."""

    signed_up: Moment | None = None
    intake: Moment | None = None
    dossier: Moment | None = None
    welcomed: Moment | None = None
    coach_linked: Moment | None = None
    coach_told: Moment | None = None
    appointment: Moment | None = None


class Resident(Work):
    """Keyed by cooperation and Econobis' contact id. `registration` is the effect of making the dossier.

    It is parked when the dossier exists and only an event or a person can tell its account id.

    `email_key` is a keyed hash of the e-mail address, by which a sign-up finds its contact. It, `person` and `address`
    are kept until `personal_until` (UTC). `asked_at` (UTC) is when Econobis last asked for the dossier, `refused` why
    Hoomdossier did not make it. `visit_coach` is the contact id of the coach who has the visit, as Econobis or the form
    last said. `dossier_deleted`: Hoomdossier deleted it, but Econobis keeps its account id (known-limits D12).
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
        """A resident of whom nothing is known but the contact id, since `at` (UTC)."""
        return cls(cooperation=cooperation, contact_id=contact_id, state="done", accepted_at=at)

    def is_needed(self, at: datetime) -> None:
        """Keeps the personal data, because something is done for this resident at `at` (UTC)."""
        self.personal_until = max(personal_until(at), self.personal_until or personal_until(at))

    def forget_person(self) -> None:
        """Drops the personal data; keeps the ids and the dates of the journey."""
        self.person, self.address, self.email_key, self.refused, self.personal_until = Person(), Address(), "", "", None

    def finish(self) -> None:
        super().finish()
        self.registration = self.registration.without_words() if self.registration else None

    def reach(self, milestone: str, at: datetime) -> None:
        """Writes down that a step of the journey was reached at `at` (UTC); the first time counts."""
        if getattr(self.milestones, milestone) is None:
            setattr(self.milestones, milestone, at)

    def has_account(self, account_id: int, at: datetime) -> None:
        """Hoomdossier has a dossier: it answered so, or sent an event about it at `at` (UTC)."""
        self.account_id, self.dossier_deleted, self.refused = account_id, False, ""
        self.reach("dossier", at)
        if self.registration:
            self.registration = self.registration.model_copy(update={"state": "done", "reason": ""})
        if self.parked:
            self.finish()

    def learn_person(self, person: Person, address: Address, email_key: str, *, econobis_told: bool) -> None:
        """What was typed in a form. `econobis_told`: Econobis asked for the dossier since, with what it has.

        Then Econobis' words count, for it knows street and town by postcode and number. A known e-mail address stays:
        whoever knows a name and an address could type another one, and the letters tell of the dossier. Econobis keeps
        the first one too.
        """
        email = self.person.email or person.email
        self.email_key = self.email_key or email_key
        if not econobis_told:
            self.person = person.model_copy(update={"email": email})
            self.address = address.completed_by(self.address)
            return
        if self.person.surname == person.surname:  # Econobis sends it as one, but finds a contact by the parts only.
            self.person.prefix, self.person.last_name = person.prefix, person.last_name
        self.person.initials = self.person.initials or person.initials
        self.person.phone = self.person.phone or person.phone
        self.address = self.address.completed_by(address)

    def drop_phone(self, *, letters: bool) -> None:
        """Drops the telephone number as soon as no letter to a coach needs it. `letters`: the cooperation sends any."""
        if self.milestones.coach_told or self.is_coach or not letters:
            self.person.phone = ""

    def release(self, at: datetime) -> None:  # noqa: ARG002  (nothing is due: Econobis has to ask for a new dossier)
        """A person took the old dossier, or its contact id, out of Hoomdossier. The next request makes a new one."""
        self.registration = None
        self.finish()

    @property
    def is_unsure(self) -> bool:
        """A dossier was asked of Hoomdossier, and the outcome is unknown, or not known yet."""
        asked = self.registration
        return self.account_id is None and asked is not None and (asked.is_unsure or asked.again > 0)

    def has_no_dossier(self) -> None:
        """Hoomdossier deleted it. The contact may get a new one, with other ids."""
        self.account_id = self.user_id = self.building_id = self.registration = None
        self.dossier_deleted = True
