"""One resident's journey from form to cancelled appointment, and what must be true at its end.

A caller who gets no answer does what a person would: the resident sends the form again, the coach saves again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from shared.dead_letters.decide import replay
from shared.dead_letters.find import DeadLetter, find_dead_letters
from shared.domain.relay import Relay
from shared.domain.submission import Submission
from shared.errors import StoreError
from tests.world.crash_points import Killed
from tests.world.world import World

COOPERATION = "meer-energie"  # Its form has a fixed coach, so nobody has to link one.
COACH = 21
EMAIL = "lotte@example.org"
WELCOME = "Je Hoomdossier staat klaar"
SETTLED = timedelta(minutes=10)  # the longest that a step takes, also when an instance is killed in it
TYPED = {
    "voornaam": "Lotte", "achternaam": "Maes", "emailadres": EMAIL, "adres_postcode": "9000", "adres_huisnummer": "1",
    "adres_straat": "Kerkstraat", "adres_plaats": "Gent", "akkoord_privacybeleid": "ja",
}  # fmt: skip
DATES = ("2027-03-05 10:00:00", "2027-03-06 11:30:00", None)
CANCELLED = 14  # Econobis' status "Afspraak afgezegd"


class Journey:
    """`alone`: the only fault is a killed instance, so each step must be done within SETTLED without a person."""

    def __init__(self, world: World, *, alone: bool = False) -> None:
        self.world, self.alone = world, alone

    def steps(self) -> Iterator[Callable[[], object]]:
        """The steps in order. `run` repeats a step that returned False or got no answer."""
        yield self.sign_up
        yield self.world.settle
        for date in DATES:
            yield lambda date=date: self.world.set_appointment(COOPERATION, self.building_id, date)
            yield lambda: self.push("afspraak")
            yield self.world.settle
        for kind in ("gebruik", "woonplan"):
            yield lambda kind=kind: self.push(kind)
        yield self.world.settle

    def run(self) -> None:
        """Plays all steps. A killed instance is replaced by a new one, and a person decides on dead letters."""
        for step in self.steps():
            began = self.world.clock()
            self._until_done(step)
            self._until_done(self.world.settle)
            assert not self.alone or self.world.clock() - began <= SETTLED, step
            while letters := list(find_dead_letters(self.world.observer, COOPERATION)):
                self._until_done(lambda letters=letters: self._decide(letters))
                self._until_done(self.world.settle)

    def _until_done(self, step: Callable[[], object]) -> None:
        for _ in range(3):
            try:
                if step() is not False:
                    return
            except (Killed, StoreError):
                pass
            self.world.die()
        raise AssertionError(f"{step} does not work at all")

    # -- who does what ---------------------------------------------------------------------------------------------

    def sign_up(self) -> bool:
        answer = self.world.post(f"/functions/receive-webform/{COOPERATION}/aanmelden", TYPED)
        return answer is not None and answer.status_code == 202

    def push(self, kind: str) -> bool:
        return self.world.push(COOPERATION, kind, self.building_id)

    def _decide(self, letters: list[DeadLetter]) -> None:
        """Does what a person would do: replays. When an account's id was lost, the next event of the dossier tells it."""
        for letter in letters:
            if letter.collection == "residents":
                assert not letter.parked.unknown, letter
                assert self.world.push(COOPERATION, "gebruik", self.building_id)
            else:
                assert not self.alone, letter
                replay(self.world.services, letter, "test")

    # -- what is there ---------------------------------------------------------------------------------------------

    @property
    def contact_id(self) -> int:
        (row,) = self.world.rows(COOPERATION, "email_addresses", email=EMAIL)
        return int(row["contact_id"])

    @property
    def building_id(self) -> int:
        (user,) = self.world.dossiers(COOPERATION, self.contact_id)
        return int(user["building_id"])

    def check(self) -> None:
        """Invariants I1, I2 and I4 of this journey, asked of the peers."""
        world = self.world
        contact_id = self.contact_id
        assert [row["contact_id"] for row in world.rows(COOPERATION, "intakes")] == [contact_id]
        assert len(world.rows(COOPERATION, "opportunities")) == 1
        (visit,) = world.rows(COOPERATION, "quotation_requests")
        assert visit["status_id"] == CANCELLED
        assert visit["date_planned"] == DATES[1]
        (user,) = world.dossiers(COOPERATION, contact_id)
        (contact,) = world.rows(COOPERATION, "contacts", id=contact_id)
        assert contact["hoom_account_id"] == user["account_id"]
        links = world.hoomdossier_rows[COOPERATION].rows("building_coach_statuses", building_id=user["building_id"])
        assert len({link["coach_id"] for link in links}) == 1
        welcomes = [one for one in world.letters.letters() if one.header("Subject") == WELCOME]
        assert {EMAIL} == {to for one in welcomes for to in one.recipients}
        assert len({one.header("Message-ID") for one in welcomes}) == 1
        assert len(welcomes) <= 2
        assert not list(find_dead_letters(world.observer))
        assert not world.has_work()
        self._check_nothing_personal_left()

    def _check_nothing_personal_left(self) -> None:
        """After the delivery neither sign-up nor events keep their content."""
        services = self.world.observer
        for _, submission in services.records(Submission).all():
            assert submission.sign_up is None
        for _, relay in services.records(Relay).all():
            assert all(item.payload is None and item.blob is None for item in relay.items.values())
