"""How many letters one receiver gets, and what happens with the others: held, or together in a digest."""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from datetime import timedelta

import pytest

from infra.standins.mailbox.box import Fault, Letter
from shared.dead_letters.decide import close, replay
from shared.domain.letter_count import COACH_NOTES, WELCOMES
from shared.domain.outgoing_mail import OutgoingMail
from shared.erasure.erase import erase
from tests.world.crash_points import Killed
from tests.world.letters import LIENS, text
from tests.world.residents import COOPERATION, OTHER, WELCOME, Campaign, Resident, check_whole, dead_letters, signed_up
from tests.world.sent import letters
from tests.world.world import World

NOTE, DIGEST = "Een nieuwe bewoner voor jou: plan een afspraak", "Nieuwe bewoners voor jou: plan afspraken"
AT_ONCE = timedelta(minutes=50)


class Alias(Resident):
    """A resident of OTHER with the given e-mail address."""

    def __init__(self, world: World, number: int, email: str) -> None:
        super().__init__(world, number, OTHER)
        self.email = email


def spelled(world: World, spellings: list[str]) -> list[Resident]:
    """Residents who signed up with these addresses, one after the other."""
    residents: list[Resident] = [Alias(world, number, email) for number, email in enumerate(spellings, 1)]
    for resident in residents:
        assert resident.sign_up()
    return residents


def welcomes(world: World) -> list[Letter]:
    return [letter for letter in world.letters.letters() if letter.header("Subject") == WELCOME]


SPELLINGS = {
    "plus": [
        "anna@example.org",
        "anna+1@example.org",
        "anna+2@example.org",
        "anna+a+b@example.org",
        "anna+@example.org",
    ],
    "capitals": [
        "anna@example.org",
        "Anna+1@example.org",
        "ANNA+2@EXAMPLE.ORG",
        "anNa+c@Example.org",
        "aNNa+d@example.org",
    ],
    "gmail": ["an.na@gmail.com", "anna@gmail.com", "a.nna@googlemail.com", "A.N.N.A@gmail.com", "anna+x@gmail.com"],
}


@pytest.mark.parametrize("spellings", SPELLINGS.values(), ids=SPELLINGS)
def test_one_mailbox_gets_a_few_welcomes_a_day_and_the_others_are_dead_letters(world: World, spellings: list[str]):
    spelled(world, spellings)
    world.settle()
    assert len(welcomes(world)) == WELCOMES.most
    held = dead_letters(world)
    assert len(held) == len(spellings) - WELCOMES.most
    for letter in held:
        assert letter.id.startswith("mails/welcome-")
        assert "welkomstbrieven" in letter.why
        assert "Econobis" in letter.advice


def test_a_replay_sends_a_welcome_that_was_held(world: World):
    spelled(world, SPELLINGS["plus"])
    world.settle()
    first, second = dead_letters(world)
    replay(world.services, first, "anna")
    close(world.services, second, "anna")
    world.settle()
    assert len(welcomes(world)) == WELCOMES.most + 1
    check_whole(world)


def test_after_a_day_the_mailbox_gets_a_welcome_again(world: World):
    spelled(world, SPELLINGS["plus"][:3])
    world.settle()
    world.clock.advance(WELCOMES.within.total_seconds())
    late = Alias(world, 9, "anna+9@example.org")
    assert late.sign_up()
    world.settle()
    assert len(letters(world, late.email)) == 1
    assert not dead_letters(world)


def test_each_mailbox_is_counted_by_itself(world: World):
    spelled(world, [f"bewoner{number}@example.org" for number in range(8)])
    world.settle()
    assert len(welcomes(world)) == 8
    assert not dead_letters(world)


def test_a_letter_that_is_sent_at_a_later_attempt_counts_once(world: World):
    """The mail server is away for more than a day, and three others sign up before it is back."""
    world.letters.add_faults([Fault(match="connect", kind="reply", status=421, times=1_000_000)])
    spelled(world, SPELLINGS["plus"][:3])
    with suppress(AssertionError):
        world.settle(WELCOMES.within + timedelta(hours=2))
    for number in (11, 12, 13):
        assert Alias(world, number, f"anna+{number}@example.org").sign_up()
    with suppress(AssertionError):
        world.settle(timedelta(hours=1))
    world.letters.database.replace_all({})
    world.settle()
    assert len(welcomes(world)) == 6
    assert not dead_letters(world)


# -- the coach ---------------------------------------------------------------------------------------------------------


def named(letter: Letter) -> list[str]:
    """The residents in a letter to a coach, by e-mail address."""
    return re.findall(r"E-mail: (\S+)", text(letter))


def notes(world: World) -> tuple[list[Letter], list[Letter]]:
    """The letters to the coach about one resident, and the digests."""
    received = letters(world, LIENS)
    single, digests = (
        [letter for letter in received if letter.header("Subject") == subject] for subject in (NOTE, DIGEST)
    )
    return single, digests


def test_a_coach_of_a_hundred_new_residents_gets_a_few_letters_and_one_digest(world: World):
    campaign = signed_up(world, 100)
    single, (digest,) = notes(world)
    assert len(single) == COACH_NOTES.most
    told = [email for letter in (*single, digest) for email in named(letter)]
    assert sorted(told) == sorted(resident.email for resident in campaign.residents)
    assert str(digest.part("text/html")).count("<dt") == 3 * (100 - COACH_NOTES.most)
    assert "Kerkstraat" in text(digest)
    campaign.check()


def test_the_digest_goes_at_the_end_of_the_hour(world: World):
    campaign = Campaign(world, 8)
    campaign.sign_up()
    with suppress(AssertionError):
        world.settle(AT_ONCE)
    assert [len(each) for each in notes(world)] == [COACH_NOTES.most, 0]
    world.settle()
    assert [len(each) for each in notes(world)] == [COACH_NOTES.most, 1]


def test_after_the_hour_a_resident_gets_a_letter_of_its_own_again(world: World):
    for first in (1, 101):
        Campaign(world, 6, first=first).sign_up()
        world.settle()
    single, digests = notes(world)
    assert (len(single), [len(named(digest)) for digest in digests]) == (10, [1, 1])
    check_whole(world)


def test_a_resident_who_was_erased_meanwhile_is_not_in_the_digest(world: World):
    campaign = Campaign(world, 8)
    campaign.sign_up()
    with suppress(AssertionError):
        world.settle(AT_ONCE)
    single, _ = notes(world)
    waiting = [
        it for it in campaign.residents if it.email not in {email for letter in single for email in named(letter)}
    ]
    gone, *others = waiting
    erase(world.services, COOPERATION, gone.contact_id, "anna")
    (stored,) = [mail for _, mail in world.observer.records(OutgoingMail).all(where={"kind": "coach_digest"})]
    assert gone.contact_id not in stored.contact_ids
    world.settle()
    _, (digest,) = notes(world)
    assert sorted(named(digest)) == sorted(other.email for other in others)


def test_the_digest_goes_once_when_the_mail_server_is_back(world: World):
    campaign = Campaign(world, 8)
    campaign.sign_up()
    with suppress(AssertionError):
        world.settle(AT_ONCE)
    world.letters.add_faults([Fault(match="connect", kind="reply", status=421, times=20)])
    world.settle()
    _, (digest,) = notes(world)
    assert len(named(digest)) == 3
    check_whole(world)


def test_a_resident_who_is_too_late_for_the_digest_gets_a_letter(world: World):
    """An instance was paused between counting a letter and adding it to the digest, which was sent meanwhile."""
    campaign = Campaign(world, COACH_NOTES.most + 2)
    campaign.sign_up()
    points: list[str] = []

    def stands_still(point: str) -> None:
        points.append(point)
        is_counted = points[-2:] == ["after store.get(letter_counts)", "before store.get(mails)"]
        if is_counted and digests_of(world) and not stood:
            stood.append(point)
            world.clock.advance(3600)
            while not notes(world)[1]:
                assert world.dispatcher.run_due()

    stood: list[str] = []
    world.boundaries.fault = stands_still
    world.settle()
    assert stood
    single, (digest,) = notes(world)
    told = [email for letter in (*single, digest) for email in named(letter)]
    assert sorted(told) == sorted(resident.email for resident in campaign.residents)
    check_whole(world)


def digests_of(world: World) -> list[tuple[str, OutgoingMail]]:
    return list(world.observer.records(OutgoingMail).all(where={"kind": "coach_digest"}))


def test_a_resident_who_is_added_while_the_digest_is_being_sent_is_in_it(world: World):
    campaign = Campaign(world, COACH_NOTES.most + 2)
    campaign.sign_up()
    with suppress(AssertionError):
        world.settle(AT_ONCE)
    ((key, digest),) = digests_of(world)
    last = digest.contact_ids.pop()
    world.observer.records(OutgoingMail).update(key, lambda _: digest)

    def joins(point: str) -> None:
        if point == "before store.replace(mails)" and not joined:
            joined.append(point)
            digest.contact_ids.append(last)
            world.observer.records(OutgoingMail).update(key, lambda _: digest)

    joined: list[str] = []
    world.boundaries.fault = joins
    world.settle()
    assert joined
    _, (letter,) = notes(world)
    assert len(named(letter)) == 2


@pytest.mark.parametrize("number", range(1, 62, 3))
def test_a_death_at_any_point_leaves_no_resident_out(world: World, number: int):
    """At each crash point about letters, from the first letter that is held until the digest was sent."""
    campaign = Campaign(world, 7)
    campaign.sign_up()
    points = itertools.count(1)

    def dies(point: str) -> None:
        is_about_letters = re.search(r"mails|letter_counts|smtp|queue", point)
        if is_about_letters and len(world.letters_to(LIENS)) >= COACH_NOTES.most and next(points) == number:
            raise Killed(point)

    world.boundaries.fault = dies
    with pytest.raises(Killed):
        world.settle()
    world.die()
    world.settle()
    single, digests = notes(world)
    told = {email for letter in (*single, *digests) for email in named(letter)}
    assert told == {resident.email for resident in campaign.residents}
    assert len({letter.header("Message-ID") for letter in (*single, *digests)}) == COACH_NOTES.most + 1
    assert len(single) + len(digests) <= COACH_NOTES.most + 2  # One may be sent twice when its outcome is unknown.
    check_whole(world)
