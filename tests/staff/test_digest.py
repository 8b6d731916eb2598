"""The e-mail to staff on the morning of a working day: when it goes, to whom, once, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from infra.standins.mailbox.box import Fault, Letter
from shared.domain.journey import WAITS
from shared.domain.outgoing_mail import OutgoingMail
from shared.flows.sweep import sweep
from shared.mail.facts import example
from shared.mail.render import render
from shared.mail.settings import MailSettings
from shared.staff.digest import ENDS, make_digests
from shared.store.port import Query
from shared.work.kinds import KINDS
from shared.work.services import Services
from tests.world.crash_points import Killed
from tests.world.fixtures import Adjusted
from tests.world.letters import text
from tests.world.own_secrets import running_as
from tests.world.residents import COOPERATION, Resident, check_whole
from tests.world.sent import letters
from tests.world.world import AMSTERDAM, NO_DIGEST, World

MANAGER, WORKER = "coordinator@meer-energie.example", "medewerker@meer-energie.example"
ELSEWHERE = "coordinator@zonnig-dorp.example"
GETS_DIGEST = (f", {NO_DIGEST}", "")
EXAMPLE_ROW = {"since": datetime(2026, 11, 26, tzinfo=AMSTERDAM), "url": "https://example.org/"}
WAITS_A_DAY = ("1: {name: Warme wijk}", "1: {name: Warme wijk}\n    longest_waits: {appointment: 1}")
"""A resident has a coach at once here, and waits for an appointment from then on."""


@pytest.fixture
def world(adjusted: Adjusted) -> Iterator[World]:
    with adjusted(GETS_DIGEST, WAITS_A_DAY) as world:
        yield world


def go_to(world: World, moment: str) -> None:
    """Moves the clock to a moment in Amsterdam, such as `2026-11-24 07:00`, without sweeps in between."""
    at = datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM)
    world.clock.advance((at - world.clock()).total_seconds())


def look(world: World, moment: str) -> None:
    """One sweep at this moment, and what it makes due."""
    go_to(world, moment)
    with running_as("sweep"):
        sweep(world.services)
    while world.dispatcher.run_due():
        pass


def digests(world: World, to: str = MANAGER) -> list[Letter]:
    return [letter for letter in letters(world, to) if letter.header("Subject").startswith("Nu nodig")]


def days(world: World, to: str = MANAGER) -> list[str]:
    """The moments of the letters, in Amsterdam."""
    return [f"{letter.message['Date'].datetime.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}" for letter in digests(world, to)]


# -- what it says ------------------------------------------------------------------------------------------------------


def test_staff_read_in_the_morning_how_many_wait_and_where_to_look(world: World, resident: Resident) -> None:
    look(world, "2026-11-25 07:00")
    for reader in (MANAGER, WORKER):
        (letter,) = digests(world, reader)
        assert letter.header("Subject") == "Nu nodig: 1 bewoner wacht te lang"
        assert letter.header("From") == "Meer Energie <info@meer-energie.example>"
        page = f"{world.base}/functions/show-staff/{COOPERATION}"
        html = str(letter.part("text/html"))
        for part in (text(letter), html.replace("&amp;", "&")):
            assert "1 bewoner wacht op een afspraak, al langer dan 1 dag" in part
            assert "Sinds maandag 23 november 2026." in part
            assert f"{page}/residents?waits_for=appointment&longer=1" in part
            assert f"{page}/" in part
    assert digests(world, ELSEWHERE) == []
    check_whole(world)


def test_it_names_no_resident(world: World, resident: Resident) -> None:
    look(world, "2026-11-25 07:00")
    (letter,) = digests(world)
    said = letter.message.as_string() + text(letter) + str(letter.part("text/html"))
    for fact in (*resident.typed.values(), str(resident.contact_id)):
        assert len(fact) < 4 or fact not in said, fact


def test_what_is_stuck_is_in_it(world: World, resident: Resident) -> None:
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body="unknown", times=1)])
    assert resident.set_appointment("2026-12-05 10:00:00")
    world.settle(timedelta(hours=2))
    look(world, "2026-11-25 07:00")
    (letter,) = digests(world)
    assert letter.header("Subject") == "Nu nodig: 1 storing"
    assert "1 e-mail loopt vast" in text(letter)
    assert f"/show-staff/{COOPERATION}/trouble?kind=mails" in text(letter)


@pytest.mark.parametrize("about", [*WAITS, *(kind.collection for kind in KINDS)])
@pytest.mark.parametrize("count", [1, 1000])
def test_there_are_words_for_everything_that_may_need_a_person(about: str, count: int) -> None:
    mail = MailSettings(name="Zonnig Dorp", sender_address="a@example.org", dossier_url="https://example.org")
    row = {**EXAMPLE_ROW, "about": about, "count": count}
    letter = render("staff_digest", mail, {**example("staff_digest"), "rows": [row]})
    assert re.search(rf"- {count} [a-z-]+ ", letter.text)


# -- when --------------------------------------------------------------------------------------------------------------


def test_it_comes_at_seven_in_amsterdam_and_once_a_day(world: World, resident: Resident) -> None:
    for moment in ("06:55", "07:00", "07:05", "11:55", "13:00", "23:55"):
        look(world, f"2026-11-25 {moment}")
    look(world, "2026-11-26 07:00")
    assert days(world) == ["2026-11-25 07:00", "2026-11-26 07:00"]


def test_it_does_not_come_in_the_weekend(world: World, resident: Resident) -> None:
    for day in range(27, 31):  # From Friday to Monday.
        look(world, f"2026-11-{day} 07:00")
    assert days(world) == ["2026-11-27 07:00", "2026-11-30 07:00"]


@pytest.mark.parametrize("before_and_after", [("2027-03-26", "2027-03-29"), ("2027-10-29", "2027-11-01")])
def test_seven_is_seven_before_and_after_the_clock_changes(
    world: World, resident: Resident, before_and_after: tuple[str, str]
) -> None:
    """On the Sunday in between, the clock changes. In UTC these are six and five o'clock, or five and six."""
    for day in before_and_after:
        look(world, f"{day} 06:55")
        look(world, f"{day} 07:00")
    assert days(world) == [f"{day} 07:00" for day in before_and_after]
    hours = {letter.message["Date"].datetime.astimezone(AMSTERDAM).utcoffset() for letter in digests(world)}
    assert len(hours) == 2


def test_after_an_outage_it_comes_later_that_morning_and_not_in_the_evening(world: World, resident: Resident) -> None:
    look(world, "2026-11-25 09:40")
    look(world, f"2026-11-26 {ENDS:%H:%M}")
    look(world, "2026-11-26 20:00")
    assert days(world) == ["2026-11-25 09:40"]


def test_when_the_mail_server_is_away_all_day_the_letter_is_dropped(world: World, resident: Resident) -> None:
    world.letters.add_faults([Fault(match="connect", kind="reply", status=421, times=1_000_000)])
    look(world, "2026-11-25 07:00")
    go_to(world, "2026-11-25 17:55")
    while world.dispatcher.run_due():
        pass
    assert len(world.observer.records(OutgoingMail).find(where={"kind": "staff_digest", "state": "waiting"})) == 2
    world.letters.database.replace_all({})
    go_to(world, "2026-11-25 19:00")
    world.settle(timedelta(hours=9))
    assert digests(world) == []
    assert world.observer.records(OutgoingMail).find(where={"kind": "staff_digest", "state": "waiting"}) == []


def test_nothing_comes_when_nothing_needs_a_person(world: World, resident: Resident) -> None:
    look(world, "2026-11-23 11:00")  # The resident began to wait today.
    assert digests(world) == []
    check_whole(world)


# -- to whom -----------------------------------------------------------------------------------------------------------


def test_who_only_sees_gets_it_when_the_settings_say_so(adjusted: Adjusted) -> None:
    sees = ("{email: medewerker@meer-energie.example, role: work}", "{email: kijk@meer-energie.example, role: see}")
    asks = ("role: see}", "role: see, digest: true}")
    with adjusted(GETS_DIGEST, WAITS_A_DAY, sees) as world:
        Resident(world, 1).sign_up()
        world.settle()
        look(world, "2026-11-25 07:00")
        assert digests(world, "kijk@meer-energie.example") == []
        assert len(world.observer.records(OutgoingMail).find(where={"kind": "staff_digest"})) == 3  # And Zonnig Dorp's.
        world._adjust = _also(world, asks)
        world.die()  # New settings start new instances.
        look(world, "2026-11-26 07:00")
        assert len(digests(world, "kijk@meer-energie.example")) == 1


def _also(world: World, change: tuple[str, str]):
    before = world._adjust
    return lambda settings: before(settings).replace(*change)


def test_who_was_taken_out_meanwhile_gets_none(world: World, resident: Resident) -> None:
    go_to(world, "2026-11-25 07:00")
    with running_as("sweep"):
        sweep(world.services)
    world._adjust = _also(world, ("      - {email: medewerker@meer-energie.example, role: work}\n", ""))
    world.die()
    while world.dispatcher.run_due():
        pass
    assert len(digests(world)) == 1
    assert digests(world, WORKER) == []
    assert world.observer.records(OutgoingMail).find(where={"kind": "staff_digest", "state": "waiting"}) == []


def test_a_cooperation_without_mail_has_none(adjusted: Adjusted) -> None:
    mail = re.compile(r"    mail:\n      name: Meer Energie\n(      .*\n)+")
    with adjusted(GETS_DIGEST, WAITS_A_DAY) as world:
        before = world._adjust
        world._adjust = lambda settings: mail.sub("", before(settings))
        world.die()
        Resident(world, 1).sign_up()
        world.settle()
        look(world, "2026-11-25 07:00")
        assert digests(world) == []
        assert world.observer.records(OutgoingMail).find(where={"cooperation": COOPERATION}) == []


def test_no_address_of_staff_is_stored(world: World, resident: Resident) -> None:
    look(world, "2026-11-25 07:00")
    mails = world.observer.store.find(Query("mails", {"kind": "staff_digest", "cooperation": COOPERATION}))
    assert len(mails) == 2
    for mail in mails:
        assert "@" not in mail.key + str(mail.data)
    assert not [task for task in world.dispatcher.made if "coordinator" in task.name or "@" in str(task.body)]


# -- once --------------------------------------------------------------------------------------------------------------


def test_sweeps_that_overlap_send_one(world: World, resident: Resident) -> None:
    """The second one reads the marker before the first one has written it."""
    go_to(world, "2026-11-25 07:00")
    other = world.instance()
    seen = []

    def overlap(point: str) -> None:
        if point == "before store.create(mails)" and not seen:
            seen.append(point)
            make_digests(other)

    world.boundaries.fault = overlap
    look(world, "2026-11-25 07:00")
    assert seen
    assert len(digests(world)) == len(digests(world, WORKER)) == 1


def crashes(world: World) -> list[str]:
    """The crash points of one morning, from the sweep to the letters."""
    world.boundaries.begin()
    look(world, "2026-11-25 07:00")
    return world.boundaries.passed


def test_after_a_crash_at_any_point_each_reader_gets_one(world: World, resident: Resident) -> None:
    """Each day the link dies one point later. A letter whose sending was cut off goes twice, with the same Message-ID."""
    points = [number for number, name in enumerate(crashes(world), 1) if re.search("cursors|mails|queue|smtp", name)]
    assert len(points) > 20
    day = datetime(2026, 11, 25)
    for point in points:
        day += timedelta(days=3 if day.weekday() == 4 else 1)
        go_to(world, f"{day:%Y-%m-%d} 07:00")
        world.letters.database.replace_all({})
        world.boundaries.begin(point)
        with pytest.raises(Killed):
            look(world, f"{day:%Y-%m-%d} 07:00")
        world.die()
        for minute in range(2, 58, 5):
            look(world, f"{day:%Y-%m-%d} 07:{minute:02}")
        for reader in (MANAGER, WORKER):
            received = digests(world, reader)
            assert len({letter.header("Message-ID") for letter in received}) == 1, (point, reader)
            assert len(received) <= 2


def test_the_rest_of_the_day_costs_at_most_one_read(world: World, resident: Resident) -> None:
    look(world, "2026-11-25 07:00")
    for moment, reads in (("11:55", ["before store.get(cursors)", "after store.get(cursors)"]), ("12:00", [])):
        go_to(world, f"2026-11-25 {moment}")
        world.boundaries.begin()
        assert make_digests(world.services) == 0
        assert world.boundaries.passed == reads


def test_a_refused_letter_is_no_dead_letter(world: World, resident: Resident) -> None:
    """Else each morning would add one, which the next morning's letter then counts."""
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body="unknown", times=1)])
    look(world, "2026-11-25 07:00")
    assert len(digests(world)) + len(digests(world, WORKER)) == 1
    assert not _stuck(world.observer)


def _stuck(services: Services) -> list[tuple[str, OutgoingMail]]:
    return services.records(OutgoingMail).find(where={"needs_person": True})
