"""The heading of each cause of trouble, in plain Dutch: a few words for what `dead_letter_texts.py` explains."""

from __future__ import annotations

from collections.abc import Mapping


def title_of(code: str) -> str:
    """The heading of a `Parked.code`. A code that only another version of the link knows has a general one."""
    return TITLES.get(code, "Iets wat deze versie van de koppeling niet kent")


UNSURE = frozenset({"OutcomeUnknown", "visit_missing"})
"""The causes of which nobody knows whether it worked: look at the peer first."""

DECISIONS = UNSURE | {"delete_held", "misplaced_delete", "done_or_cancelled", "welcome_held", "wrong_id"}
"""To send these again is a decision about each: it deletes, cancels or mails something, or may do it a second time."""

TITLES: Mapping[str, str] = {
    # Rules of ours.
    "broken": "De koppeling zelf liep vast",
    "visit_missing": "Niet zeker of de kans in Econobis staat",
    "dossier_exists": "Het dossier is er al, maar het account-id ontbreekt",
    "welcome_held": "Te veel welkomstbrieven naar één e-mailadres",
    "no_pdf": "Het adviesrapport is geen PDF",
    "other_contact": "De woning hoort al bij een ander contact",
    "misplaced_delete": "Een verwijdering in een ongewone vorm",
    "delete_held": "Een verwijdering die u eerst bevestigt",
    "done_or_cancelled": "Bezoek uitgevoerd én datum verwijderd",
    "wrong_id": "Een nummer in het bericht klopt niet",
    "unknown_contact": "Hoomdossier zegt niet om welk contact het gaat",
    "unreadable": "Een bericht van Hoomdossier is niet te lezen",
    "unreadable_appointment": "Een afspraak van Hoomdossier is niet te lezen",
    "unreadable_status": "Een status van Hoomdossier is niet te lezen",
    "unreadable_report": "Een adviesrapport van Hoomdossier is niet te lezen",
    # The settings, here or at the peer.
    "KeyUnknown": "Econobis neemt de sleutel van de koppeling niet aan",
    "SwitchedOff": "Econobis heeft Hoomdossier uit staan",
    "NotEconobis": "Op het adres van Econobis antwoordt iets anders",
    "NoSuchPage": "Op het adres van Hoomdossier antwoordt iets anders",
    "AddressUnknown": "Het ingestelde adres klopt niet",
    "KeyRevoked": "Hoomdossier neemt de sleutel van de koppeling niet aan",
    "NoAccess": "De sleutel voor Hoomdossier is van een andere coöperatie",
    "CooperationUnknown": "Hoomdossier kent de coöperatie niet",
    "NoCampaigns": "Er is geen campagne ingesteld",
    # One contact, visit or dossier.
    "ContactGone": "Het contact bestaat niet meer in Econobis",
    "AccountDiffers": "Het account-id in Econobis is een ander",
    "AccountNotStoredYet": "Het account-id ontbreekt in Econobis",
    "NoAddress": "Het contact heeft in Econobis geen adres",
    "VisitNotFound": "Econobis vindt het bezoek niet",
    "NotACoach": "De coach is in Econobis geen coach",
    "StillInUse": "Aan kansen van dit dossier wordt nog gewerkt",
    "ResidentNotKnown": "Te weinig bekend om het bezoek te wijzigen",
    "OtherContactFound": "Econobis vindt bij het e-mailadres iemand anders",
    "NoIntake": "Econobis maakte geen intake",
    "RolledBack": "Econobis loopt vast op deze gegevens",
    "OldAccount": "In Econobis staat een verwijderd dossier",
    "DossierRefused": "Hoomdossier maakte het dossier niet",
    "DossierNotAsked": "Econobis vraagt het dossier niet aan",
    "ContactNotFound": "Econobis vindt het contact van deze aanmelding niet",
    "NoDossierYet": "Het dossier is er na een week nog niet",
    "NotRegistered": "Nog geen account in Hoomdossier",
    # The general ones.
    "Refused": "Geweigerd, om de reden die erbij staat",
    "NoMailbox": "Het e-mailadres bestaat niet",
    "OutcomeUnknown": "Niet zeker of het is aangekomen",
    "TooFast": "Een week lang te veel aanroepen",
    "NoRoomInMinute": "Een week lang te veel aanroepen met deze sleutel",
    "Unavailable": "Een week lang niet bereikbaar",
    "BlobDamaged": "Het bewaarde bestand is beschadigd",
    "LinkError": "De koppeling werkte een week lang niet goed",
}
