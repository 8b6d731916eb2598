"""What a person is told when something did not work, in plain Dutch: what happened, and what to do about it."""

from __future__ import annotations

from shared.errors import BlobDamaged, Busy, LinkError, NoRoom, OutcomeUnknown, Refused, TooFast

DOSSIER_UNKNOWN = (
    "Het is niet zeker of het dossier is gemaakt: Hoomdossier heeft de aanvraag gekregen, maar wij kregen geen "
    "leesbaar antwoord. We vragen het niet nog een keer aan, anders kan er een tweede dossier ontstaan. Zoek de "
    "bewoner op in Hoomdossier. Staat het dossier er? Vul dan het account-id in bij het contact in Econobis (of wacht: "
    "zodra Hoomdossier iets over dit dossier doorgeeft, herstelt de koppeling zich vanzelf). Staat het er niet? Meld "
    "dat bij de beheerder van de koppeling, dan kan de aanvraag opnieuw worden vrijgegeven."
)
DOSSIER_LATER = (
    "Hoomdossier is nu niet bereikbaar of heeft het te druk. Er is geen dossier gemaakt en er is niets verloren. "
    "Probeer het over een paar minuten opnieuw."
)
DOSSIER_BUSY = (
    "Dit dossier wordt op dit moment al aangemaakt. Wacht een halve minuut en probeer het opnieuw: u krijgt dan het "
    "resultaat van de lopende aanvraag."
)
DOSSIER_SETTINGS = (
    "Hoomdossier weigert de koppeling zelf (sleutel of adres klopt niet). Er is geen dossier gemaakt. Meld dit bij de "
    "beheerder van de koppeling."
)
DOSSIER_EXISTS = (
    "Hoomdossier heeft al een dossier met dit e-mailadres en dit contact-id, waarschijnlijk van een eerdere aanvraag "
    "waarvan het antwoord is kwijtgeraakt. Zoek het op in Hoomdossier en vul het account-id in bij het contact in "
    "Econobis."
)
OUR_STORE = "De koppeling is nu niet beschikbaar. Er is niets gedaan. Probeer het over een paar minuten opnieuw."


def for_dossier(error: LinkError) -> str:
    """For the employee who clicked "Maak Hoomdossier"."""
    if isinstance(error, OutcomeUnknown):
        return DOSSIER_UNKNOWN
    if isinstance(error, Refused):
        return DOSSIER_SETTINGS if error.peer_is_down else f"Hoomdossier maakt dit dossier niet: {error.reason}"
    if isinstance(error, Busy):
        return DOSSIER_BUSY
    return DOSSIER_LATER if isinstance(error, TooFast | NoRoom) or error.status != 503 else OUR_STORE


def for_dead_letter(kind: str, error: LinkError) -> str:
    """For who looks at what could not be done: where to look, and when a replay helps.

    `kind` is a collection of work, or a kind of event.
    """
    if isinstance(error, BlobDamaged):
        return "Het bewaarde bestand is beschadigd. Vraag Hoomdossier (de coach) om het opnieuw te versturen."
    if isinstance(error, OutcomeUnknown):
        return _UNKNOWN.get(kind, _UNKNOWN["relays"])
    if isinstance(error, Refused):
        return _REFUSED.get(kind, _REFUSED["relays"])
    return "De andere kant bleef dagenlang weigeren. Los de genoemde oorzaak op en speel dit daarna opnieuw af."


_UNKNOWN = {
    "submissions": (
        "Econobis kreeg de aanmelding, maar gaf geen leesbaar antwoord. Speel dit opnieuw af zodra Econobis weer "
        "werkt: de koppeling kijkt dan eerst of de intake er al staat, en maakt niets dubbel."
    ),
    "residents": DOSSIER_UNKNOWN,
    "links": "Kijk in Hoomdossier of de coach aan de woning is gekoppeld, en speel dit anders opnieuw af.",
    "relays": "Kijk in Econobis of de gegevens zijn aangekomen, en speel dit anders opnieuw af.",
    "pdf": "Kijk in Econobis bij de documenten of het rapport er staat. Zo niet, speel dit dan opnieuw af.",
    "woning-status": "Kijk in Econobis of het bezoek op uitgevoerd staat. Zo niet, speel dit dan opnieuw af.",
    "mails": "Het is niet zeker of de e-mail is verstuurd. Vraag de ontvanger, en speel dit anders opnieuw af.",
}
_REFUSED = {
    "submissions": "Econobis weigert de aanmelding om de genoemde reden. Los die op en speel dit opnieuw af.",
    "residents": "Hoomdossier weigert de gegevens om de genoemde reden. Verbeter het contact en maak opnieuw aan.",
    "links": "Hoomdossier weigert de koppeling van de coach om de genoemde reden. Los die op en speel dit opnieuw af.",
    "relays": "Econobis weigert de gegevens om de genoemde reden. Los die op in Econobis en speel dit opnieuw af.",
    "afspraak": (
        "Econobis vindt geen passend bezoek voor deze afspraak. Maak in Econobis het bezoek met deze coach aan onder "
        "de campagne, en speel dit opnieuw af."
    ),
    "delete": (
        "Econobis verwijdert dit woningdossier niet om de genoemde reden. Rond de lopende kansen af en speel dit "
        "opnieuw af, of sluit dit af."
    ),
    "mails": "De mailserver weigert deze e-mail om de genoemde reden. Controleer het adres en speel dit opnieuw af.",
}
