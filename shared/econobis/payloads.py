"""The fields of Econobis' web form for each kind of call. The payloads of its event endpoint: `event_payloads.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shared.domain.local_time import to_amsterdam
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.econobis.form_fields import RESIDENT_FIELDS
from shared.errors import BadInput

VisitStatus = Literal["made", "done", "cancelled"]

# The value of kansactie_update_afspraak_status, and the text of the task that each call makes for staff
# (`docs/peers/econobis.md` 4.9, known-limits E15).
_VISIT_STATUS: dict[VisitStatus, tuple[str, str]] = {
    "made": ("2", "De afspraak is gemaakt in Hoomdossier."),
    "done": ("3", "De afspraak is uitgevoerd volgens Hoomdossier."),
    "cancelled": ("4", "De afspraak is afgezegd in Hoomdossier."),
}
# This title makes Econobis refuse to make a contact, and has no other effect (ExternalWebformController.php):
# `addContact` looks the title up and finds none with id 0 (`NoSuchContact`); `updateContact` skips a 0; a contact found
# by the e-mail address alone is not changed. Without it, a name that staff corrected would make a second contact.
_NO_NEW_CONTACT = {"titel_id": "0"}

FROM_SETTING: Mapping[str, str] = {
    "intake_campagne_id": "campaign",
    "intake_maatregel_ids": "measures",
    "intake_motivatie_ids": "reasons",
    "intake_aanmeldingsbron_ids": "sources",
    "kansactie_aanmaken": "action",
    "kansactie_org_of_coach": "coach",
    "hoomdossier_aanmaken": "dossier",
}
"""The setting of the form that a field of a sign-up comes from, unless the resident filled that field in."""
MADE_BY_US = frozenset({"intake_id_extern", "datum_akkoord_privacybeleid"})
"""The fields of a sign-up that are our own: its key, and the moment of the consent."""
TAKEN_FROM: Mapping[str, str] = {
    "adres_toevoeging": "adres_huisnummer",
    "adres_land_id": "adres_postcode",
}
"""The field that a value is taken from when a resident left its own one empty: `12a` holds an addition."""


def sign_up_fields(  # noqa: PLR0913  (each argument is a setting of the form)
    sign_up: SignUp,
    *,
    our_id: str,
    campaign_id: int,
    measure_ids: Sequence[int] = (),
    action: str | None = None,
    coach_contact_id: int | None = None,
    reason_ids: Sequence[int] = (),
    source_ids: Sequence[int] = (),
    dossier: bool = False,
    first_call: bool = True,
    correction: bool = False,
) -> dict[str, str]:
    """The fields of a sign-up. The other arguments are settings of the form, with Econobis' ids.

    `our_id` is the key of the submission: Econobis finds the intake by it. Econobis makes an opportunity for each
    measure, and the `action` (`visit`) in each opportunity.

    `first_call` is False when Econobis has the sign-up, or may have it: the call then makes no opportunities and
    actions, because Econobis would make them twice (known-limits E2). Econobis replaces the interests of an intake by
    those of each call, so a later call repeats a single measure in `intake_maatregel_id`, which with the default status
    makes no opportunity (addIntakeToAddress).

    `correction` adds a note for staff with the values that Econobis takes over only when it makes a contact or an
    intake.
    """
    fields = {field: value for field, value in sign_up.others.items() if field in RESIDENT_FIELDS}
    fields |= {
        **_whole_name(sign_up.person),
        **_whereabouts(sign_up.person, sign_up.address),
        "voorletters": sign_up.person.initials,
        "telefoonnummer": sign_up.person.phone,
        "akkoord_privacybeleid": "1",
        "datum_akkoord_privacybeleid": to_amsterdam(sign_up.consent_at)[:10],
        "intake_id_extern": our_id,
        "intake_campagne_id": str(campaign_id),
        "intake_motivatie_ids": ",".join(map(str, reason_ids)) or fields.get("intake_motivatie_ids", ""),
        "intake_aanmeldingsbron_ids": ",".join(map(str, source_ids)) or fields.get("intake_aanmeldingsbron_ids", ""),
        "hoomdossier_aanmaken": "1" if dossier else "",
    }
    if first_call:
        fields["intake_maatregel_ids"] = ",".join(map(str, measure_ids))
    elif len(measure_ids) == 1:
        fields["intake_maatregel_id"] = str(measure_ids[0])
    if correction:
        fields["taak_opmerkingen"] = _news(sign_up)
    if first_call and action:
        fields |= {"kansactie_aanmaken": action, "kansactie_org_of_coach": str(coach_contact_id or "")}
    return _filled(fields)


# The fields that Econobis takes over only when it makes a contact or an intake, with its labels.
_ONLY_WHEN_MADE = {
    "intake_opmerkingen_bewoner": "Opmerking",
    "geboortedatum": "Geboortedatum",
    "titel_id": "Titel (id)",
}


def _news(sign_up: SignUp) -> str:
    said = [f"{name}: {sign_up.others[field]}" for field, name in _ONLY_WHEN_MADE.items() if sign_up.others.get(field)]
    return "\n".join(["De bewoner heeft de aanmelding opnieuw verstuurd, met een wijziging.", *said])


def other_address_note(sign_up: SignUp) -> dict[str, str]:
    """A note for staff: the same person and home signed up again within an hour, with another e-mail address."""
    return {
        "taak_opmerkingen": (
            "Op dezelfde naam en hetzelfde adres is opnieuw aangemeld, nu met een ander e-mailadres: "
            f"{sign_up.person.email}. Waarschijnlijk is dit het juiste en was het eerste een tikfout. Vraag het na. Is "
            "het dit adres? Maak het dan het primaire e-mailadres, en wijzig het ook in het Hoomdossier."
        )
    }


def look_for_visit(campaign_id: int, coach_contact_id: int | None) -> dict[str, str]:
    """Makes the answer tell whether the contact has a visit in the campaign (`visit_status_updated`).

    Econobis changes nothing, because it has no status `onveranderd` (`docs/peers/econobis.md` 4.9).
    """
    fields = {
        "kansactie_update_afspraak_status": "onveranderd",
        "kansactie_update_afspraak_campagne": str(campaign_id),
        "kansactie_update_afspraak_coach": str(coach_contact_id or ""),
    }
    return _filled(fields)


def dossier_fields(person: Person, address: Address) -> dict[str, str]:
    """Asks Econobis to apply for the dossier of a contact that it has. Only a task for staff is added besides.

    Raises BadInput without postcode and house number: Econobis would then take any contact with this e-mail address
    (known-limits E25).
    """
    if not (address.postal_code and address.number > 0):
        raise BadInput({"adres_postcode": ["Zonder adres vindt Econobis het juiste contact niet."]})
    known = _filled({**_whole_name(person), **_whereabouts(person, address), **_NO_NEW_CONTACT})
    note = "Het Hoomdossier van dit contact is opnieuw aangevraagd."
    return {**known, "hoomdossier_aanmaken": "1", "taak_opmerkingen": note}


def look_fields(email: str, person: Person | None = None) -> dict[str, str]:
    """Finds the contact with this e-mail address and, with `person`, this name. Econobis adds a task for staff.

    Econobis does not change a contact that it finds by the e-mail address alone (`CCT`). Without an address in the call
    it adds none and looks for nobody at it (known-limits E5, E6, E23). It never makes a contact (`_NO_NEW_CONTACT`).
    """
    names = _whole_name(person) if person else {}
    note = "De koppeling zoekt dit contact op voor een afspraak uit Hoomdossier. Hier hoeft niets mee."
    return _filled({**names, "emailadres": email, **_NO_NEW_CONTACT, "taak_opmerkingen": note})


def visit_status_fields(
    found_by: Mapping[str, str], *, status: VisitStatus, coach_contact_id: int, campaign_id: int
) -> dict[str, str]:
    """Sets the status of the contact's newest visit with this coach in this campaign.

    `found_by` are the `look_fields` that found the contact. Without coach or campaign Econobis may take another visit
    (known-limits E17). The visit keeps its date, which no call can clear (C4).
    """
    code, note = _VISIT_STATUS[status]
    return {
        **found_by,
        "kansactie_update_afspraak_status": code,
        "kansactie_update_afspraak_campagne": str(campaign_id),
        "kansactie_update_afspraak_coach": str(coach_contact_id),
        "taak_opmerkingen": note,
    }


def _whole_name(person: Person) -> dict[str, str]:
    """All three, because Econobis overwrites them together, with nothing where one is absent (known-limits E7)."""
    return {"voornaam": person.first_name, "tussenvoegsel": person.prefix, "achternaam": person.last_name}


def _whereabouts(person: Person, address: Address) -> dict[str, str]:
    return {
        "emailadres": person.email,
        "adres_straat": address.street,
        "adres_huisnummer": str(address.number or ""),
        "adres_toevoeging": address.addition,
        "adres_postcode": address.postal_code,
        "adres_plaats": address.city,
        "adres_land_id": "BE"
        if address.postal_code.isdigit()
        else "",  # Econobis takes an absent country for the Netherlands.
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    """Without empty fields. An empty field clears a value of the housing file; elsewhere it counts as absent (4.1)."""
    return {field: value for field, value in fields.items() if value}
