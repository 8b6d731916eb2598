"""What the link knows of a resident: the ids at both peers, and what Econobis' webform needs to find the contact."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from shared.clock import Moment, to_text
from shared.domain.address import HouseNumber, home_key, is_belgian
from shared.domain.effect import ALWAYS, Repeats
from shared.domain.ids import ContactId
from shared.domain.journey import STEPS, Place, Step, next_wait
from shared.domain.prefixes import split_prefix
from shared.domain.proper_name import fit_to_show
from shared.domain.stored_model import StoredModel
from shared.domain.tally import after_it, days_between, name_of, tally, waits_now, week_of
from shared.domain.work import Work
from shared.retention import personal_until

if TYPE_CHECKING:
    from shared.domain.home_facts import HomeFacts

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

    def fit_to_show(self) -> str:
        """As `in_one_line`, without what could lead a reader to another place, such as a web address."""
        shown = {part: fit_to_show(text) for part, text in self if isinstance(text, str)}
        return self.model_copy(update=shown).in_one_line()

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


Milestone = Literal[
    "signed_up", "intake", "dossier", "welcomed", "coach_linked", "coach_told", "appointment", "appointment_made",
    "visited", "plan", "cancelled", "removed",
]  # fmt: skip
"""A field of Milestones. `intake`: Econobis has the sign-up. `coach_told`: the coach got the letter. `appointment`: the
resident got a letter about an appointment. `appointment_made`: the coach set it in Hoomdossier. `visited`: the moment
of the visit that took place. `plan`: the first plan with measures. `cancelled`: the visit was cancelled, and no other
one made since. `removed`: the dossier was removed.
"""


class Milestones(StoredModel):
    """When it happened, not when the link heard of it (UTC): see `Milestone`. Each is the first time.

    But `cancelled` and `removed` go when the journey goes on, and `visited` is that of the newest visit.
    """

    signed_up: Moment | None = None
    intake: Moment | None = None
    dossier: Moment | None = None
    welcomed: Moment | None = None
    coach_linked: Moment | None = None
    coach_told: Moment | None = None
    appointment: Moment | None = None
    appointment_made: Moment | None = None
    visited: Moment | None = None
    plan: Moment | None = None
    cancelled: Moment | None = None
    removed: Moment | None = None


class Measure(StoredModel):
    """A measure in the resident's plan (*woonplan*): planned, not done. `m2` when known.

    `by_resident`: the residents mean to do it themselves; None when not asked.
    """

    name: str
    m2: float | None = None
    by_resident: bool | None = None


class Journey(StoredModel):
    """A resident's journey in one campaign. The fields are those of Resident with the same names."""

    accepted_at: Moment
    campaign_id: int | None = None
    form: str = ""
    wants_dossier: bool = True
    wants_visit: bool = True
    coach: ContactId | None = None
    visit_at: Moment | None = None
    gone_visit_at: Moment | None = None
    milestones: Milestones = Field(default_factory=Milestones)
    measures: list[Measure] = []


class Resident(Work):
    """Stored under the key `of_contact`. `effect` is the call that makes the dossier.

    It is parked when the dossier exists and only an event or a person can tell its account id.

    `account_id`, `user_id` and `building_id` are Hoomdossier's; the other ids are Econobis'. `person`, `address` and
    `email_key`, a keyed hash of the e-mail address, are kept until `personal_until` (UTC). `asked_at` (UTC) is when
    Econobis last asked for the dossier. `refused` is Hoomdossier's reason not to make it, while that stands, and
    `refused_at` (UTC) the last time that it was refused. `visit_coach` is the coach of
    the visit, whom Econobis or the form named last. `dossier_deleted`: Hoomdossier deleted it, but Econobis keeps its
    account id (known-limits D12).

    `form` is the web form of the newest sign-up; `""` when staff made the resident in Econobis. `wants_dossier` and
    `wants_visit` are what that form asks for. `visit_at` (UTC) is the appointment in Hoomdossier. `measures` are those
    of the plan. `named_coach` is the coach whom Hoomdossier names. `earlier` are the journeys in earlier campaigns.
    `resumed_at` (UTC): the resident signed up once more then, after the visit was cancelled. `changed_at` (UTC): one of
    SHOWN changed last then; `Records` sets it. `gone_visit_at` (UTC) is the appointment that was removed or cancelled,
    `visit_changed_at` (UTC) when that or `visit_at` changed last, and `visit_version` counts the changes.
    `visit_building_id` is the home of that appointment, also after its dossier was removed.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "contact_id", "accepted_at", "campaign_id", "visit_coach", "named_coach", "person", "address", "is_coach",
        "milestones", "form", "wants_dossier", "wants_visit", "visit_at", "gone_visit_at", "measures", "earlier",
    )  # fmt: skip

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
    refused_at: Moment | None = None
    dossier_deleted: bool = False
    form: str = ""
    wants_dossier: bool = True
    wants_visit: bool = True
    visit_at: Moment | None = None
    measures: list[Measure] = []
    named_coach: ContactId | None = None
    earlier: list[Journey] = []
    gone_visit_at: Moment | None = None
    visit_changed_at: Moment | None = None
    visit_version: int = 0
    visit_building_id: int | None = None
    resumed_at: Moment | None = None
    changed_at: Moment | None = None

    @property
    def coach(self) -> ContactId | None:
        """The coach of the visit, as far as the link knows."""
        return self.visit_coach or self.named_coach

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

    def place(self) -> Place:
        """Where the resident stands in the journey."""
        return place_in(self.journey)

    def derived(self) -> dict[str, Any]:
        """As in StoredModel: where the resident stands, what staff search by, and what counts for the campaign.

        A coach who has a dossier to work in is no resident of a campaign.
        """
        of_work = super().derived()
        if self.is_coach:
            nowhere = dict.fromkeys(("waits_for", "since", "rank", "coach", "calendar_at"))
            return {**of_work, **nowhere, **search_fields(None, None)}
        place = self.place()
        where = {"waits_for": place.waits_for, "since": to_text(place.since), "rank": place.rank, "coach": self.coach}
        visit_at = self.visit.visit_at or self.visit.gone_visit_at
        where["calendar_at"] = to_text(visit_at) if visit_at else None
        tallies = [
            *(
                tally_of(self.cooperation, journey, is_over=is_over)
                for journey, is_over in ((self.journey, False), *((it, True) for it in self.earlier))
            ),
            *waits_now(self.cooperation, place.waits_for, place.since),
            *(of_work["tally"] or ()),
        ]
        return {**of_work, **where, **search_fields(self.person, self.address), "tally": tallies}

    @property
    def journey(self) -> Journey:
        """The present journey."""
        return Journey.model_construct(**{name: getattr(self, name) for name in Journey.model_fields})

    @property
    def visit(self) -> Journey:
        """The journey of the newest visit, also of one that is gone; the present one when there was none.

        Who signs up for another campaign keeps the appointment, which is then of the journey before.
        """
        journeys = (self.journey, *reversed(self.earlier))
        return next((it for it in journeys if it.visit_at or it.gone_visit_at), self.journey)

    def begin_journey(  # noqa: PLR0913 (what a form says)
        self, campaign_id: int, form: str, at: datetime, *, coach: ContactId | None, dossier: bool, visit: bool
    ) -> None:
        """A sign-up of `at` (UTC) for a campaign. One for another campaign than before begins a new journey.

        The other arguments are those of the form: its fixed coach, and what it asks for. A journey that had stopped
        goes on.
        """
        milestones = self.milestones
        is_other = self.campaign_id not in (None, campaign_id)
        if is_other:
            self.earlier.append(self.journey.model_copy(deep=True))
        if is_other or (milestones.removed and at > milestones.removed):
            self.milestones, self.visit_at, self.gone_visit_at = self._kept(coach), None, None
            self.measures = []
        elif milestones.cancelled and at > milestones.cancelled:
            milestones.cancelled, self.resumed_at = None, at
        self.campaign_id, self.form = campaign_id, form
        self.wants_dossier, self.wants_visit = dossier, visit

    def _kept(self, coach: ContactId | None) -> Milestones:
        """What is still true in a new journey: the dossier, and the link of the form's own coach to it."""
        if not self.account_id:
            return Milestones()
        linked = self.milestones.coach_linked if coach and coach == self.visit_coach else None
        return Milestones(dossier=self.milestones.dossier, coach_linked=linked)

    def learn_home(self, facts: HomeFacts) -> None:
        """Takes over what the events about the home say, but for what happened before this journey began.

        A visit belongs to the journey in which its appointment was made, also when its day came before the sign-up.
        """
        began, milestones = self.milestones.signed_up, self.milestones

        def in_this_journey(at: datetime | None) -> datetime | None:
            return at if at and (began is None or at >= began) else None

        if facts.coach and in_this_journey(facts.coach_at):
            self.named_coach = facts.coach
            self.reach("coach_linked", facts.coach_at or facts.made_at or self.accepted_at)
        self.visit_at = facts.visit_at if in_this_journey(facts.made_at) else None
        self.gone_visit_at = facts.gone_visit_at if in_this_journey(facts.visit_changed_at) else None
        self.visit_changed_at, self.visit_version = facts.visit_changed_at, facts.visit_version
        self.visit_building_id = facts.building_id
        if self.visit_at and facts.made_at:
            self.reach("appointment_made", facts.made_at)
        is_of_it = self.visit_at is not None and facts.visited_at == self.visit_at
        milestones.visited = (facts.visited_at if is_of_it else in_this_journey(facts.visited_at)) or milestones.visited
        is_resumed = self.resumed_at and facts.cancelled_at and facts.cancelled_at <= self.resumed_at
        milestones.cancelled = None if is_resumed else in_this_journey(facts.cancelled_at)
        milestones.removed = facts.removed_at
        if plan_at := in_this_journey(facts.plan_at):
            self.reach("plan", plan_at)
            self.measures = list(facts.measures)

    def reach(self, milestone: Milestone, at: datetime) -> None:
        """Sets a milestone to `at` (UTC), unless it was reached before."""
        if getattr(self.milestones, milestone) is None:
            setattr(self.milestones, milestone, at)

    def set_account(self, account_id: int, at: datetime) -> None:
        """Stores the account id of the dossier, which became known at `at` (UTC).

        It comes from Hoomdossier's answer, from an event, or from a person who looked it up.
        """
        self.account_id, self.dossier_deleted, self.refused = account_id, False, ""
        self.milestones.removed = None
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

    @property
    def was_known_when_asked(self) -> bool:
        """Whether Econobis asked last when the link knew the dossier already, so that Hoomdossier was not asked."""
        known_at = self.milestones.dossier
        if self.account_id is None or self.asked_at is None or known_at is None or known_at > self.asked_at:
            return False
        return self.effect is None or self.effect.lease_until < self.asked_at

    def refuse(self, reason: str, at: datetime) -> None:
        """The dossier was not made, for this reason, at `at` (UTC)."""
        self.refused, self.refused_at = reason, at

    def clear_dossier(self) -> None:
        """Drops the ids of a dossier that Hoomdossier deleted. The contact may get a new one, with other ids."""
        self.account_id = self.user_id = self.building_id = self.effect = None
        self.dossier_deleted = True


# -- what follows from the fields -------------------------------------------------------------------------------------


def steps_of(journey: Journey) -> dict[Step, datetime]:
    """The steps that were reached, in their order, and when (UTC).

    The plan counts as a step after the visit: a plan that the resident made alone is no end of the journey.
    """
    milestones = journey.milestones
    reached: dict[Step, datetime | None] = {
        "signed_up": milestones.signed_up,
        "intake": milestones.intake,
        "dossier": milestones.dossier,
        "coach": milestones.coach_linked,
        "appointment": milestones.appointment_made,
        "visited": milestones.visited,
        "plan": milestones.visited and milestones.plan,
    }
    return {step: at for step, at in reached.items() if at}


def place_in(journey: Journey) -> Place:
    """Where a resident stands. Who is here at all is in Econobis, so the first step is at least the intake."""
    milestones, reached = journey.milestones, steps_of(journey)
    if journey.visit_at is None and not milestones.cancelled:
        reached.pop("appointment", None)  # The date was removed, and the visit is not cancelled.
    furthest: Step = max([*reached, "intake"], key=STEPS.index)
    if milestones.removed:
        return Place(furthest, "removed", milestones.removed)
    if milestones.cancelled:
        return Place(furthest, "cancelled", milestones.cancelled)
    waits_for = next_wait(furthest, wants_dossier=journey.wants_dossier, wants_visit=journey.wants_visit)
    since = journey.visit_at if furthest == "appointment" else max(reached.values(), default=None)
    return Place(furthest, waits_for, since or journey.accepted_at)


def tally_of(cooperation: str, journey: Journey, *, is_over: bool) -> dict[str, Any]:
    """What a journey counts for (`domain/tally.py`). `is_over`: the resident is in another campaign now."""
    place = place_in(journey)
    stands = after_it(place.waits_for) if is_over else place.waits_for

    def name(what: str, *rest: str) -> str:
        return name_of(what, journey.form, journey.coach, *rest)

    counts: Counter[str] = Counter([name("at", place.step, stands)])
    if journey.milestones.visited:
        counts[name("visits", week_of(journey.milestones.visited))] += 1
    for between, days in days_between(steps_of(journey)):
        counts[name("days", between, str(days))] += 1
    for measure in journey.measures:
        counts[name("measure", "count", measure.name)] = 1  # One home, also when it stands in the plan twice.
        counts[name("measure", "m2", measure.name)] += round(100 * (measure.m2 or 0))
        counts[name("measure", "self", measure.name)] |= int(bool(measure.by_resident))
    signed_up = journey.milestones.signed_up or journey.accepted_at
    return tally(cooperation, journey.campaign_id, signed_up, +counts)


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"))


def search_fields(person: Person | None, address: Address | None) -> dict[str, str | None]:
    """What staff search a resident by: parts of the name in lower case without accents, `1234AB 12` for the home.

    None for what is not known. A prefix that stands in the last name, as in Belgium, comes after it all the same.
    """
    prefix, name = split_prefix(folded(person.surname)) if person else ("", "")
    last_name = " ".join(part for part in (name, prefix, folded(person.first_name)) if part) if person else ""
    first_name = folded(f"{person.first_name} {person.prefix} {person.last_name}") if person else ""
    code = address.postal_code.replace(" ", "").upper() if address else ""
    home = home_key(code, address.number, address.addition) if address and code and address.number else code
    return {"by_last_name": last_name or None, "by_first_name": first_name or None, "home": home or None}


def folded(name: str) -> str:
    """A name as it is searched: lower case, without accents, straight apostrophes, single spaces."""
    plain = unicodedata.normalize("NFKD", name.translate(_APOSTROPHES).casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
