"""The letters about appointments, and how a receiver reads a letter."""

from __future__ import annotations

from typing import Any

import icalendar

from infra.standins.mailbox.box import Letter
from tests.world.residents import WELCOME, Resident
from tests.world.sent import letters

LIENS = "lien@meer-energie.example"  # the coach of the form of `meer-energie`
FIRST, SECOND, THIRD = "2027-03-05 10:00:00", "2027-03-06 11:30:00", "2027-03-07 09:00:00"


def appointment(resident: Resident, *dates: str | None) -> None:
    """Sets these dates in turn (Amsterdam's time, None cancels). All letters go out before the next date is set."""
    for date in dates:
        assert resident.set_appointment(date)
        resident.world.settle()


def told(resident: Resident) -> list[Letter]:
    """The letters to this resident after the welcome."""
    return [letter for letter in letters(resident.world, resident.email) if letter.header("Subject") != WELCOME]


def text(letter: Letter) -> str:
    return str(letter.part("text/plain"))


def event(letter: Letter) -> tuple[str, Any]:
    """The METHOD and the VEVENT of the calendar file."""
    calendar = icalendar.Calendar.from_ical(str(letter.part("text/calendar")))
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]
