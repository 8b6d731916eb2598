"""The figures of a campaign, played in the world: each number is that of the residents behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from shared.domain.resident import Resident as Known
from shared.domain.tally import NO_CAMPAIGN, Tally, week_of
from shared.staff.asked import Asked
from shared.staff.campaign import WEEKS, Campaign, read_campaign, read_campaigns
from shared.staff.counted import Choice
from shared.staff.figures import Figures, Stage, figures
from shared.staff.residents import list_residents
from tests.fixtures import read
from tests.world.played_campaign import play
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

COACH = 21  # The fixed coach of the form.


def campaign(world: World, choice: Choice = Choice()) -> Campaign:
    found = read_campaign(world.services, COOPERATION, 1, choice)
    assert found
    return found


def stages(found: Figures) -> dict[str, tuple[int, int, int, int, int]]:
    return {it.step: (it.reached, it.waiting, it.complete, it.cancelled, it.removed) for it in found.stages}


def listed(world: World, **asked: Any) -> int:
    """How many the list of residents shows."""
    found = list_residents(world.services, COOPERATION, Asked(**asked))
    assert found.count == len(found.rows)
    return len(found.rows)


def test_a_campaign_with_everything_that_can_happen(world: World) -> None:
    play(world)
    found = campaign(world).figures
    assert stages(found) == {
        "signed_up": (10, 1, 0, 0, 0),
        "intake": (9, 0, 0, 0, 0),
        "dossier": (9, 0, 0, 0, 0),
        "coach": (9, 2, 0, 0, 1),
        "appointment": (6, 2, 0, 1, 0),
        "visited": (3, 1, 0, 0, 0),
        "plan": (2, 0, 2, 0, 0),
    }
    assert (found.signed_up, found.reached, found.under_way, found.cancelled, found.removed) == (10, 3, 5, 1, 1)
    assert [(it.monday, it.signed_up, it.visits) for it in found.weeks] == [
        (date(2026, 11, 23), 9, 0),
        (date(2026, 11, 30), 1, 3),
    ]
    (measure,) = found.planned
    assert (measure.name, measure.homes, measure.m2, measure.by_resident) == ("Dakisolatie", 2, 91, 2)
    by_coach = {it.coach: (it.all, it.unlinked, it.open, it.planned, it.plan, it.complete) for it in found.coaches}
    assert by_coach == {COACH: (9, 0, 2, 2, 1, 2), 0: (1, 1, 0, 0, 0, 0)}
    assert [(it.begin, it.end, it.count) for it in found.lasted][-2:] == [("appointment", "visited", 3), ("visited", "plan", 2)]  # fmt: skip


def test_each_number_leads_to_that_many_people(world: World) -> None:
    play(world)
    found = campaign(world).figures
    for stage in found.stages:
        if stage.waits_for:
            assert listed(world, campaign=1, waits_for=stage.waits_for) == stage.waiting
    assert listed(world, campaign=1, waits_for="nothing") == found.complete
    assert listed(world, campaign=1, waits_for="cancelled") == found.cancelled
    assert listed(world, campaign=1, waits_for="removed") == found.removed
    (of_coach,) = (it for it in found.coaches if it.coach)
    for waits_for, count in (("appointment", of_coach.open), ("visit", of_coach.planned), ("plan", of_coach.plan)):
        assert listed(world, campaign=1, coach=COACH, waits_for=waits_for) == count > 0


def test_the_filters_choose_people(world: World) -> None:
    play(world)
    assert campaign(world, Choice(coach=COACH)).figures.signed_up == 9
    assert campaign(world, Choice(coach=0)).figures.signed_up == 1
    assert campaign(world, Choice(form="aanmelden")).figures == campaign(world).figures
    assert campaign(world, Choice(form="other")).figures.signed_up == 0
    recent = campaign(world, Choice(weeks=1)).figures
    assert (recent.signed_up, recent.reached, recent.planned) == (1, 0, ())
    of_other = campaign(world, Choice(coach=COACH + 1)).figures
    assert (of_other.weeks, of_other.lasted, of_other.planned, of_other.all_coaches) == ((), (), (), (0, COACH))


def test_who_goes_on_in_another_campaign_waits_there_alone(world: World) -> None:
    resident = Resident(world, 1)
    assert resident.sign_up()
    world.settle()

    def go_on(it: Any) -> None:
        it.begin_journey(2, "other", world.clock(), coach=None, dossier=True, visit=True)
        it.reach("signed_up", world.clock())

    world.services.records(Known).edit(f"{COOPERATION}:{resident.contact_id}", go_on)
    old = campaign(world).figures
    assert (old.signed_up, old.moved, old.under_way, old.waiting) == (1, 1, 0, 0)
    assert listed(world, campaign=1) == 0
    new = read_campaign(world.services, COOPERATION, 2, Choice())
    assert new
    assert new.figures.waiting == listed(world, campaign=2) == 1


def test_the_list_of_campaigns(world: World) -> None:
    assert [it.campaign_id for it in read_campaigns(world.services, COOPERATION)] == [1]
    assert read_campaign(world.services, COOPERATION, NO_CAMPAIGN, Choice()) is None
    play(world)
    body = {**read("examples/push-afspraak-request.json"), "account_related": {"building_id": 77, "user_id": 8, "account_id": 9, "contact_id": 4711}}  # fmt: skip
    world.post(f"/functions/receive-event/{COOPERATION}/demo-{COOPERATION}-hoomdossier/hoomdossier/afspraak", body)
    world.settle()
    first, none = read_campaigns(world.services, COOPERATION)
    assert (first.campaign_id, first.figures.reached) == (1, 3)
    assert (none.campaign_id, none.settings, none.figures.signed_up) == (NO_CAMPAIGN, None, 1)
    assert listed(world, campaign=0) == 1


# -- without a world ---------------------------------------------------------------------------------------------------

TODAY = date(2026, 12, 10)


def of(counts: dict[str, int], week: str = "2026-W48") -> Figures:
    tally = Tally(cooperation=COOPERATION, campaign_id=1, week=week, counts=counts)
    return figures([tally], Choice(), TODAY)


def test_the_median_and_the_slowest_tenth() -> None:
    """Of ten: half took 3 days or less, nine 8 or less, and the slowest 90."""
    counts = {f"days|f|1|coach>appointment|{days}": count for days, count in ((1, 2), (3, 3), (8, 4), (90, 1))}
    (lasted,) = of(counts).lasted
    assert (lasted.count, lasted.median, lasted.most) == (10, 3, 8)
    (one,) = of({"days|f|1|dossier>coach|5": 1}).lasted
    assert (one.median, one.most) == (5, 5)


def test_names_that_a_newer_version_writes_are_passed_over() -> None:
    counts = {
        "at|f|1|intake|dossier": 2,
        "at|f|1|newer|dossier": 5,
        "newer|f|1|x": 3,
        "odd": 1,
        "at|f|x|intake|dossier": 1,
    }
    assert of(counts).signed_up == 2


def test_a_name_of_a_measure_may_hold_anything() -> None:
    (planned,) = of({"measure|f|1|count|Glas|hout": 1, "measure|f|1|m2|Glas|hout": 250}).planned
    assert (planned.name, planned.homes, planned.m2, planned.by_resident) == ("Glas|hout", 1, 2.5, 0)


def test_weeks_without_anybody_are_there_too() -> None:
    found = of({"at|f|1|intake|dossier": 1, "visits|f|1|2026-W49": 2})
    assert [(it.monday.isoformat(), it.signed_up, it.visits) for it in found.weeks] == [
        ("2026-11-23", 1, 0),
        ("2026-11-30", 0, 2),
        ("2026-12-07", 0, 0),
    ]


def test_who_has_all_that_the_form_asks_for_is_reached_without_a_visit() -> None:
    found = of({"at|f|1|dossier|nothing": 3, "at|f|1|intake|moved_complete": 1, "at|f|1|intake|moved": 1})
    assert (found.reached, found.complete, found.moved, found.under_way) == (4, 3, 2, 0)
    dossier = next(it for it in found.stages if it.step == "dossier")
    assert dossier == Stage("dossier", "coach", 3, 0, 3, 0, 0, 0)


@contextmanager
def documents_read(world: World) -> Iterator[list[int]]:
    """How many documents the store returns while the block runs."""
    read: list[int] = []
    store = world.services.store
    find = store.find

    def counting(query: Any) -> Any:
        found = find(query)
        read.append(len(found))
        return found

    world.services.store = type("Counting", (), {"find": staticmethod(counting), "__getattr__": lambda _, name: getattr(store, name)})()  # fmt: skip
    world.services.__dict__.pop("tallies", None)
    yield read
    world.services.store = store
    world.services.__dict__.pop("tallies", None)


def test_the_list_of_many_campaigns_has_the_newest_weeks(world: World) -> None:
    """Of campaigns that are no longer in the settings too, of which it does not read every week."""
    others = range(90, 95)
    for weeks in range(60):
        for campaign_id in others:
            fixed = {"cooperation": COOPERATION, "campaign_id": campaign_id}
            fixed["week"] = week_of(world.clock() - timedelta(weeks=weeks))
            key = f"{COOPERATION}:{campaign_id}:{fixed['week']}"
            world.services.store.create("tallies", key, {**fixed, "counts": {"at|f|1|intake|dossier": 1}})
    found = {it.campaign_id: it.figures for it in read_campaigns(world.services, COOPERATION)}
    assert set(others) <= set(found)
    assert all(found[it].weeks[-1].signed_up for it in others)


def test_at_most_so_many_documents_are_read(world: World) -> None:
    """Of three campaigns with three years of sign-ups."""
    for weeks in range(160):
        year, week, _ = (world.clock() - timedelta(weeks=weeks)).isocalendar()
        for campaign_id in (0, 1, 2):
            key = f"{COOPERATION}:{campaign_id}:{year}-W{week:02}"
            counts = {"at|f|1|intake|dossier": 1}
            fixed = {"cooperation": COOPERATION, "campaign_id": campaign_id, "week": f"{year}-W{week:02}"}
            world.services.store.create("tallies", key, {**fixed, "counts": counts})
    with documents_read(world) as read:
        assert campaign(world).figures.signed_up == WEEKS
        assert sum(read) == WEEKS
        read.clear()
        assert len(read_campaigns(world.services, COOPERATION)) == 3
        assert sum(read) <= 180
