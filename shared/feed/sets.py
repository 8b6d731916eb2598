"""The tables of the feed: their columns, with type and meaning. OData, CSV and JSON Lines all follow from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.config import Personal

Kind = Literal["text", "whole", "number", "yes_no", "day", "moment"]
"""The type of a column. In a row a `day` is `2026-11-23`, a `moment` `2026-11-23T05:00:00.000000Z`; both are texts."""

_LEVELS: tuple[Personal, ...] = get_args(Personal)

Value = str | int | float | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Column:
    """`personal` is the least that a key must be allowed to read this column. Every column but the key may be empty."""

    name: str
    kind: Kind
    meaning: str
    personal: Personal = "none"


@dataclass(frozen=True)
class EntitySet:
    """A table. `name` is that of OData (`Journeys`), `row` of one row (`Journey`), `file` that of the CSV (`journeys`).

    The first column is the key. `has_changed_at`: rows have the moment of their last change, by which a program that
    reads regularly asks for what is new.
    """

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        return self.name.lower()

    @property
    def key(self) -> str:
        return self.columns[0].name

    @property
    def has_changed_at(self) -> bool:
        return any(column.name == "changed_at" for column in self.columns)

    def columns_for(self, personal: Personal) -> tuple[Column, ...]:
        """The columns that a key with this level may read."""
        return tuple(it for it in self.columns if _LEVELS.index(it.personal) <= _LEVELS.index(personal))


def _changed(of: str = "the row, or another row of this resident,") -> Column:
    return Column("changed_at", "moment", f"when {of} changed last")


_JOURNEY = Column("journey_id", "text", "the journey in Journeys")
_RESIDENT = Column("resident_id", "text", "the resident: an id of this feed, the same in every campaign and table")
_CAMPAIGN = Column("campaign_id", "whole", "the campaign in Campaigns, Econobis' id; empty when none is known")
_COACH = (
    Column("coach_id", "text", "the coach of the visit: an id of this feed, the same everywhere in it"),
    Column("coach", "text", "the name of the coach, as in the settings", "coaches"),
)

CAMPAIGNS = EntitySet(
    "Campaigns",
    "Campaign",
    (
        Column("campaign_id", "whole", "Econobis' id"),
        Column("name", "text", "the name in the settings"),
        Column("target", "whole", "how many residents it means to reach; empty when not set"),
        Column("target_by", "day", "by which day; empty when not set"),
        Column("signed_up", "whole", "residents who signed up, also those whom Econobis does not have yet"),
        Column("reached", "whole", "residents who were visited, or have all that their form asks for"),
    ),
)
JOURNEYS = EntitySet(
    "Journeys",
    "Journey",
    (
        Column("journey_id", "text", "one resident in one campaign: an id of this feed"),
        _RESIDENT,
        _CAMPAIGN,
        Column("campaign", "text", "the name of the campaign in the settings"),
        Column("form", "text", "the web form (source) of the sign-up; empty when staff made the resident in Econobis"),
        Column("step", "text", "the furthest step: intake, dossier, coach, appointment, visited, plan"),
        Column(
            "waits_for",
            "text",
            "dossier, coach, appointment, visit, plan, nothing, cancelled, removed; moved: to another campaign",
        ),
        Column(
            "waiting_since", "moment", "since when it stands so; the moment of the visit for who has an appointment"
        ),
        Column("days_waiting", "whole", "whole days until now in Amsterdam; empty for who waits for nothing"),
        Column("signed_up_at", "moment", "the sign-up"),
        Column("intake_at", "moment", "Econobis has the sign-up"),
        Column("dossier_at", "moment", "Hoomdossier has the dossier"),
        Column("coach_at", "moment", "a coach was linked to the dossier"),
        Column("appointment_at", "moment", "the coach made an appointment: when it was made"),
        Column("visit_at", "moment", "the moment of the visit that is planned, or took place"),
        Column("visited_at", "moment", "the moment of the visit that took place"),
        Column("plan_at", "moment", "the first plan (woonplan) with measures"),
        Column("cancelled_at", "moment", "the visit was cancelled, and no other made since"),
        Column("removed_at", "moment", "the dossier was removed"),
        Column("cancelled", "yes_no", "whether the journey ended: the visit was cancelled or the dossier removed"),
        *_COACH,
        Column("measures", "whole", "how many measures stand in the plan"),
        Column("contact_id", "whole", "Econobis' id of the resident", "everybody"),
        Column("name", "text", "first name, prefix and last name", "everybody"),
        Column("email", "text", "the e-mail address", "everybody"),
        Column("address", "text", "street, number, postal code and town in one line", "everybody"),
        Column("postal_code", "text", "the postal code", "everybody"),
        _changed("the resident"),
    ),
)
APPOINTMENTS = EntitySet(
    "Appointments",
    "Appointment",
    (
        Column("appointment_id", "text", "an id of this feed; it stays when the appointment moves"),
        _JOURNEY,
        _RESIDENT,
        _CAMPAIGN,
        *_COACH,
        Column("starts_at", "moment", "when the visit begins"),
        Column("status", "text", "planned, visited or cancelled"),
        Column("cancelled_at", "moment", "when it was cancelled"),
        _changed(),
    ),
)
MEASURES = EntitySet(
    "Measures",
    "Measure",
    (
        Column("measure_id", "text", "an id of this feed"),
        _JOURNEY,
        _RESIDENT,
        _CAMPAIGN,
        Column("measure", "text", "the measure in the plan (woonplan): planned, not done"),
        Column("m2", "number", "square metres; empty when not known"),
        Column("execute_self", "yes_no", "whether the residents mean to do it themselves; empty when not asked"),
        Column("planned_at", "moment", "the first plan with measures"),
        _changed(),
    ),
)
MILESTONES = EntitySet(
    "Milestones",
    "Milestone",
    (
        Column("milestone_id", "text", "an id of this feed"),
        _JOURNEY,
        _RESIDENT,
        _CAMPAIGN,
        Column(
            "milestone", "text", "signed_up, intake, dossier, coach, appointment, visited, plan, cancelled, removed"
        ),
        Column("number", "whole", "the place of the milestone in the journey, to sort by: 1 for signed_up"),
        Column("at", "moment", "when it happened"),
        _changed(),
    ),
)
SETS: Mapping[str, EntitySet] = {it.name: it for it in (CAMPAIGNS, JOURNEYS, APPOINTMENTS, MEASURES, MILESTONES)}
