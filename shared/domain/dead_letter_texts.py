"""What a person reads about a dead letter, in plain Dutch: why it is one, and what to do about it.

`Parked.code` chooses the text when it is shown. A code is the name of an error class (ERRORS) or of a rule of ours
(RULES). An error class without a text of its own gets the one of the nearest class that it is derived from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def text_of(code: str, reason: str, advice: Advice, translate: Callable[[str], str] = str) -> Text:
    """What to show. `code` and `reason` are those of `Parked`; `advice` is that of the kind of work or of event.

    A code that only another version of the link knows gets `OTHER_VERSION`. `translate` gets a whole text of this file
    before anything is filled in.
    """
    if rule := RULES.get(code):
        return Text(translate(rule.why).format(reason=reason), translate(rule.advice), rule.final)
    text = advice.texts.get(code) or ERRORS.get(code)
    if text is None:
        return Text(reason or code, translate(OTHER_VERSION))
    return Text(reason, translate(text).format(peer=translate(advice.peer)))


# -- texts per rule of ours --------------------------------------------------------------------------------------------

_REPORT_AGAIN = "Econobis neemt elk bestand aan, dus dit is niet doorgestuurd. Laat de coach het rapport opnieuw maken."
_UNREADABLE = "Dit bericht van Hoomdossier is niet helemaal te lezen: {reason}"

RULES: Mapping[str, Rule] = {
    "broken": Rule(
        "De koppeling zelf liep hierop vast. ({reason})",
        "Meld dit bij de beheerder van de koppeling: in het logboek staat waar het misging. Verstuur dit opnieuw zodra "
        "het is verholpen.",
    ),
    "visit_missing": Rule(
        "De intake staat in Econobis, maar het is niet zeker of de kans er ook staat.",
        "Zoek de bewoner op in Econobis. Staat de kans er, zet dit dan op afgehandeld. Staat zij er niet, verstuur dit "
        "dan opnieuw.",
    ),
    "dossier_exists": Rule("{reason}", DOSSIER_EXISTS),
    "welcome_held": Rule(
        f"Naar dit e-mailadres gingen in een dag al {WELCOMES.most} welkomstbrieven.",
        "Deze is niet verstuurd: misschien vult iemand het adres van een ander in. Kijk bij het contact in Econobis of "
        "de aanmelding klopt. Klopt zij, verstuur dit dan opnieuw: dan gaat de brief uit. Klopt zij niet, zet dit "
        "dan op afgehandeld.",
    ),
    "no_pdf": Rule("Het bestand is geen PDF.", _REPORT_AGAIN, final=True),
    "other_contact": Rule(
        "De woning is eerder doorgegeven bij een ander contact.",
        "Zijn de contacten in Econobis samengevoegd? Zet dat bij merged_contacts in de instellingen en verstuur dit "
        "opnieuw. Anders klopt het contact-id in Hoomdossier niet: verbeter het daar.",
    ),
    "misplaced_delete": Rule(
        "Hoomdossier stuurde een verwijdering in een ongewone vorm (account_related staat niet op zijn plaats), zoals "
        "een console-opdracht van Hoomdossier dat doet. Die opdracht verwijdert zelf niets.",
        "Kijk in Hoomdossier of dit dossier er nog is. Is het weg, verstuur dit dan: Econobis verwijdert dan het "
        "woningdossier. Is het er nog, zet dit dan op afgehandeld: er verandert niets.",
    ),
    "delete_held": Rule(
        "Hoomdossier heeft dit dossier verwijderd, en de coöperatie wil dat eerst bevestigen.",
        "Klopt het, verstuur dit dan: Econobis verwijdert het woningdossier. Klopt het niet, zet dit dan op "
        "afgehandeld.",
    ),
    "done_or_cancelled": Rule(
        "Hoomdossier meldde dat het huisbezoek is uitgevoerd, en ook dat een datum die nog moet komen is verwijderd.",
        "Vraag de coach wat er klopt. Is het bezoek al geweest, zet dit dan op afgehandeld: het blijft in Econobis "
        "uitgevoerd. Gaat er een bezoek niet door, verstuur dit dan: het nieuwste bezoek wordt dan afgezegd en de "
        "bewoner krijgt bericht.",
    ),
    "wrong_id": Rule(
        _UNREADABLE,
        "De woning is bekend, maar een id in het bericht klopt niet. Gaat het om het contact dat hier staat, verstuur "
        "dit dan: de koppeling gebruikt dan de ids die zij kent. Gaat het om iemand anders, zet dit dan op "
        "afgehandeld.",
    ),
    "unknown_contact": Rule(
        _UNREADABLE,
        "Het bericht zegt niet bij welk contact van Econobis deze woning hoort. Zoek de woning op in Hoomdossier en "
        "verbeter daar het contact-id; sla de wijziging er daarna opnieuw op. Zet dit op afgehandeld.",
        final=True,
    ),
    "unreadable": Rule(
        _UNREADABLE,
        "Meld dit bij de beheerder van Hoomdossier. Na de volgende wijziging van de woning komen de gegevens vanzelf "
        "opnieuw. Zet dit op afgehandeld.",
        final=True,
    ),
    "unreadable_appointment": Rule(
        _UNREADABLE,
        "Kijk in Hoomdossier welke datum er staat en laat de coach die daar opnieuw opslaan: dan komt de afspraak "
        "vanzelf binnen. Zet dit daarna op afgehandeld.",
        final=True,
    ),
    "unreadable_status": Rule(
        _UNREADABLE,
        "Kijk in Hoomdossier welke status de woning heeft. Is het huisbezoek geweest, zet het bezoek dan zelf op "
        "uitgevoerd in Econobis. Zet dit daarna op afgehandeld.",
        final=True,
    ),
    "unreadable_report": Rule(_UNREADABLE, _REPORT_AGAIN, final=True),
}


# -- texts per kind of work, and per kind of event ---------------------------------------------------------------------

SUBMISSION = Advice(
    "Econobis",
    {
        "Refused": "Econobis weigert de aanmelding om de genoemde reden. Los die op en verstuur dit opnieuw.",
        "OutcomeUnknown": (
            "Econobis kreeg de aanmelding, maar gaf geen leesbaar antwoord. Verstuur dit opnieuw zodra Econobis weer "
            "werkt: de koppeling kijkt dan eerst of de intake er al staat, en maakt niets dubbel."
        ),
    },
)
DOSSIER_REQUEST = Advice(
    "Econobis",
    {
        "Refused": (
            "De aanvraag van het dossier kan niet worden gedaan om de genoemde reden. Verbeter het contact in Econobis "
            "en verstuur dit opnieuw."
        ),
        "OutcomeUnknown": (
            "Kijk in Econobis of bij het contact een account-id van Hoomdossier staat, en verstuur dit anders opnieuw."
        ),
    },
)
LINK = Advice(
    "Hoomdossier",
    {
        "Refused": (
            "Hoomdossier weigert de koppeling van de coach om de genoemde reden. Los die op en verstuur dit opnieuw."
        ),
        "OutcomeUnknown": (
            "Kijk in Hoomdossier of de coach aan de woning is gekoppeld, en verstuur dit anders opnieuw."
        ),
    },
)
MAIL = Advice(
    "de mailserver",
    {
        "Refused": (
            "De mailserver weigert deze e-mail om de genoemde reden. Controleer het e-mailadres en verstuur dit "
            "opnieuw. Weigert hij de koppeling zelf, verbeter dan LINK_SMTP in de instellingen."
        ),
        "OutcomeUnknown": (
            "Het is niet zeker of de e-mail is verstuurd. Vraag de ontvanger, en verstuur dit anders opnieuw."
        ),
    },
)
DOSSIER = Advice("Hoomdossier", {})
REPLAY = Advice("Econobis", {})  # It calls no peer itself.
RELAY = Advice("Econobis", {})

EVENTS: Mapping[str, Advice] = {
    "appointment": Advice(
        "Econobis",
        {
            "VisitNotFound": (
                "Econobis vindt bij deze bewoner geen bezoek van deze coach, onder een campagne die bij de coöperatie "
                "als Hoom campagne staat. Maak in Econobis de kansactie bezoek met deze coach en verstuur dit opnieuw. "
                "Is de afspraak er niet meer, zet dit dan op afgehandeld."
            ),
            "OutcomeUnknown": (
                "Kijk in Econobis of datum en status van het bezoek kloppen met de afspraak in Hoomdossier, en "
                "verstuur dit anders opnieuw."
            ),
        },
    ),
    "report": Advice(
        "Econobis",
        {
            "OutcomeUnknown": (
                "Kijk in Econobis bij de documenten of het rapport er staat. Zo niet, verstuur dit dan opnieuw."
            ),
        },
    ),
    "status": Advice(
        "Econobis",
        {
            "OutcomeUnknown": (
                "Kijk in Econobis of het bezoek op uitgevoerd staat. Zo niet, verstuur dit dan opnieuw."
            ),
        },
    ),
    "delete": Advice(
        "Econobis",
        {
            "OutcomeUnknown": "Kijk in Econobis of het woningdossier er nog staat. Zo ja, verstuur dit dan opnieuw.",
        },
    ),
}
"""By kind of event; the kinds that are not here have nothing of their own."""


# -- texts per error, by the name of its class -------------------------------------------------------------------------

_REPLAY_ALL = "Verstuur daarna alles van deze coöperatie opnieuw."
_SEE_WHY_NO_DOSSIER = (
    "Zoek het contact op in Econobis en klik op Maak Hoomdossier: dan staat er waarom het niet kan. Verhelp dat. "
    "Is het dossier er dan, zet dit op afgehandeld; anders verstuurt u dit opnieuw."
)

OTHER_VERSION = (
    "Een andere versie van de koppeling legde dit apart. Meld het bij de beheerder van de koppeling, en verstuur dit "
    "opnieuw."
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
        "merged_contacts in de instellingen van de koppeling en verstuur dit opnieuw. Is het verwijderd? Zet dit "
        "dan op afgehandeld."
    ),
    "AccountDiffers": (
        "In Econobis staat bij dit contact een ander account-id dan dit dossier in Hoomdossier heeft. Zoek de "
        "bewoner op in Hoomdossier. Klopt het daar, verbeter dan het account-id bij het contact in Econobis en "
        "verstuur dit opnieuw. Is het een oud dossier of dat van een ander, zet dit dan op afgehandeld."
    ),
    "AccountNotStoredYet": (
        "In Econobis staat bij dit contact geen account-id van Hoomdossier. Zoek de bewoner op in Hoomdossier, vul "
        "het account-id in bij het contact in Econobis en verstuur dit opnieuw."
    ),
    "NoAddress": (
        "Dit contact heeft in Econobis geen primair adres. Vul dat in bij het contact en verstuur dit opnieuw."
    ),
    "VisitNotFound": (
        "Econobis vindt bij deze bewoner geen bezoek dat nog open staat, onder een campagne die bij de coöperatie "
        "als Hoom campagne staat. Staat het bezoek al op uitgevoerd, zet dit dan op afgehandeld. Maak anders het "
        "bezoek en verstuur dit opnieuw."
    ),
    "NotACoach": (
        "De coach van deze afspraak is in Econobis geen coach. Maak van dat contact in Econobis een coach. Is het "
        "het verkeerde contact, verbeter dan in Hoomdossier het contact-id van de coach. Verstuur dit daarna "
        "opnieuw."
    ),
    "StillInUse": (
        "Hoomdossier heeft dit dossier verwijderd, maar in Econobis wordt nog aan kansen ervan gewerkt. Rond die af "
        "en verstuur dit opnieuw: dan verwijdert Econobis het woningdossier ook. Moet het blijven, zet dit dan "
        "op afgehandeld."
    ),
    "ResidentNotKnown": (
        "De koppeling weet te weinig van deze bewoner om het bezoek te wijzigen. Kijk in Hoomdossier of de afspraak "
        "er nog is, zet in Econobis het bezoek zelf op afgezegd of gemaakt, en zet dit op afgehandeld."
    ),
    "OtherContactFound": (
        "Econobis heeft bij het e-mailadres van deze bewoner een ander contact, of geen. Kijk in Hoomdossier of de "
        "afspraak er nog is, zet in Econobis het bezoek zelf op afgezegd of gemaakt, en zet dit op afgehandeld."
    ),
    "NoIntake": (
        "Econobis nam de aanmelding aan maar maakte geen intake, meestal omdat het adres daar niet klopt. Zoek de "
        "bewoner op in Econobis, verbeter het adres van het contact en verstuur dit opnieuw."
    ),
    "RolledBack": (
        "Econobis loopt elke keer vast op deze gegevens, en maakt de aanroep dan ongedaan. Meld dat bij de "
        "beheerder van Econobis. Verstuur dit opnieuw zodra het is verholpen."
    ),
    "OldAccount": (
        "Het account-id bij het contact in Econobis is van een dossier dat in Hoomdossier is verwijderd. Maak dat "
        "veld leeg en verstuur dit opnieuw: Econobis vraagt dan een nieuw dossier aan."
    ),
    "DossierRefused": (
        "Hoomdossier maakte dit dossier niet, om de genoemde reden. Gaat die over de bewoner, verbeter dan het "
        "contact in Econobis. Gaat die over de sleutel of het adres van de koppeling, verbeter dan de instellingen. "
        "Verstuur dit daarna opnieuw: Econobis vraagt het dossier dan opnieuw aan."
    ),
    "DossierNotAsked": _SEE_WHY_NO_DOSSIER,
    "ContactNotFound": (
        "Open het contact in Econobis en klik op Maak Hoomdossier. Is het dossier er dan, zet dit op afgehandeld. "
        "Opnieuw versturen helpt pas als de gegevens daar weer zijn zoals bij de aanmelding."
    ),
    "NoDossierYet": f"Het dossier is na een week nog niet gemaakt. {_SEE_WHY_NO_DOSSIER}",
    "NotRegistered": (
        "De bewoner of de coach heeft nog geen account in Hoomdossier. Klik in Econobis bij dat contact op Maak "
        "Hoomdossier en verstuur dit opnieuw."
    ),
    # The general ones: the reason is in the peer's own words.
    "Refused": "Econobis weigert dit om de genoemde reden. Los die op in Econobis en verstuur dit opnieuw.",
    "NoMailbox": (
        "De mailserver zegt dat dit e-mailadres niet bestaat of niets meer aanneemt. Vraag de ontvanger om een ander "
        "adres, geef het nieuws zelf door en zet dit op afgehandeld. Neemt het adres weer post aan, verstuur dit dan "
        "opnieuw."
    ),
    "OutcomeUnknown": "Kijk in Econobis of de gegevens zijn aangekomen, en verstuur dit anders opnieuw.",
    "TooFast": (
        "{peer} kreeg een week lang te veel aanroepen per minuut. Laat de beheerder van de koppeling nagaan wie er "
        "nog meer aanroept, of calls_per_minute verlagen. Verstuur dit daarna opnieuw."
    ),
    "NoRoomInMinute": (
        "Econobis kreeg een week lang te veel aanroepen per minuut met deze sleutel. Verhoog in Econobis bij het "
        "webformulier het aantal aanvragen per minuut, of verlaag calls_per_minute in de instellingen. Verstuur dit "
        "daarna opnieuw."
    ),
    "Unavailable": (
        "Een week lang was {peer} niet bereikbaar of gaf een storing. Verstuur dit opnieuw zodra het weer werkt."
    ),
    "BlobDamaged": "Het bewaarde bestand is beschadigd. Vraag Hoomdossier (de coach) om het opnieuw te versturen.",
    "LinkError": (
        "De koppeling zelf werkte een week lang niet goed. Meld dit bij de beheerder van de koppeling en verstuur dit "
        "opnieuw zodra het is verholpen."
    ),
}
