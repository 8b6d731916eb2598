"""What the link knows of a resident: the ids at both peers, and what Econobis' webform needs to find the contact."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import Field

from shared.clock import Moment
from shared.domain.address import HouseNumber, is_belgian
from shared.domain.effect import ALWAYS, Repeats
from shared.domain.ids import ContactId
from shared.domain.stored_model import StoredModel
from shared.domain.work import Work
from shared.retention import personal_until

REGISTRATION_SECONDS = 20.0
"""The longest that Hoomdossier may take to make a dossier, in which it also calls the national address register."""
REPEATS = Repeats(ALWAYS.most, rest=timedelta(seconds=REGISTRATION_SECONDS))
"""A registration whose outcome is unknown may be repeated once the first call has certainly ended.

A repeat is safe then: Hoomdossier refuses it if the first call worked, and completes what that call left halfway
(docs/peers/hoomdossier.md 2.3). Two calls at once are not safe (known-limits A3).
"""


class Person(StoredModel):
    """A resident's names as Econobis has them, because its webform finds a contact by them; `""` when not known."""

    first_name: str = ""
    prefix: str = ""
    last_name: str = ""
    initials: str = ""
    email: str = ""
    phone: str = ""

    @property
    def surname(self) -> str:
        """Prefix and last name (`de Vries`), which Econobis sends to Hoomdossier as one field."""
        return f"{self.prefix} {self.last_name}".strip()

    @property
    def full_name(self) -> str:
        """First name, prefix and last name, as far as they are known."""
        return " ".join(part for part in (self.first_name, self.prefix, self.last_name) if part)


class Address(StoredModel):
    """The address of the home; 0 and `""` when not known."""

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
        """This address with its empty fields filled from `other`; unchanged when `other` is another home.

        It is another home when its postal code or number differs from one that is known here.
        """
        mine, theirs = (it.postal_code.replace(" ", "").upper() for it in (self, other))
        if (mine and mine != theirs) or (self.number and self.number != other.number):
            return self
        # When the number was given without an addition, the home has none.
        addition = self.addition or ("" if self.number else other.addition)
        given = {name: value for name, value in self if value}
        return Address.model_validate({**dict(other), **given, "addition": addition})


Milestone = Literal["signed_up", "intake", "dossier", "welcomed", "coach_linked", "coach_told", "appointment"]
"""A field of Milestones. `intake`: Econobis has the sign-up. `coach_told`: the coach got the letter. `appointment`: the
resident got a letter about an appointment.
"""


class Milestones(StoredModel):
    """When the resident first reached each step (UTC): see `Milestone`."""

    signed_up: Moment | None = None
    intake: Moment | None = None
    dossier: Moment | None = None
    welcomed: Moment | None = None
    coach_linked: Moment | None = None
    coach_told: Moment | None = None
    appointment: Moment | None = None


class Resident(Work):
    """Stored under the key `of_contact`. `effect` is the call that makes the dossier.

    It is parked when the dossier exists and only an event or a person can tell its account id.

    `account_id`, `user_id` and `building_id` are Hoomdossier's; the other ids are Econobis'. `person`, `address` and
    `email_key`, a keyed hash of the e-mail address, are kept until `personal_until` (UTC). `asked_at` (UTC) is when
    Econobis last asked for the dossier. `refused` is Hoomdossier's reason not to make it. `visit_coach` is the coach of
    the visit, whom Econobis or the form named last. `dossier_deleted`: Hoomdossier deleted it, but Econobis keeps its
    account id (known-limits D12).
    """

    contact_id: ContactId
    account_id: int | None = None
    user_id: int | None = None
    building_id: int | None = None
    intake_id: int | None = None
    opportunity_ids: list[int] = []
    visit_ids: list[int] = []
    campaign_id: int | None = None
    visit_coach: ContactId | None = None
    person: Person = Person()
    address: Address = Address()
    email_key: str = ""
    personal_until: Moment | None = None
    is_coach: bool = False
    milestones: Milestones = Field(default_factory=Milestones)
    asked_at: Moment | None = None
    refused: str = ""
    dossier_deleted: bool = False

    @property
    def contacts(self) -> Collection[ContactId]:
        """The resident."""
        return (self.contact_id,)

    @classmethod
    def first_seen(cls, cooperation: str, contact_id: ContactId, at: datetime) -> Self:
        """A new resident of whom only the contact id is known, at `at` (UTC). Nothing is due yet."""
        return cls(cooperation=cooperation, contact_id=contact_id, state="done", accepted_at=at)

    def keep_personal_data_from(self, at: datetime) -> None:
        """Keeps the personal data until PERSONAL after `at` (UTC), or longer when that was decided before."""
        self.personal_until = max(personal_until(at), self.personal_until or personal_until(at))

    def forget_person(self) -> None:
        """Drops the personal data. Keeps the ids and the milestones."""
        self.person, self.address, self.email_key, self.refused, self.personal_until = Person(), Address(), "", "", None

    def reach(self, milestone: Milestone, at: datetime) -> None:
        """Sets a milestone to `at` (UTC), unless it was reached before."""
        if getattr(self.milestones, milestone) is None:
            setattr(self.milestones, milestone, at)

    def set_account(self, account_id: int, at: datetime) -> None:
        """Stores the account id of the dossier, which became known at `at` (UTC).

        It comes from Hoomdossier's answer, from an event, or from a person who looked it up.
        """
        self.account_id, self.dossier_deleted, self.refused = account_id, False, ""
        self.reach("dossier", at)
        if self.effect:
            self.effect = self.effect.model_copy(update={"state": "done", "reason": ""})
        if self.parked:
            self.finish()

    def learn_person(self, person: Person, address: Address, email_key: str, *, econobis_asked: bool) -> None:
        """Takes over what was typed in a form.

        `econobis_asked`: Econobis asked for the dossier after that sign-up. Then its values stay, and the form fills
        only what is empty, because Econobis looks up street and town by postal code and number.

        A known e-mail address stays, as it does in Econobis. Whoever knows a resident's name and address could type
        another e-mail address, and would get the letters about the dossier.
        """
        email = self.person.email or person.email
        self.email_key = self.email_key or email_key
        if not econobis_asked:
            self.person = person.model_copy(update={"email": email})
            self.address = address.completed_by(self.address)
            return
        if self.person.surname == person.surname:  # Econobis sent one field, but finds a contact by both parts only.
            self.person.prefix, self.person.last_name = person.prefix, person.last_name
        self.person.initials = self.person.initials or person.initials
        self.person.phone = self.person.phone or person.phone
        self.address = self.address.completed_by(address)

    def drop_phone(self, *, letters: bool) -> None:
        """Drops the telephone number when no letter to a coach needs it. `letters`: the cooperation sends letters."""
        if self.milestones.coach_told or self.is_coach or not letters:
            self.person.phone = ""

    def release(self, at: datetime) -> None:  # noqa: ARG002  (nothing becomes due at that moment)
        """A person removed the old dossier or its contact id in Hoomdossier: the next request makes a new dossier.

        Unlike other work it is not due after this: only Econobis can ask again.
        """
        self.effect = None
        self.finish()

    @property
    def is_unsure(self) -> bool:
        """A dossier was asked of Hoomdossier, and whether it was made is not known (yet)."""
        asked = self.effect
        return self.account_id is None and asked is not None and (asked.is_unsure or asked.again > 0)

    def clear_dossier(self) -> None:
        """Drops the ids of a dossier that Hoomdossier deleted. The contact may get a new one, with other ids."""
        self.account_id = self.user_id = self.building_id = self.effect = None
        self.dossier_deleted = True
