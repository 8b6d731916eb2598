"""What the page shows of each row, and what may be delivered of it: the rules, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from shared.config import Coach, Cooperation
from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit
from shared.hoomdossier.claim import Claim
from shared.imports.brought import Brought
from shared.imports.compare import Compared, Comparison, compare
from shared.imports.known import Known, KnownResident

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(hours=1)
CORA, KOEN = ContactId(11), ContactId(12)
DAY, AT = date(2026, 12, 14), time(10, 30)
LOCAL = "2026-12-14 10:30:00"

JAN = KnownResident(
    ContactId(1001), name="Jan Jansen", home="1234AB 12A", account_id=51, user_id=61, building_id=71, coach=CORA,
    has_dossier_since=EARLIER,
)  # fmt: skip
SAID = Claim(
    row=2, contact_id=1001, account_id=51, user_id=61, building_id=71, day=DAY, at=AT, status="in_progress",
    coaches=("Cora Coach",), name="Jan Jansen", houses=("12 a",), postal_code="1234 AB", has_ids=True,
)  # fmt: skip
PASTED = Claim(
    row=1,
    building_id=71,
    day=DAY,
    at=AT,
    status="in_progress",
    name="Jan Jansen",
    houses=("12 a",),
    postal_code="1234 AB",
)


def settings(**changed: Any) -> Cooperation:
    coaches = [
        Coach.model_construct(contact_id=number, name=name, email="x@example.org")
        for number, name in ((CORA, "Cora Coach"), (KOEN, "Koen Kans"))
    ]
    return Cooperation.model_construct(**{"coaches": coaches, "merged_contacts": {}, **changed})


def known(*residents: KnownResident, visits: dict[int, KnownVisit] | None = None, **more: Any) -> Known:
    found = Known(residents={it.contact_id: it for it in residents}, visits=visits or {}, **more)
    for it in residents:
        if it.building_id:
            found.by_building[it.building_id] = it.contact_id
    return found


def shown(
    *claims: Claim, pasted: tuple[Claim, ...] = (), of: Known | None = None, as_of: datetime = NOW, **changed: Any
) -> Comparison:
    brought = Brought(as_of, NOW, list(claims), list(pasted))
    return compare(settings(**changed), of or known(JAN), brought)


def only(*claims: Claim, **how: Any) -> Compared:
    """The one row that is shown."""
    comparison = shown(*claims, **how)
    (row,) = [row for rows in comparison.rows.values() for row in rows]
    return row


def visit(**changed: Any) -> dict[int, KnownVisit]:
    at = {"appointment": LOCAL, "changed_at": EARLIER, "contact_id": 1001}
    return {71: KnownVisit(**{**at, **changed})}


# -- the appointment ---------------------------------------------------------------------------------------------------


def test_a_date_with_a_time_and_a_coach_is_delivered() -> None:
    row = only(SAID)
    assert row.group == "deliver"
    assert row.proposal
    assert row.proposal.visit_at() == datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
    assert row.proposal.coaches == (CORA,)
    assert not row.proposal.executed
    assert not row.proposal.cancels


def test_a_date_without_a_time_waits_for_a_person() -> None:
    row = only(replace(SAID, at=None))
    assert row.group == "time"
    assert row.proposal
    assert row.proposal.needs_time
    assert row.proposal.visit_at() == datetime(2026, 12, 13, 23, 0, tzinfo=UTC)
    assert row.proposal.visit_at(time(9, 15)) == datetime(2026, 12, 14, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize("at", [AT, None])
def test_what_the_link_knows_already_is_the_same(at: time | None) -> None:
    """A day without a time says nothing new beside a time on that day."""
    comparison = shown(replace(SAID, at=at), of=known(JAN, visits=visit()))
    assert comparison.counts == {"same": 1}


def test_another_day_without_a_time_is_news() -> None:
    row = only(replace(SAID, day=DAY + timedelta(days=1), at=None), of=known(JAN, visits=visit()))
    assert row.group == "time"


def test_what_was_pushed_after_the_file_was_made_wins() -> None:
    late = visit(appointment="2026-12-20 09:00:00", changed_at=LATER, was_pushed=True)
    assert only(SAID, of=known(JAN, visits=late)).group == "older"


@pytest.mark.parametrize("field", ["before", "removed"])
def test_a_file_cannot_bring_back_what_a_push_replaced(field: str) -> None:
    """Nobody may have said when the file was made."""
    now = visit(**{"appointment": None if field == "removed" else "2026-12-20 09:00:00", field: LOCAL})
    pushed = {71: replace(now[71], was_pushed=True)}
    assert only(SAID, of=known(JAN, visits=pushed)).group == "older"
    assert only(replace(SAID, at=None), of=known(JAN, visits=pushed)).group == "older"
    assert only(SAID, of=known(JAN, visits=now)).group == "deliver"


def test_a_dossier_that_was_removed_gets_nothing() -> None:
    assert only(SAID, of=known(JAN, visits=visit(appointment=None, is_removed=True))).group == "older"


# -- done, and gone ----------------------------------------------------------------------------------------------------


def test_executed_goes_with_its_appointment() -> None:
    past = replace(SAID, day=date(2026, 11, 20), status="executed")
    row = only(past)
    assert row.group == "deliver"
    assert row.proposal
    assert (row.proposal.day, row.proposal.executed) == (date(2026, 11, 20), True)
    assert row.remarks == ()


def test_executed_alone_when_the_appointment_is_known() -> None:
    past, local = replace(SAID, day=date(2026, 11, 20), status="executed"), "2026-11-20 10:30:00"
    row = only(past, of=known(JAN, visits=visit(appointment=local)))
    assert row.proposal
    assert (row.proposal.day, row.proposal.executed) == (None, True)
    executed = known(JAN, visits=visit(appointment=local, executed=True))
    assert shown(past, of=executed).counts == {"same": 1}


def test_the_status_of_an_earlier_visit_waits_until_the_next_is_over() -> None:
    """Hoomdossier keeps it until somebody changes it."""
    ahead = replace(SAID, status="executed")
    first = only(ahead)
    assert first.proposal
    assert (first.group, first.proposal.day, first.proposal.executed) == ("deliver", DAY, True)
    assert first.remarks == ("still_to_come",)
    was = visit(appointment=None, was_executed=True)
    row = only(ahead, of=known(JAN, visits=was))
    assert row.proposal
    assert (row.group, row.proposal.day, row.proposal.executed) == ("deliver", DAY, False)
    assert row.remarks == ("of_earlier",)
    today = only(replace(ahead, day=NOW.date(), at=None), of=known(JAN, visits=was))  # At midnight it was over.
    assert today.proposal
    assert (today.proposal.day, today.proposal.executed) == (NOW.date(), False)


@pytest.mark.parametrize("claim", [replace(SAID, day=None, at=None), replace(SAID, status="no_execution")])
def test_a_date_that_went_and_no_execution_are_a_choice(claim: Claim) -> None:
    row = only(claim, of=known(JAN, visits=visit()))
    assert row.group == "cancel"
    assert row.proposal
    assert row.proposal.cancels
    assert row.proposal.day is None


def test_what_a_coach_entered_on_the_own_page_is_not_gone_because_hoomdossier_does_not_know_it() -> None:
    entered = known(JAN, visits=visit(was_pushed=True, was_entered=True))
    assert shown(replace(SAID, day=None, at=None), of=entered).counts == {"same": 1}
    assert shown(SAID, of=entered).counts == {"same": 1}
    another = only(replace(SAID, day=DAY + timedelta(days=2)), of=entered)
    assert another.group == "entered"
    assert another.proposal
    assert only(replace(SAID, status="no_execution"), of=entered).group == "cancel"
    told = only(replace(SAID, status="executed"), of=entered)
    assert (told.group, told.proposal and told.proposal.day) == ("deliver", None)


@pytest.mark.parametrize("known_visit", [{}, visit(appointment=None, cancelled=True), visit(executed=True)])
def test_there_is_nothing_to_cancel(known_visit: dict[int, KnownVisit]) -> None:
    """No visit, a cancelled one, and one that took place."""
    gone = replace(SAID, day=None, at=None)
    assert shown(gone, of=known(JAN, visits=known_visit)).counts == {"same": 1}


def test_the_date_of_a_visit_that_will_not_take_place_is_no_appointment() -> None:
    assert shown(replace(SAID, status="no_execution")).counts == {"same": 1}


def test_who_is_not_in_the_file_is_not_shown() -> None:
    other = replace(JAN, contact_id=ContactId(1002), account_id=52, building_id=72, home="", has_dossier_since=None)
    comparison = shown(SAID, of=known(JAN, other, visits={72: KnownVisit(appointment=LOCAL)}))
    assert comparison.counts == {"deliver": 1}


# -- who it is ---------------------------------------------------------------------------------------------------------


def test_without_a_contact_nothing_is_delivered() -> None:
    row = only(replace(SAID, contact_id=None))
    assert (row.group, row.proposal) == ("no_contact", None)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"account_id": 59}, ("account_id",)),
        ({"building_id": 79}, ("building_id",)),
        ({"account_id": None}, ("account_id",)),
        ({"building_id": None}, ("building_id",)),
        ({"account_id": 59, "building_id": 79}, ("account_id", "building_id")),
    ],
)
def test_numbers_that_do_not_agree_are_shown(changed: dict[str, Any], why: tuple[str, ...]) -> None:
    row = only(replace(SAID, **changed))
    assert (row.group, row.proposal, row.why) == ("contradicts", None, why)


def test_the_numbers_of_somebody_else_contradict() -> None:
    row = only(replace(SAID, contact_id=1002))
    assert (row.group, row.why) == ("contradicts", ("account_id", "building_id"))


def test_a_contact_that_stands_there_twice_contradicts_itself() -> None:
    """Hoomdossier may know a contact twice (docs/peers/hoomdossier.md 2.3)."""
    comparison = shown(SAID, replace(SAID, account_id=52, building_id=72))
    assert comparison.counts == {"contradicts": 2}


@pytest.mark.parametrize("changed", [{"day": date(2026, 12, 20)}, {"at": time(9, 0)}, {"status": "executed"}])
@pytest.mark.parametrize("contact", [1001, 901])
def test_two_rows_that_tell_of_two_visits_contradict_each_other(changed: dict[str, Any], contact: int) -> None:
    """Both were delivered, the last one counted, and the next import of the same file began anew."""
    other = replace(SAID, row=3, contact_id=contact, **changed)
    merged = {ContactId(901): ContactId(1001)}
    assert shown(SAID, other, merged_contacts=merged).counts == {"contradicts": 2}
    assert "contradicts" not in shown(SAID, replace(SAID, row=3), merged_contacts=merged).counts


def test_a_merged_contact_is_the_one_that_is_left() -> None:
    old = replace(SAID, contact_id=901)
    row = only(old, merged_contacts={ContactId(901): ContactId(1001)})
    assert row.group == "deliver"
    assert row.proposal
    assert row.proposal.contact_id == 1001


def test_a_resident_whom_the_link_does_not_know_is_a_choice() -> None:
    stranger = replace(SAID, contact_id=2001, account_id=81, building_id=91)
    comparison = shown(SAID, stranger)
    (row,) = comparison.rows["unknown"]
    assert row.proposal
    assert row.proposal.contact_id == 2001
    nothing_new = replace(stranger, contact_id=2002, account_id=82, building_id=92, day=None, at=None)
    assert shown(SAID, nothing_new).counts == {"deliver": 1, "same": 1}


def test_a_coach_is_recognised() -> None:
    own = replace(SAID, contact_id=11, account_id=9, building_id=9, name="C. Coach")
    assert shown(SAID, own).counts == {"deliver": 1, "coach": 1}


def test_hoomdossier_may_write_the_name_of_a_coach_in_another_way() -> None:
    own = replace(SAID, contact_id=12, account_id=9, building_id=9, name="Koen van Kans", day=None)
    said = replace(SAID, coaches=("Koen van Kans",))
    (row,) = shown(said, own).rows["deliver"]
    assert row.coaches == (KOEN,)
    assert row.remarks == ("other_coach",)


def test_without_a_coach_that_we_know_econobis_would_not_find_the_visit() -> None:
    nobodys = replace(JAN, coach=None)
    row = only(replace(SAID, coaches=("Iemand Anders",)), of=known(nobodys))
    assert (row.group, row.proposal) == ("no_coach", None)
    by_link = only(replace(SAID, coaches=()))
    assert by_link.proposal
    assert by_link.proposal.coaches == (CORA,)


# -- lost answers, and links -------------------------------------------------------------------------------------------


def test_an_account_of_a_lost_answer_is_settled() -> None:
    lost = replace(JAN, account_id=None, building_id=None, is_unsure=True, has_dossier_since=None)
    row = only(replace(SAID, day=None, at=None), of=known(lost))
    assert row.group == "deliver"
    assert row.proposal
    assert row.proposal.settles
    assert row.proposal.account_id == 51


def test_the_number_of_the_home_is_learnt() -> None:
    row = only(replace(SAID, day=None, at=None), of=known(replace(JAN, building_id=None)))
    assert row.group == "deliver"
    assert row.proposal
    assert not row.proposal.settles


def test_a_link_that_is_stuck_is_proved_by_the_file() -> None:
    stuck = known(JAN, visits=visit(), links={(CORA, JAN.contact_id): True})
    row = only(SAID, of=stuck)
    assert row.proposal
    assert row.proposal.links == (CORA,)
    assert shown(SAID, of=known(JAN, visits=visit(), links={(CORA, JAN.contact_id): False})).counts == {"same": 1}


def test_a_link_that_hoomdossier_does_not_name_is_told() -> None:
    made = known(JAN, links={(CORA, JAN.contact_id): False})
    assert only(replace(SAID, coaches=()), of=made).remarks == ("link_missing",)


def test_what_is_stuck_already_is_told() -> None:
    assert only(SAID, of=known(JAN, visits=visit(is_stuck=True))).group == "stuck"


# -- the pasted table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pasted", [PASTED, replace(PASTED, building_id=None)])
def test_the_pasted_time_completes_the_file(pasted: Claim) -> None:
    row = only(replace(SAID, at=None), pasted=(pasted,))
    assert row.group == "deliver"
    assert row.proposal
    assert row.proposal.at == AT
    assert row.proposal.account_id == 51
    assert row.remarks == ()


def test_a_partner_at_the_same_address_is_the_same_home() -> None:
    partner = replace(PASTED, building_id=None, name="Piet Pietersen")
    assert shown(replace(SAID, at=None), pasted=(partner,)).counts == {"deliver": 1}
    housemate = replace(SAID, contact_id=1002, account_id=52, building_id=72, name="Een Ander", at=None)
    both = shown(replace(SAID, at=None), housemate, pasted=(partner,))
    assert both.counts == {"time": 1, "unknown": 1, "unmatched": 1}


@pytest.mark.parametrize("pasted", [PASTED, replace(PASTED, building_id=None)])
def test_two_pasted_rows_that_tell_of_two_visits_are_not_delivered(pasted: Claim) -> None:
    """Such as the table from before and after a change: both were ticked, and the last one counted."""
    others = (pasted, replace(pasted, row=2, day=date(2026, 12, 20)))
    assert shown(pasted=others).counts == {"unreadable": 2}
    comparison = shown(replace(SAID, at=None), pasted=others)
    assert comparison.counts == {"time": 1, "unreadable": 2}
    assert {row.why for row in comparison.rows["unreadable"]} == {("twice",)}
    assert "unreadable" not in shown(pasted=(pasted, replace(pasted, row=2))).counts


def test_a_pasted_row_stays_when_that_of_the_file_cannot_be_read() -> None:
    comparison = shown(replace(SAID, wrong=("row",)), pasted=(PASTED,))
    assert comparison.counts == {"unreadable": 1, "deliver": 1}


def test_the_screen_is_newer_than_the_file() -> None:
    row = only(replace(SAID, at=None), pasted=(replace(PASTED, day=DAY + timedelta(days=3)),), as_of=EARLIER)
    assert row.proposal
    assert row.proposal.day == DAY + timedelta(days=3)
    assert row.proposal.as_of == NOW
    assert row.remarks == ("other_day",)


@pytest.mark.parametrize("pasted", [PASTED, replace(PASTED, building_id=None)])
def test_a_pasted_row_alone_leads_to_a_resident_whom_the_link_knows(pasted: Claim) -> None:
    row = only(pasted=(pasted,))
    assert row.group == "deliver"
    assert row.proposal
    assert (row.proposal.contact_id, row.proposal.account_id, row.proposal.building_id) == (1001, 51, 71)


def test_a_pasted_row_of_nobody_is_not_delivered() -> None:
    for pasted in (
        replace(PASTED, building_id=99),
        replace(PASTED, building_id=None, houses=("1",), postal_code="9999 ZZ"),
    ):
        row = only(pasted=(pasted,))
        assert (row.group, row.proposal) == ("unmatched", None)


def test_two_at_one_address_are_told_apart_by_name_or_not_at_all() -> None:
    partner = replace(JAN, contact_id=ContactId(1002), name="Piet Pietersen", account_id=52, building_id=72)
    both = known(JAN, partner)
    row = only(pasted=(replace(PASTED, building_id=None, name="Piet Pietersen"),), of=both)
    assert row.proposal
    assert row.proposal.contact_id == 1002
    assert only(pasted=(replace(PASTED, building_id=None, name="Een Ander"),), of=both).group == "unmatched"


def test_a_home_whose_number_is_not_known_waits_for_the_file() -> None:
    row = only(pasted=(replace(PASTED, building_id=None),), of=known(replace(JAN, building_id=None)))
    assert (row.group, row.why, row.proposal) == ("unmatched", ("building_id",), None)


# -- does it fit -------------------------------------------------------------------------------------------------------


def residents(count: int) -> list[KnownResident]:
    return [
        replace(JAN, contact_id=ContactId(number), account_id=number + 50, building_id=number + 70, home="")
        for number in range(1001, 1001 + count)
    ]


def rows_of(found: list[KnownResident], **changed: Any) -> list[Claim]:
    return [
        replace(SAID, contact_id=it.contact_id, account_id=it.account_id, building_id=it.building_id, **changed)
        for it in found
    ]


def test_a_file_of_another_cooperation_is_refused() -> None:
    mine = residents(4)
    others = [
        replace(claim, contact_id=(claim.contact_id or 0) + 500, account_id=7, building_id=8) for claim in rows_of(mine)
    ]
    assert shown(*others, of=known(*mine)).refused
    same_contacts = [
        replace(claim, account_id=(claim.account_id or 0) + 900, building_id=None) for claim in rows_of(mine)
    ]
    assert shown(*same_contacts, of=known(*mine)).refused


def test_a_file_in_which_a_few_rows_contradict_is_not() -> None:
    mine = residents(4)
    first, *rest = rows_of(mine)
    comparison = shown(replace(first, account_id=9), *rest, of=known(*mine))
    assert not comparison.refused
    assert comparison.counts == {"contradicts": 1, "deliver": 3}


def test_many_whom_the_link_does_not_know_are_no_reason() -> None:
    strangers = [
        replace(
            SAID,
            contact_id=it.contact_id + 500,
            account_id=(it.account_id or 0) + 500,
            building_id=(it.building_id or 0) + 500,
        )
        for it in residents(9)
    ]
    comparison = shown(SAID, *strangers)
    assert not comparison.refused
    assert comparison.counts == {"deliver": 1, "unknown": 9}


def test_a_dossier_that_was_made_after_the_file_is_not_expected_in_it() -> None:
    mine = residents(3)
    first = rows_of(mine)[0]
    young = [mine[0], *(replace(it, has_dossier_since=NOW) for it in mine[1:])]
    assert not shown(first, of=known(*young), as_of=EARLIER).refused
    assert shown(first, of=known(*mine), as_of=NOW).refused


def test_a_status_with_another_name_is_told() -> None:
    other = replace(SAID, status="", knows_status=False)
    row = only(other)
    assert (row.group, row.remarks) == ("deliver", ("other_status",))
    row = only(other, of=known(JAN, visits=visit()))
    assert (row.group, row.why) == ("unreadable", ("status",))


def test_what_is_known_of_the_visit_is_shown_also_when_the_numbers_do_not_agree() -> None:
    row = only(replace(SAID, account_id=52), of=known(JAN, visits=visit()))
    assert row.group == "contradicts"
    assert row.visit
    assert row.visit.appointment == LOCAL


@pytest.mark.parametrize(("most", "kept"), [(250, 250), (None, 300)])
def test_a_page_keeps_only_so_many_rows_of_a_group_and_a_command_all(most: int | None, kept: int) -> None:
    many = residents(300)
    comparison = compare(settings(), known(*many), Brought(NOW, NOW, list(rows_of(many))), most)
    assert comparison.counts == {"deliver": 300}
    assert len(comparison.rows["deliver"]) == kept


def test_a_file_of_people_who_live_elsewhere_is_refused() -> None:
    """The numbers may be the same in another installation."""
    mine = [replace(it, home="1234AB 12A") for it in residents(4)]
    elsewhere = rows_of(mine, houses=("9",), postal_code="9000")
    assert shown(*elsewhere, of=known(*mine)).refused
    one_moved = [elsewhere[0], *rows_of(mine)[1:]]
    comparison = shown(*one_moved, of=known(*mine))
    assert not comparison.refused
    assert [row.remarks for row in comparison.rows["deliver"]] == [("other_home",), (), (), ()]
