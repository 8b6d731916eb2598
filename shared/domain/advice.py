"""What a person is told when something did not work, in plain Dutch: what happened, and what to do about it.

An error is known here by the name of its class: what peers answer is not for the domain to import. The nearest name in
its tree counts, so an error without an advice of its own gets that of what it is a kind of.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import Busy, LinkError, NoRoom, OutcomeUnknown, PeerError, Refused

DOSSIER_UNKNOWN = (
    "Het is niet zeker of het dossier is gemaakt: Hoomdossier heeft de aanvraag gekregen, maar wij kregen geen "
    "leesbaar antwoord. Wacht een minuut en vraag het dossier in Econobis dan nog een keer aan. Dat maakt geen tweede "
    "dossier: was het er al, dan zegt Hoomdossier dat."
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
    "Hoomdossier heeft al een dossier met dit contact-id, waarschijnlijk van een eerdere aanvraag "
    "waarvan het antwoord is kwijtgeraakt. Alleen het account-id ontbreekt nog. Zoek dat op in Hoomdossier en vul het "
    "in bij het contact in Econobis. Of wacht: zodra Hoomdossier iets over dit dossier doorgeeft, komt het goed."
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
    return DOSSIER_LATER if isinstance(error, PeerError | NoRoom) else OUR_STORE


def for_dead_letter(kind: str, error: LinkError) -> str:
    """For who looks at what could not be done: what is the matter, where to look, and when a replay helps.

    `kind` is a collection of work, or a kind of event.
    """
    names = (cls.__name__ for cls in type(error).__mro__)
    texts = (text for name in names if (text := ADVICE.get(f"{name} {kind}") or ADVICE.get(name)))
    return next(texts).format(peer=PEERS.get(kind, "Econobis"))


# Who is called for a kind of work; all else goes to Econobis.
PEERS = {"links": "Hoomdossier", "mails": "de mailserver"}

_REPLAY_ALL = "Speel daarna alles van deze coöperatie opnieuw af."
_SEE_WHY_NO_DOSSIER = (
    "Zoek het contact op in Econobis en klik op Maak Hoomdossier: dan staat er waarom het niet kan. Verhelp dat. "
    "Is het dossier er dan, sluit dit af; anders speelt u dit opnieuw af."
)

# By the name of the error, and for some kinds of work by both: what is the matter and what to do.
ADVICE: Mapping[str, str] = {
    # The settings, here or there: all calls of a cooperation fail.
    "KeyUnknown": (
        "Econobis kent de sleutel van de koppeling niet (meer), of neemt hem hiervoor niet aan. Kijk in Econobis "
        "bij Webformulieren of de sleutel er staat, of de begin- en einddatum kloppen en of hij niet ook voor iets "
        "anders wordt gebruikt. In de instellingen van de koppeling is webform_key voor aanmeldingen en het "
        f"afzeggen van een bezoek, en event_key voor wat van Hoomdossier komt. {_REPLAY_ALL}"
    ),
    "SwitchedOff": (
        "Econobis neemt voor deze coöperatie niets van Hoomdossier aan, omdat bij de coöperatie het veld Hoom link "
        f"leeg is. Vul het adres van de koppeling daar in. {_REPLAY_ALL}"
    ),
    "NotEconobis": (
        "Op het ingestelde adres van Econobis antwoordt iets anders dan Econobis. Controleer het adres (url) in de "
        f"instellingen van de koppeling, en of het niet is gewijzigd. {_REPLAY_ALL}"
    ),
    "NoSuchPage": (
        "Op het ingestelde adres van Hoomdossier antwoordt iets anders dan Hoomdossier. Controleer het adres (url) in "
        f"de instellingen van de koppeling, en of het niet is gewijzigd. {_REPLAY_ALL}"
    ),
    "AddressUnknown": (
        "Het ingestelde adres van {peer} bestaat niet, of een ander antwoordt daar. Controleer het adres (url) in de "
        f"instellingen van de koppeling. {_REPLAY_ALL}"
    ),
    "KeyRevoked": (
        "Hoomdossier kent de sleutel (token) van de koppeling niet meer. Laat een beheerder van Hoomdossier een "
        f"nieuwe maken en zet die in de instellingen van de koppeling. {_REPLAY_ALL}"
    ),
    "NoAccess": (
        "De sleutel (token) van de koppeling hoort in Hoomdossier bij een andere coöperatie. Zet de sleutel van "
        f"deze coöperatie in de instellingen van de koppeling, en controleer ook het adres (url). {_REPLAY_ALL}"
    ),
    "CooperationUnknown": (
        "Hoomdossier kent de coöperatie in het ingestelde adres niet. Controleer het adres (url) van Hoomdossier in "
        f"de instellingen van de koppeling. {_REPLAY_ALL}"
    ),
    "NoCampaigns": (
        "Zonder campagne zou Econobis het bezoek van een willekeurige bewoner wijzigen. Zet in de instellingen van "
        f"de koppeling (campaigns) de campagne die in Econobis bij de coöperatie als Hoom campagne staat. {_REPLAY_ALL}"
    ),
    # One contact, visit or dossier.
    "ContactGone": (
        "Dit contact bestaat niet meer in Econobis. Is het samengevoegd met een ander? Zet het paar dan bij "
        "merged_contacts in de instellingen van de koppeling en speel dit opnieuw af. Is het verwijderd? Sluit dit "
        "dan af."
    ),
    "AccountDiffers": (
        "In Econobis staat bij dit contact een ander account-id dan dit dossier in Hoomdossier heeft. Zoek de "
        "bewoner op in Hoomdossier. Klopt het daar, verbeter dan het account-id bij het contact in Econobis en "
        "speel dit opnieuw af. Is het een oud dossier of dat van een ander, sluit dit dan af."
    ),
    "AccountNotStoredYet": (
        "In Econobis staat bij dit contact geen account-id van Hoomdossier. Zoek de bewoner op in Hoomdossier, vul "
        "het account-id in bij het contact in Econobis en speel dit opnieuw af."
    ),
    "NoAddress": (
        "Dit contact heeft in Econobis geen primair adres. Vul dat in bij het contact en speel dit opnieuw af."
    ),
    "VisitNotFound": (
        "Econobis vindt bij deze bewoner geen bezoek dat nog open staat, onder een campagne die bij de coöperatie "
        "als Hoom campagne staat. Staat het bezoek al op uitgevoerd, sluit dit dan af. Maak anders het bezoek en "
        "speel dit opnieuw af."
    ),
    "VisitNotFound appointment": (
        "Econobis vindt bij deze bewoner geen bezoek van deze coach, onder een campagne die bij de coöperatie als "
        "Hoom campagne staat. Maak in Econobis de kansactie bezoek met deze coach en speel dit opnieuw af. Is de "
        "afspraak er niet meer, sluit dit dan af."
    ),
    "NotACoach": (
        "De coach van deze afspraak is in Econobis geen coach. Maak van dat contact in Econobis een coach. Is het "
        "het verkeerde contact, verbeter dan in Hoomdossier het contact-id van de coach. Speel dit daarna opnieuw "
        "af."
    ),
    "StillInUse": (
        "Hoomdossier heeft dit dossier verwijderd, maar in Econobis wordt nog aan kansen ervan gewerkt. Rond die af "
        "en speel dit opnieuw af: dan verwijdert Econobis het woningdossier ook. Moet het blijven, sluit dit dan "
        "af."
    ),
    "ResidentNotKnown": (
        "De koppeling weet te weinig van deze bewoner om het bezoek te wijzigen. Kijk in Hoomdossier of de afspraak "
        "er nog is, zet in Econobis het bezoek zelf op afgezegd of gemaakt, en sluit dit af."
    ),
    "OtherContactFound": (
        "Econobis heeft bij het e-mailadres van deze bewoner een ander contact, of geen. Kijk in Hoomdossier of de "
        "afspraak er nog is, zet in Econobis het bezoek zelf op afgezegd of gemaakt, en sluit dit af."
    ),
    "NoIntake": (
        "Econobis nam de aanmelding aan maar maakte geen intake, meestal omdat het adres daar niet klopt. Zoek de "
        "bewoner op in Econobis, verbeter het adres van het contact en speel dit opnieuw af."
    ),
    "RolledBack": (
        "Econobis loopt elke keer vast op deze gegevens, en maakt de aanroep dan ongedaan. Meld dat bij de "
        "beheerder van Econobis. Speel dit opnieuw af zodra het is verholpen."
    ),
    "OldAccount": (
        "Het account-id bij het contact in Econobis is van een dossier dat in Hoomdossier is verwijderd. Maak dat "
        "veld leeg en speel dit opnieuw af: Econobis vraagt dan een nieuw dossier aan."
    ),
    "DossierRefused": (
        "Hoomdossier maakte dit dossier niet, om de genoemde reden. Gaat die over de bewoner, verbeter dan het "
        "contact in Econobis. Gaat die over de sleutel of het adres van de koppeling, verbeter dan de instellingen. "
        "Speel dit daarna opnieuw af: Econobis vraagt het dossier dan opnieuw aan."
    ),
    "DossierNotAsked": _SEE_WHY_NO_DOSSIER,
    "ContactNotFound": (
        "Open het contact in Econobis en klik op Maak Hoomdossier. Is het dossier er dan, sluit dit af. Opnieuw "
        "afspelen helpt pas als de gegevens daar weer zijn zoals bij de aanmelding."
    ),
    "NoDossierYet": f"Het dossier is na een week nog niet gemaakt. {_SEE_WHY_NO_DOSSIER}",
    "NotRegistered": (
        "De bewoner of de coach heeft nog geen account in Hoomdossier. Klik in Econobis bij dat contact op Maak "
        "Hoomdossier en speel dit opnieuw af."
    ),
    # What is left: by the peer's own words.
    "Refused": "Econobis weigert dit om de genoemde reden. Los die op in Econobis en speel dit opnieuw af.",
    "Refused submissions": "Econobis weigert de aanmelding om de genoemde reden. Los die op en speel dit opnieuw af.",
    "Refused dossier_requests": (
        "De aanvraag van het dossier kan niet worden gedaan om de genoemde reden. Verbeter het contact in Econobis "
        "en speel dit opnieuw af."
    ),
    "Refused links": (
        "Hoomdossier weigert de koppeling van de coach om de genoemde reden. Los die op en speel dit opnieuw af."
    ),
    "Refused mails": (
        "De mailserver weigert deze e-mail om de genoemde reden. Controleer het e-mailadres en speel dit opnieuw "
        "af. Weigert hij de koppeling zelf, verbeter dan LINK_SMTP in de instellingen."
    ),
    "NoMailbox": (
        "De mailserver zegt dat dit e-mailadres niet bestaat of niets meer aanneemt. Vraag de ontvanger om een ander "
        "adres, geef het nieuws zelf door en sluit dit af. Neemt het adres weer post aan, speel dit dan opnieuw af."
    ),
    "OutcomeUnknown": "Kijk in Econobis of de gegevens zijn aangekomen, en speel dit anders opnieuw af.",
    "OutcomeUnknown submissions": (
        "Econobis kreeg de aanmelding, maar gaf geen leesbaar antwoord. Speel dit opnieuw af zodra Econobis weer "
        "werkt: de koppeling kijkt dan eerst of de intake er al staat, en maakt niets dubbel."
    ),
    "OutcomeUnknown dossier_requests": (
        "Kijk in Econobis of bij het contact een account-id van Hoomdossier staat, en speel dit anders opnieuw af."
    ),
    "OutcomeUnknown links": (
        "Kijk in Hoomdossier of de coach aan de woning is gekoppeld, en speel dit anders opnieuw af."
    ),
    "OutcomeUnknown appointment": (
        "Kijk in Econobis of datum en status van het bezoek kloppen met de afspraak in Hoomdossier, en speel dit "
        "anders opnieuw af."
    ),
    "OutcomeUnknown report": (
        "Kijk in Econobis bij de documenten of het rapport er staat. Zo niet, speel dit dan opnieuw af."
    ),
    "OutcomeUnknown status": ("Kijk in Econobis of het bezoek op uitgevoerd staat. Zo niet, speel dit dan opnieuw af."),
    "OutcomeUnknown delete": "Kijk in Econobis of het woningdossier er nog staat. Zo ja, speel dit dan opnieuw af.",
    "OutcomeUnknown mails": (
        "Het is niet zeker of de e-mail is verstuurd. Vraag de ontvanger, en speel dit anders opnieuw af."
    ),
    "TooFast": (
        "{peer} kreeg een week lang te veel aanroepen per minuut. Laat de beheerder van de koppeling nagaan wie er "
        "nog meer aanroept, of calls_per_minute verlagen. Speel dit daarna opnieuw af."
    ),
    "NoRoomInMinute": (
        "Econobis kreeg een week lang te veel aanroepen per minuut met deze sleutel. Verhoog in Econobis bij het "
        "webformulier het aantal aanvragen per minuut, of verlaag calls_per_minute in de instellingen. Speel dit "
        "daarna opnieuw af."
    ),
    "Unavailable": (
        "Een week lang was {peer} niet bereikbaar of gaf een storing. Speel dit opnieuw af zodra het weer werkt."
    ),
    "BlobDamaged": "Het bewaarde bestand is beschadigd. Vraag Hoomdossier (de coach) om het opnieuw te versturen.",
    "LinkError": (
        "De koppeling zelf werkte een week lang niet goed. Meld dit bij de beheerder van de koppeling en speel dit "
        "opnieuw af zodra het is verholpen."
    ),
}
