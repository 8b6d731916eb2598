"""Residents: what they and their coaches do, what both peers hold of them, and what must be true of it after any fault.

The codes I1, I2 ... are explained in `tests/faults/README.md`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from shared.dead_letters.find import DeadLetter, find_dead_letters
from tests.fixtures import read
from tests.world.tallies import check_now
from tests.world.world import World

COOPERATION = "meer-energie"  # Its form has a fixed coach, so nobody has to link one.
OTHER = "zonnig-dorp"
PER_MINUTE = 60  # calls that either peer allows
WELCOME = "Je Hoomdossier staat klaar"


class Resident:
    """Resident number `number`, whose name and house number follow from the number."""

    def __init__(self, world: World, number: int, cooperation: str = COOPERATION) -> None:
        self.world, self.number, self.cooperation = world, number, cooperation
        self.email = f"bewoner{number}@example.org"

    @property
    def typed(self) -> dict[str, str]:
        return {
            "voornaam": f"Voor{_letters(self.number)}", "achternaam": f"Naam{_letters(self.number)}",
            "emailadres": self.email, "adres_postcode": "9000" if self.cooperation == COOPERATION else "1234AB",
            "adres_huisnummer": str(self.number), "adres_straat": "Kerkstraat", "adres_plaats": "Gent",
            "akkoord_privacybeleid": "ja",
        }  # fmt: skip

    def sign_up(self) -> bool:
        """Sends the form once. False when it was not accepted."""
        answer = self.world.post(f"/functions/receive-webform/{self.cooperation}/aanmelden", self.typed)
        return answer is not None and answer.status_code == 202

    def make_dossier(self) -> Any:
        """An employee has Econobis ask the link for a dossier. Returns Econobis' answer."""
        path = f"/econobis/{self.cooperation}/api/contact/{self.contact_id}/make-hoomdossier"
        return self.world.http.get(f"{self.world.base}{path}")

    def set_appointment(self, date: str | None) -> bool:
        """The coach sets the date (Amsterdam's time; None removes it). False when the link did not accept the event."""
        self.world.set_appointment(self.cooperation, self.building_id, date)
        return self.push("afspraak")

    def push(self, kind: str) -> bool:
        return self.world.push(self.cooperation, kind, self.building_id)

    # -- what is there ---------------------------------------------------------------------------------------------

    @property
    def is_in_econobis(self) -> bool:
        return bool(self.world.rows(self.cooperation, "email_addresses", email=self.email))

    @property
    def contact_id(self) -> int:
        (row,) = self.world.rows(self.cooperation, "email_addresses", email=self.email)
        return int(row["contact_id"])

    @property
    def contact(self) -> dict[str, Any]:
        (row,) = self.world.rows(self.cooperation, "contacts", id=self.contact_id)
        return row

    @property
    def dossiers(self) -> list[dict[str, Any]]:
        return self.world.dossiers(self.cooperation, self.contact_id)

    @property
    def building_id(self) -> int:
        (dossier,) = self.dossiers
        return int(dossier["building_id"])

    @property
    def visit(self) -> dict[str, Any]:
        (intake,) = self.world.rows(self.cooperation, "intakes", contact_id=self.contact_id)
        (opportunity,) = self.world.rows(self.cooperation, "opportunities", intake_id=intake["id"])
        (visit,) = self.world.rows(self.cooperation, "quotation_requests", opportunity_id=opportunity["id"])
        return visit

    @property
    def documents(self) -> list[dict[str, Any]]:
        return self.world.rows(self.cooperation, "documents", contact_id=self.contact_id)

    @property
    def related(self) -> dict[str, Any]:
        """`account_related` of an event about this resident's dossier."""
        (dossier,) = self.dossiers
        ids = {"building_id": dossier["building_id"], "user_id": dossier["id"], "account_id": dossier["account_id"]}
        return {**ids, "contact_id": self.contact_id}

    def tell(self, kind: str, *, building_id: int | None = None, **changes: Any) -> int:
        """Posts an event as Hoomdossier does, with some fields changed. Returns our status, 0 without an answer."""
        related = {**self.related, **({"building_id": building_id} if building_id else {})}
        body = {**read(f"examples/push-{kind}-request.json"), "account_related": related, **changes}
        path = f"/functions/receive-event/{self.cooperation}/demo-{self.cooperation}-hoomdossier/hoomdossier/{kind}"
        answer = self.world.post(path, body)
        return answer.status_code if answer is not None else 0

    def check(self) -> None:
        """I1 and I2: visit, account and welcome letter are there, once."""
        visit, contact, (dossier,) = self.visit, self.contact, self.dossiers
        assert visit["id"]
        assert contact["hoom_account_id"] == dossier["account_id"]
        assert self.world.letters_to(self.email).count(WELCOME) == 1


class Campaign:
    """`count` residents of one cooperation, with the numbers `first`, `first` + 2, `first` + 4 ..."""

    def __init__(self, world: World, count: int, cooperation: str = COOPERATION, first: int = 1) -> None:
        self.world, self.cooperation = world, cooperation
        self.residents = [Resident(world, first + 2 * number, cooperation) for number in range(count)]

    @cached_property
    def letters(self) -> list[DeadLetter]:
        return dead_letters(self.world, self.cooperation)

    def sign_up(self) -> None:
        """Each resident sends the form up to three times."""
        for resident in self.residents:
            for _ in range(3):
                if resident.sign_up():
                    break
            else:
                raise AssertionError("the form does not work at all")

    def check(self) -> None:
        for resident in self.residents:
            resident.check()
        check_whole(self.world)


def signed_up(world: World, count: int, cooperation: str = COOPERATION, first: int = 1) -> Campaign:
    """A campaign of residents of whom all work is done."""
    campaign = Campaign(world, count, cooperation, first)
    campaign.sign_up()
    world.settle()
    return campaign


def sign_up(resident: Resident, form: str = "aanmelden", **changes: str) -> str:
    """Sends the form with some answers changed. Returns the submission's id."""
    path = f"/functions/receive-webform/{resident.cooperation}/{form}"
    answer = resident.world.post(path, {**resident.typed, **changes})
    assert answer is not None
    assert answer.status_code == 202
    id_: str = answer.json()["id"]
    return id_


def resident_has_one_of_each(resident: Resident) -> None:
    """I1 and I2 for a resident whose form names no coach, so that there is no visit yet."""
    (intake,) = resident.world.rows(resident.cooperation, "intakes", contact_id=resident.contact_id)
    (_opportunity,) = resident.world.rows(resident.cooperation, "opportunities", intake_id=intake["id"])
    (found,) = resident.dossiers
    assert resident.contact["hoom_account_id"] == found["account_id"]
    assert resident.world.letters_to(resident.email).count(WELCOME) == 1


def dead_letters(world: World, cooperation: str | None = None) -> list[DeadLetter]:
    return list(find_dead_letters(world.observer, cooperation))


def check_whole(world: World) -> None:
    """No dead letter and no work is left (I1), nothing is there twice (I2), and the limits were kept (I5)."""
    assert not dead_letters(world)
    assert not world.has_work()
    check_now(world.observer)
    for cooperation in world.econobis_rows:
        for table, column in (("intakes", "contact_id"), ("opportunities", "intake_id"), ("email_addresses", "email")):
            counted = Counter(row[column] for row in world.rows(cooperation, table))
            assert not [value for value, times in counted.items() if value and times > 1], table
    check_limits(world)


def check_limits(world: World) -> None:
    """I5: no peer got more than PER_MINUTE calls in any 60 seconds."""
    for peer, tables in (("econobis", world.econobis_rows), ("hoomdossier", world.hoomdossier_rows)):
        for cooperation in tables:
            received = world.received(peer, cooperation)
            moments = sorted(datetime.fromisoformat(row["at"]).timestamp() for row in received)
            for index, moment in enumerate(moments[PER_MINUTE:]):
                assert moment - moments[index] >= 60, f"{peer} of {cooperation} was called too often"


def in_time(world: World, since: datetime, limit: timedelta = timedelta(minutes=6)) -> bool:
    """I9: whether no more than `limit` has passed since `since` (UTC). One sweep is five minutes."""
    return world.clock() - since <= limit


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
