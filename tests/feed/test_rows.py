"""The rows of any stored resident: where each journey stands on the staff pages, and the columns that were declared."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import wiring
from shared.clock import from_text, to_text
from shared.config import Personal
from shared.domain.effect import claim
from shared.domain.ids import ContactId
from shared.domain.journey import WAITS, last_moment
from shared.domain.keys import of_contact
from shared.domain.resident import Address, Journey, Measure, Milestones, Person, Resident, place_in
from shared.domain.work import Attempts, Parked
from shared.feed.rows import Maker
from shared.feed.sets import APPOINTMENTS, JOURNEYS, MEASURES, MILESTONES, EntitySet, Kind, Row
from shared.store.port import Data
from shared.work.feed_salt import Pseudonyms
from shared.work.services import Services
from tests.feed.feeding import COOPERATION, feeding
from tests.world.clock import TestClock

NOW = datetime(2027, 1, 1, 23, 30, tzinfo=UTC)  # The next day in Amsterdam.
NAMES = {11: "Cora Coach", 12: "Koen Kans"}
OF_RESIDENTS = (JOURNEYS, APPOINTMENTS, MEASURES, MILESTONES)
IS_A: dict[Kind, Any] = {
    "text": lambda it: type(it) is str and it != "",
    "whole": lambda it: type(it) is int,
    "number": lambda it: type(it) in (int, float) and math.isfinite(it),
    "yes_no": lambda it: type(it) is bool,
    "day": lambda it: date.fromisoformat(it).isoformat() == it,
    "moment": lambda it: to_text(from_text(it)) == it,
}

MOMENTS = st.datetimes(datetime(2026, 12, 25), datetime(2027, 1, 8), timezones=st.just(UTC))
MAYBE = st.none() | MOMENTS
COACHES = st.sampled_from([None, 11, 12, 99])  # Of 99 the settings know nothing.
IN_EACH = {
    "accepted_at": MOMENTS,
    "campaign_id": st.sampled_from([None, 1, 77]),
    "form": st.sampled_from(["", "aanmelden", "weg"]),
    "wants_dossier": st.booleans(),
    "wants_visit": st.booleans(),
    "visit_at": MAYBE,
    "milestones": st.builds(Milestones, **dict.fromkeys(Milestones.model_fields, MAYBE)),
    "measures": st.lists(
        st.builds(
            Measure,
            name=st.sampled_from(["Dakisolatie", "Zonnepanelen", "É; ="]),
            m2=st.none() | st.floats(0.1, 100_000),
            by_resident=st.sampled_from([None, True, False]),
        ),
        max_size=4,
    ),
}
TEXT = st.sampled_from(["", "Noor", "=1+1", "de"])
RESIDENTS = st.builds(
    Resident,
    cooperation=st.just(COOPERATION),
    contact_id=st.integers(1, 3),
    state=st.just("done"),
    **IN_EACH,
    visit_coach=COACHES,
    named_coach=COACHES,
    gone_visit_at=MAYBE,
    is_coach=st.integers(0, 9).map(lambda it: it == 0),
    person=st.builds(Person, first_name=TEXT, prefix=TEXT, last_name=TEXT, email=TEXT),
    address=st.builds(Address, postal_code=TEXT, number=st.integers(0, 2), addition=TEXT, street=TEXT, city=TEXT),
    earlier=st.lists(st.builds(Journey, **IN_EACH, coach=COACHES), max_size=2),
)
NEEDED = {"cooperation", "contact_id", "accepted_at"}
MAY_LACK = sorted(Resident.model_fields.keys() - NEEDED)
"""A document of an earlier version may lack these."""
ANY = st.lists(RESIDENTS, min_size=1, max_size=2, unique_by=lambda it: it.contact_id)
LACKING = st.just([]) | st.lists(st.sampled_from(MAY_LACK), unique=True)
SALT = Pseudonyms("salt")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with feeding(tmp_path_factory.mktemp("feed")):
        yield replace(wiring.services(), clock=lambda: NOW)


def stored(services: Services, residents: list[Resident], lacking: list[str]) -> list[Data]:
    """Their documents, as they come from a store."""
    records = services.records(Resident)
    documents = [{**json.loads(json.dumps(records.dump(it))), "changed_at": to_text(NOW)} for it in residents]
    return [{name: value for name, value in it.items() if name not in lacking} for it in documents]


def read(services: Services, table: EntitySet, documents: list[Data], personal: Personal = "everybody") -> list[Row]:
    maker = Maker(services.cooperations[COOPERATION], SALT, personal, services.today)
    return [row for document in documents for _, row in maker.rows(table.name, document)]


A_JOURNEY = Journey(accepted_at=NOW, milestones=Milestones(dossier=NOW))
BARE = Resident.first_seen(COOPERATION, ContactId(1), NOW).model_copy(update={"earlier": [A_JOURNEY]})


@example([BARE], MAY_LACK)
@example([BARE], [])
@given(ANY, LACKING)
def test_each_journey_stands_where_the_staff_pages_say(
    services: Services, residents: list[Resident], lacking: list[str]
) -> None:
    documents = stored(services, residents, lacking)
    rows = iter(read(services, JOURNEYS, documents))
    for document in documents:
        resident = services.records(Resident).load(document)
        if resident.is_coach:
            continue
        places = [*(place_in(it) for it in resident.earlier), resident.place()]
        for number, (journey, place) in enumerate(zip([*resident.earlier, resident.journey], places, strict=True)):
            row, waits, is_over = next(rows), place.waits_for in WAITS, number < len(resident.earlier)
            assert row["journey_id"] == SALT.id_of("journey", resident.contact_id, number)
            assert row["resident_id"] == SALT.id_of("resident", resident.contact_id)
            assert (row["step"], row["waiting_since"]) == (place.step, to_text(place.since))
            assert row["waits_for"] == ("moved" if is_over and waits else place.waits_for)
            assert row["campaign_id"] == journey.campaign_id
            assert (row["campaign"] is None) is (journey.campaign_id != 1)  # The settings name only this one.
            visit_at = journey.visit_at or journey.milestones.visited
            assert row["visit_at"] == (to_text(visit_at) if visit_at else None)
            assert row["cancelled"] is bool(journey.milestones.cancelled or journey.milestones.removed)
            assert row["coach_id"] == (SALT.id_of("coach", journey.coach) if journey.coach else None)
            assert row["coach"] == NAMES.get(journey.coach or 0)
            if is_over or not waits:
                assert row["days_waiting"] is None
            else:
                for days in range(1, 10):
                    assert (row["days_waiting"] >= days) is (place.since <= last_moment(NOW, days))
    assert next(rows, None) is None


@example([BARE], MAY_LACK)
@given(ANY, LACKING)
def test_every_row_has_the_declared_columns_with_values_of_their_kind(
    services: Services, residents: list[Resident], lacking: list[str]
) -> None:
    """At each level, and no other value because of the level. No two rows of a table have one key."""
    documents = stored(services, residents, lacking)
    for table in OF_RESIDENTS:
        whole = read(services, table, documents)
        assert len({row[table.key] for row in whole}) == len(whole)
        for level in get_args(Personal):
            columns = table.columns_for(level)
            rows = read(services, table, documents, level)
            assert rows == [{it.name: row[it.name] for it in columns} for row in whole]
            for row in rows:
                for column in columns:
                    value = row[column.name]
                    assert (value is None and column.name != table.key) or IS_A[column.kind](value), column.name


@given(ANY)
def test_the_tables_tell_the_same(services: Services, residents: list[Resident]) -> None:
    """Each row belongs to a journey, whose own columns agree with it."""
    documents = stored(services, residents, [])
    journeys = {row["journey_id"]: row for row in read(services, JOURNEYS, documents)}
    for table in OF_RESIDENTS:
        for row in read(services, table, documents):
            journey = journeys[row["journey_id"]]
            shared = {"resident_id", "campaign_id", "changed_at"}
            assert {name: row[name] for name in shared} == {name: journey[name] for name in shared}
    reached = {(it["journey_id"], it["milestone"], it["at"]) for it in read(services, MILESTONES, documents)}
    named = [column.name.removesuffix("_at") for column in JOURNEYS.columns if column.name.endswith("_at")]
    milestones = {name for name in named if name in {it[1] for it in reached}}
    assert reached == {
        (id_, name, row[f"{name}_at"]) for id_, row in journeys.items() for name in milestones if row[f"{name}_at"]
    }
    measures = [it["journey_id"] for it in read(services, MEASURES, documents)]
    assert all(measures.count(id_) == row["measures"] for id_, row in journeys.items())
    appointments = {it["journey_id"]: it for it in read(services, APPOINTMENTS, documents)}
    for id_, row in journeys.items():
        appointment = appointments.get(id_)
        assert (appointment is None) is not (row["visit_at"] or row["cancelled_at"])
        if appointment:
            assert (appointment["status"] == "cancelled") is (row["cancelled_at"] is not None)
            assert appointment["coach_id"] == row["coach_id"]


# -- when something changed that a row shows ---------------------------------------------------------------------------

LATER = datetime(2999, 1, 1, tzinfo=UTC)  # So that `expires_at` has not passed.
BEGUN = (
    BARE,
    BARE.model_copy(update={"milestones": Milestones(dossier=NOW)}),
    BARE.model_copy(update={"milestones": Milestones(cancelled=NOW), "gone_visit_at": NOW}),
)
"""Each field that a row shows makes a difference for one of them."""
OTHERWISE: dict[str, Any] = {
    **dict.fromkeys(
        ("accepted_at", "due_at", "expires_at", "personal_until", "asked_at", "refused_at", "visit_at", "gone_visit_at",
         "visit_changed_at", "resumed_at"), LATER
    ),
    **dict.fromkeys(
        ("contact_id", "account_id", "user_id", "building_id", "intake_id", "campaign_id", "visit_coach", "named_coach",
         "generation", "crashes", "visit_version", "visit_building_id"), 7
    ),
    **dict.fromkeys(("form", "email_key", "refused", "replayed_by", "traceparent"), "other"),
    **dict.fromkeys(("is_coach", "needs_person", "dossier_deleted"), True),
    **dict.fromkeys(("wants_dossier", "wants_visit"), False),
    "opportunity_ids": [7],
    "visit_ids": [7],
    "state": "parked",
    "attempts": Attempts(failed=1),
    "parked": Parked(code="Refused", at=NOW),
    "effect": claim("somebody", NOW, 20),
    "person": Person(last_name="Vries"),
    "address": Address(city="Gent"),
    "milestones": Milestones(intake=LATER),
    "measures": [Measure(name="Dakisolatie")],
    "earlier": [],
}  # fmt: skip
"""Another value for each field."""


def edited(services: Services, begun: Resident, edit: Callable[[Resident], object]) -> tuple[bool, bool]:
    """Whether some row is another after an edit, and whether `changed_at` moved to the moment of the edit."""
    clock, key = TestClock(NOW), of_contact(COOPERATION, ContactId(1))
    records = replace(services, clock=clock).records(Resident)
    records.delete(key)
    records.create(key, begun.model_copy(deep=True))
    before = records.read(key)
    clock.advance(60)
    records.edit(key, edit)
    after = records.read(key)
    assert before and after and after.record.changed_at in {NOW, clock()}
    told, tells = (
        [[{**row, "changed_at": None} for row in read(services, table, [it.document.data])] for table in OF_RESIDENTS]
        for it in (before, after)
    )
    return told != tells, after.record.changed_at == clock()


def test_what_shows_in_a_row_moves_changed_at_and_nothing_else_does(services: Services) -> None:
    """A field that is new in Resident gets its value in OTHERWISE."""
    shows = set()
    for name in Resident.model_fields.keys() - {"cooperation", "changed_at"}:
        for begun in BEGUN:
            is_other, moved = edited(services, begun, lambda it, name=name: setattr(it, name, OTHERWISE[name]))
            assert moved is (name in Resident.SHOWN), name
            if is_other:
                shows.add(name)
    assert shows == set(Resident.SHOWN)


def test_each_milestone_of_the_feed_moves_changed_at(services: Services) -> None:
    shown = {
        name
        for name in Milestones.model_fields
        if edited(services, BARE, lambda it, name=name: it.reach(name, LATER)) == (True, True)
    }
    assert shown == Milestones.model_fields.keys() - {"welcomed", "coach_told", "appointment"}
