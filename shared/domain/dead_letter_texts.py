"""What a person reads about a dead letter, in plain Dutch: why it is one, and what to do about it.

`Parked.code` chooses the text when it is shown. A code is the name of an error class (ERRORS) or of a rule of ours
(RULES). An error class without a text of its own gets the one of the nearest class that it is derived from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.dossier_answers import EXISTS as DOSSIER_EXISTS
from shared.domain.letter_count import WELCOMES
from shared.errors import LinkError


@dataclass(frozen=True)
class Advice:
    """What differs per kind of work: the peer that is called, and errors that mean something else there."""

    peer: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """`why` may hold `{reason}`. `final`: a replay cannot help, and `advice` says what does."""

    why: str
    advice: str
    final: bool = False


@dataclass(frozen=True)
class Text:
    """What is shown. `final`: do not offer a replay."""

    why: str
    advice: str
    final: bool = False


def code_of(error: LinkError) -> str:
    """The name of the error's class, or of its nearest base class that has a text in ERRORS."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls.__name__ in ERRORS)


def text_of(code: str, reason: str, advice: Advice) -> Text:
    """What to show. `code` and `reason` are those of `Parked`; `advice` is that of the kind of work or of event.

    A code that only another version of the link knows gets `OTHER_VERSION`.
    """
    if rule := RULES.get(code):
        return Text(rule.why.format(reason=reason), rule.advice, rule.final)
    text = advice.texts.get(code) or ERRORS.get(code)
    return Text(reason, text.format(peer=advice.peer)) if text else Text(reason or code, OTHER_VERSION)


# -- texts per rule of ours --------------------------------------------------------------------------------------------

_REPORT_AGAIN = "Econobis neemt elk bestand aan, dus dit is niet doorgestuurd. Laat de coach het rapport opnieuw maken."
_UNREADABLE = "Dit bericht van Hoomdossier is niet helemaal te lezen: {reason}"

RULES: Mapping[str, Rule] = {
    "broken": Rule(
        "De koppeling zelf liep hierop vast. ({reason})",
        "Meld dit bij de beheerder van de koppeling: in het logboek staat waar het misging. Speel dit opnieuw af zodra "
        "het is verholpen.",
    ),
    "visit_missing": Rule(
        "De intake staat in Econobis, maar het is niet zeker of de kans er ook staat.",
        "Zoek de bewoner op in Econobis. Staat de kans er, sluit dit dan af. Staat zij er niet, speel dit dan opnieuw "
        "af.",
    ),
    "dossier_exists": Rule("{reason}", DOSSIER_EXISTS),
    "welcome_held": Rule(
        f"Naar dit e-mailadres gingen in een dag al {WELCOMES.most} welkomstbrieven.",
        "Deze is niet verstuurd: misschien vult iemand het adres van een ander in. Kijk bij het contact in Econobis of "
        "de aanmelding klopt. Klopt zij, speel dit dan opnieuw af: dan gaat de brief uit. Klopt zij niet, sluit dit "
        "dan af.",
    ),
    "no_pdf": Rule("Het bestand is geen PDF.", _REPORT_AGAIN, final=True),
    "other_contact": Rule(
        "De woning is eerder doorgegeven bij een ander contact.",
        "Zijn de contacten in Econobis samengevoegd? Zet dat bij merged_contacts in de instellingen en speel dit "
        "opnieuw af. Anders klopt het contact-id in Hoomdossier niet: verbeter het daar.",
    ),
    "misplaced_delete": Rule(
        "Hoomdossier stuurde een verwijdering in een ongewone vorm (account_related staat niet op zijn plaats), zoals "
        "een console-opdracht van Hoomdossier dat doet. Die opdracht verwijdert zelf niets.",
        "Kijk in Hoomdossier of dit dossier er nog is. Is het weg, speel dit dan af: Econobis verwijdert dan het "
        "woningdossier. Is het er nog, sluit dit dan af: er verandert niets.",
    ),
    "delete_held": Rule(
        "Hoomdossier heeft dit dossier verwijderd, en de coöperatie wil dat eerst bevestigen.",
        "Klopt het, speel dit dan af: Econobis verwijdert het woningdossier. Klopt het niet, sluit dit dan af.",
    ),
    "done_or_cancelled": Rule(
        "Hoomdossier meldde dat het huisbezoek is uitgevoerd, en ook dat een datum die nog moet komen is verwijderd.",
        "Vraag de coach wat er klopt. Is het bezoek al geweest, sluit dit dan af: het blijft in Econobis uitgevoerd. "
        "Gaat er een bezoek niet door, speel dit dan af: het nieuwste bezoek wordt dan afgezegd en de bewoner krijgt "
        "bericht.",
    ),
    "wrong_id": Rule(
        _UNREADABLE,
        "De woning is bekend, maar een id in het bericht klopt niet. Gaat het om het contact dat hier staat, speel dit "
        "dan af: de koppeling gebruikt dan de ids die zij kent. Gaat het om iemand anders, sluit dit dan af.",
    ),
    "unknown_contact": Rule(
        _UNREADABLE,
        "Het bericht zegt niet bij welk contact van Econobis deze woning hoort. Zoek de woning op in Hoomdossier en "
        "verbeter daar het contact-id; sla de wijziging er daarna opnieuw op. Sluit dit af.",
        final=True,
    ),
    "unreadable": Rule(
        _UNREADABLE,
        "Meld dit bij de beheerder van Hoomdossier. Na de volgende wijziging van de woning komen de gegevens vanzelf "
        "opnieuw. Sluit dit af.",
        final=True,
    ),
    "unreadable_appointment": Rule(
        _UNREADABLE,
        "Kijk in Hoomdossier welke datum er staat en laat de coach die daar opnieuw opslaan: dan komt de afspraak "
        "vanzelf binnen. Sluit dit daarna af.",
        final=True,
    ),
    "unreadable_status": Rule(
        _UNREADABLE,
        "Kijk in Hoomdossier welke status de woning heeft. Is het huisbezoek geweest, zet het bezoek dan zelf op "
        "uitgevoerd in Econobis. Sluit dit daarna af.",
        final=True,
    ),
    "unreadable_report": Rule(_UNREADABLE, _REPORT_AGAIN, final=True),
}


# -- texts per kind of work, and per kind of event ---------------------------------------------------------------------

SUBMISSION = Advice(
    "Econobis",
    {
        "Refused": "Econobis weigert de aanmelding om de genoemde reden. Los die op en speel dit opnieuw af.",
        "OutcomeUnknown": (
            "Econobis kreeg de aanmelding, maar gaf geen leesbaar antwoord. Speel dit opnieuw af zodra Econobis weer "
            "werkt: de koppeling kijkt dan eerst of de intake er al staat, en maakt niets dubbel."
        ),
    },
)
DOSSIER_REQUEST = Advice(
    "Econobis",
    {
        "Refused": (
            "De aanvraag van het dossier kan niet worden gedaan om de genoemde reden. Verbeter het contact in Econobis "
            "en speel dit opnieuw af."
        ),
        "OutcomeUnknown": (
            "Kijk in Econobis of bij het contact een account-id van Hoomdossier staat, en speel dit anders opnieuw af."
        ),
    },
)
LINK = Advice(
    "Hoomdossier",
    {
        "Refused": (
            "Hoomdossier weigert de koppeling van de coach om de genoemde reden. Los die op en speel dit opnieuw af."
        ),
        "OutcomeUnknown": (
            "Kijk in Hoomdossier of de coach aan de woning is gekoppeld, en speel dit anders opnieuw af."
        ),
    },
)
MAIL = Advice(
    "de mailserver",
    {
        "Refused": (
            "De mailserver weigert deze e-mail om de genoemde reden. Controleer het e-mailadres en speel dit opnieuw "
            "af. Weigert hij de koppeling zelf, verbeter dan LINK_SMTP in de instellingen."
        ),
        "OutcomeUnknown": (
            "Het is niet zeker of de e-mail is verstuurd. Vraag de ontvanger, en speel dit anders opnieuw af."
        ),
    },
)
DOSSIER = Advice("Hoomdossier", {})
RELAY = Advice("Econobis", {})

EVENTS: Mapping[str, Advice] = {
    "appointment": Advice(
        "Econobis",
        {
            "VisitNotFound": (
                "Econobis vindt bij deze bewoner geen bezoek van deze coach, onder een campagne die bij de coöperatie "
                "als Hoom campagne staat. Maak in Econobis de kansactie bezoek met deze coach en speel dit opnieuw af. "
                "Is de afspraak er niet meer, sluit dit dan af."
            ),
            "OutcomeUnknown": (
                "Kijk in Econobis of datum en status van het bezoek kloppen met de afspraak in Hoomdossier, en speel "
                "dit anders opnieuw af."
            ),
        },
    ),
    "report": Advice(
        "Econobis",
        {
            "OutcomeUnknown": (
                "Kijk in Econobis bij de documenten of het rapport er staat. Zo niet, speel dit dan opnieuw af."
            ),
        },
    ),
    "status": Advice(
        "Econobis",
        {
            "OutcomeUnknown": (
                "Kijk in Econobis of het bezoek op uitgevoerd staat. Zo niet, speel dit dan opnieuw af."
            ),
        },
    ),
    "delete": Advice(
        "Econobis",
        {
            "OutcomeUnknown": "Kijk in Econobis of het woningdossier er nog staat. Zo ja, speel dit dan opnieuw af.",
        },
    ),
}
"""By kind of event; the kinds that are not here have nothing of their own."""


# -- texts per error, by the name of its class -------------------------------------------------------------------------

_REPLAY_ALL = "Speel daarna alles van deze coöperatie opnieuw af."
_SEE_WHY_NO_DOSSIER = (
    "Zoek het contact op in Econobis en klik op Maak Hoomdossier: dan staat er waarom het niet kan. Verhelp dat. "
    "Is het dossier er dan, sluit dit af; anders speelt u dit opnieuw af."
)

OTHER_VERSION = (
    "Een andere versie van de koppeling legde dit apart. Meld het bij de beheerder van de koppeling, en speel dit "
    "opnieuw af."
)

ERRORS: Mapping[str, str] = {
    # The settings, here or at the peer: all calls of a cooperation fail.
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
        "Het ingestelde adres van {peer} bestaat niet, leidt naar een intern netwerk, of een ander antwoordt daar. "
        f"Controleer het adres (url) in de instellingen van de koppeling. {_REPLAY_ALL}"
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
    # The general ones: the reason is in the peer's own words.
    "Refused": "Econobis weigert dit om de genoemde reden. Los die op in Econobis en speel dit opnieuw af.",
    "NoMailbox": (
        "De mailserver zegt dat dit e-mailadres niet bestaat of niets meer aanneemt. Vraag de ontvanger om een ander "
        "adres, geef het nieuws zelf door en sluit dit af. Neemt het adres weer post aan, speel dit dan opnieuw af."
    ),
    "OutcomeUnknown": "Kijk in Econobis of de gegevens zijn aangekomen, en speel dit anders opnieuw af.",
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
