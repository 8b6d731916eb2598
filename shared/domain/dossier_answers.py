"""What the employee who clicked "Maak Hoomdossier" in Econobis reads when there is no dossier, in plain Dutch."""

from __future__ import annotations

from shared.errors import Busy, LinkError, NoRoom, OutcomeUnknown, PeerError, Refused

UNKNOWN = (
    "Het is niet zeker of het dossier is gemaakt: Hoomdossier heeft de aanvraag gekregen, maar wij kregen geen "
    "leesbaar antwoord. Wacht een minuut en vraag het dossier in Econobis dan nog een keer aan. Dat maakt geen tweede "
    "dossier: was het er al, dan zegt Hoomdossier dat."
)
LATER = (
    "Hoomdossier is nu niet bereikbaar of heeft het te druk. Er is geen dossier gemaakt en er is niets verloren. "
    "Probeer het over een paar minuten opnieuw."
)
BUSY = (
    "Dit dossier wordt op dit moment al aangemaakt. Wacht een halve minuut en probeer het opnieuw: u krijgt dan het "
    "resultaat van de lopende aanvraag."
)
SETTINGS = (
    "Hoomdossier weigert de koppeling zelf (sleutel of adres klopt niet). Er is geen dossier gemaakt. Meld dit bij de "
    "beheerder van de koppeling."
)
EXISTS = (
    "Hoomdossier heeft al een dossier met dit contact-id, waarschijnlijk van een eerdere aanvraag "
    "waarvan het antwoord is kwijtgeraakt. Alleen het account-id ontbreekt nog. Zoek dat op in Hoomdossier en vul het "
    "in bij het contact in Econobis. Of wacht: zodra Hoomdossier iets over dit dossier doorgeeft, komt het goed."
)
OUR_STORE = "De koppeling is nu niet beschikbaar. Er is niets gedaan. Probeer het over een paar minuten opnieuw."


def for_dossier(error: LinkError) -> str:
    """The text for `error`: what happened, and what to do about it."""
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if isinstance(error, Refused):
        return SETTINGS if error.peer_is_down else f"Hoomdossier maakt dit dossier niet: {error.reason}"
    if isinstance(error, Busy):
        return BUSY
    return LATER if isinstance(error, PeerError | NoRoom) else OUR_STORE
