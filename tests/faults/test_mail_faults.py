"""F21: the mail server refuses for now or for good, closes the connection, or accepts a letter and loses its answer."""

from __future__ import annotations

import pytest

from infra.standins.mailbox.box import Fault
from shared.dead_letters.decide import replay
from tests.world.residents import COOPERATION, Resident, check_whole, dead_letters, in_time
from tests.world.world import World


def signed_up(world: World, *faults: Fault) -> Resident:
    """A resident who signed up while the first letters met these faults. Sign-up and dossier are there anyway."""
    world.letters.add_faults(faults)
    resident = Resident(world, 1)
    resident.sign_up()
    world.settle()
    assert resident.visit
    assert resident.contact["hoom_account_id"]
    return resident


@pytest.mark.parametrize(
    "fault",
    [
        Fault(match="RCPT", kind="reply", status=451, times=4),
        Fault(match="DATA end", kind="reply", status=452, times=4),
        Fault(match="connect", kind="reply", status=421, times=4),
        Fault(match="MAIL", kind="reset", times=4),
    ],
    ids=lambda fault: f"{fault.match} {fault.kind}",
)
def test_f21_a_letter_that_is_refused_for_now_is_sent_again_until_it_is_accepted(world: World, fault: Fault):
    began = world.clock()
    signed_up(world, fault).check()
    assert in_time(world, began)
    check_whole(world)


def test_f21_a_letter_that_is_refused_for_good_is_a_dead_letter_that_can_be_replayed(world: World):
    resident = signed_up(world, Fault(match="RCPT", kind="reply", status=550, body="geen postbus", times=2))
    letters = dead_letters(world)
    assert {letter.collection for letter in letters} == {"mails"}
    assert len(letters) == 2
    for letter in letters:
        assert not letter.parked.unknown
        assert "geen postbus" in letter.why
        replay(world.services, letter, "test")
    world.settle()
    resident.check()
    check_whole(world)


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
@pytest.mark.parametrize("times", [1, 2])
def test_f21_a_letter_without_an_answer_is_sent_once_more_with_the_same_message_id(world: World, kind: str, times: int):
    """Two welcomes are better than none, and no person has to look whether it arrived."""
    coach, fault = "/building-coach-status", Fault(match="DATA end", kind=kind, times=times)
    world.fault(
        "hoomdossier", COOPERATION, kind="status", status=503, match=coach, times=99
    )  # So no letter to a coach.
    resident = signed_up(world, fault)
    arrived = times + 1 if kind == "lost_answer" else 1
    welcomes = [one for one in world.letters.letters() if resident.email in one.recipients]
    assert len(welcomes) == (min(arrived, 2) if times == 1 or kind == "lost_answer" else 0)
    assert len({one.header("Message-ID") for one in welcomes}) <= 1
    assert all(one.collection == "links" for one in dead_letters(world))


def test_f21_after_an_outage_of_the_mail_server_one_letter_tells_the_newest_date(world: World):
    """The appointment was set and moved twice during the outage."""
    resident = signed_up(world)
    world.letters.add_faults([Fault(match="connect", kind="reply", status=421, times=1000)])
    for hour in (10, 11, 12):
        assert resident.set_appointment(f"2027-03-05 {hour}:00:00")
        for _ in range(20):
            if not world.dispatcher.run_due():
                world.clock.advance(30)
    assert resident.visit["date_planned"] == "2027-03-05 12:00:00"
    world.letters.database.replace_all({"messages": world.letters.database.rows("messages")})
    began = world.clock()
    world.settle()
    told = [letter for letter in world.letters.letters() if resident.email in letter.recipients][1:]
    assert len(told) == 1
    assert "12:00" in str(told[0].part("text/plain"))
    assert in_time(world, began)
    check_whole(world)
