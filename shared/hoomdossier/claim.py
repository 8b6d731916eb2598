"""What one row of a list that a person took out of Hoomdossier says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from shared.domain.address import home_key
from shared.domain.spreadsheet import home_of

STATUSES = {
    "actief": "active",
    "inactief": "inactive",
    "in afwachting": "pending",
    "in uitvoering": "in_progress",
    "uitgevoerd": "executed",
    "geen uitvoering": "no_execution",
}
"""The names on the screens, and the shorts in an event (`docs/peers/hoomdossier.md` 4.3)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`row` counts from 1, as a spreadsheet does. `contact_id` is Econobis'; the other ids are Hoomdossier's.

    `day` and `at` are in Amsterdam; `at` is None when only the day is told. `status` is a short of STATUSES, `""` for
    none and for an unknown one (then not `knows_status`). `coaches` are names. `houses` are house numbers as they stand
    there, several when the address can be read in several ways. `wrong` names the columns that cannot be read.
    `has_ids`: the list has a column for the contact, so an empty one means that there is none.
    """

    row: int
    contact_id: int | None = None
    account_id: int | None = None
    user_id: int | None = None
    building_id: int | None = None
    day: date | None = None
    at: time | None = None
    status: str = ""
    knows_status: bool = True
    coaches: tuple[str, ...] = ()
    name: str = ""
    street: str = ""
    houses: tuple[str, ...] = ()
    postal_code: str = ""
    wrong: tuple[str, ...] = ()
    has_ids: bool = False

    @property
    def homes(self) -> tuple[str, ...]:
        """`1234AB 12A`, to find a resident by; the likeliest first. Worked out when asked: it takes a while."""
        found = (home_of(self.postal_code, house) for house in self.houses)
        return tuple(dict.fromkeys(home for home in found if home))

    def is_elsewhere(self, home: str) -> bool:
        """Whether it is certain that this is another home than `1234AB 12A`."""
        typed = "".join(self.houses[:1]).replace(" ", "").upper()
        if home == home_key(self.postal_code, typed):
            return False  # As most are; reading an address takes a while.
        homes = self.homes
        return bool(homes) and home not in homes

    @property
    def address(self) -> str:
        """As the list has it."""
        return ", ".join(part for part in (self.street, self.postal_code) if part)


def read_status(text: str) -> str:
    """The short of a status; `""` for a name that is not known."""
    return STATUSES.get(text.strip().casefold(), "")
