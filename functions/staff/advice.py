"""What to do about a dead letter, in the language of the page."""

from __future__ import annotations

from functions.staff.language import translations
from functions.staff.visit import Visit
from shared.staff.one_trouble import Letter, advice_of
from shared.staff.told import Told


def advice(visit: Visit, letter: Letter) -> Told:
    """In the language of the page where we have it."""
    return advice_of(letter, translations(visit.language).gettext, is_dutch=visit.language == "nl")
