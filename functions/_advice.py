"""What a resident reads when a form was refused: one text for the plain page and for our own page with the form."""

from __future__ import annotations

from dataclasses import dataclass

from shared.words import Words


@dataclass(frozen=True)
class Advice:
    """What is the matter, what became of the sign-up, and what to do now.

    Between the last two stands where to find what was typed: above the button, or with the browser's button back.
    """

    title: Words
    stored: Words
    then: Words


_LATER = Words(
    "Verstuur het formulier over een paar minuten opnieuw. Twee keer versturen kan geen kwaad: wij maken er één "
    "aanmelding van."
)
_ADVICE = {
    413: Advice(
        Words("Dit is te groot"),
        Words("Er is niets opgeslagen."),
        Words(
            "Haal een foto of een ander bestand weg, of maak een lange opmerking korter. Verstuur het formulier dan "
            "opnieuw."
        ),
    ),
    422: Advice(
        Words("Nog niet helemaal goed"),
        Words("Er is nog niets verstuurd."),
        Words("Verbeter dit, en verstuur het formulier dan opnieuw."),
    ),
    429: Advice(
        Words("Nu even te veel"),
        Words("Uw aanmelding is nog niet opgeslagen."),
        Words("Verstuur het formulier later nog eens."),
    ),
    500: Advice(
        Words("Er ging bij ons iets mis"),
        Words("Het is vastgelegd. Misschien is uw aanmelding niet opgeslagen."),
        _LATER,
    ),
    503: Advice(Words("Dit lukt nu even niet"), Words("Uw aanmelding is nog niet opgeslagen."), _LATER),
}


def advice_after(status: int) -> Advice:
    """For a form that could have been taken; an unknown status is a fault of ours."""
    return _ADVICE.get(status, _ADVICE[500])
