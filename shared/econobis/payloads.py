"""The fields of Econobis' web form, made from our own words. What goes to its event endpoint: `event_payloads.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shared.domain.local_time import to_amsterdam
from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.econobis.form_fields import RESIDENT_FIELDS
from shared.errors import BadInput

VisitStatus = Literal["made", "done", "cancelled"]

# kansactie_update_afspraak_status, and what staff read in the task that each call makes (econobis.md 4.9, E15).
_VISIT_STATUS: dict[VisitStatus, tuple[str, str]] = {
    "made": ("2", "De afspraak is gemaakt in Hoomdossier."),
    "done": ("3", "De afspraak is uitgevoerd volgens Hoomdossier."),
    "cancelled": ("4", "De afspraak is afgezegd in Hoomdossier."),
}
# With it Econobis refuses to make a contact, and nothing else changes (ExternalWebformController.php):
# `addContact` looks up any title but an empty one and finds none with id 0 (`NoSuchContact`); `updateContact` passes
# over a 0; who is found by the e-mail address alone is not changed. Without it a name that staff corrected would make
# a second contact.
_NO_NEW_CONTACT = {"titel_id": "0"}


def sign_up_fields(  # noqa: PLR0913  (each is a setting of the form)
    sign_up: SignUp,
    *,
    intake_id_extern: str,
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
    """A sign-up. `intake_id_extern` is our own id; Econobis makes an opportunity, and in it the action, per measure.

    `first_call=False`: Econobis has it, or may have. Opportunities and actions go along in the first call only, because
    Econobis would make them again (known-limits E2). It also replaces the interests by those of the call, so a later
    call gives its measure in the field that makes no opportunity: `intake_maatregel_id` does so only with another
    status than the default (addIntakeToAddress). `correction`: what Econobis takes only when it makes an intake or a
    contact is told to staff, in the task that each call makes.
    """
    fields = {field: value for field, value in sign_up.others.items() if field in RESIDENT_FIELDS}
    fields |= {
        **_whole_name(sign_up.person),
        **_whereabouts(sign_up.person, sign_up.address),
        "voorletters": sign_up.person.initials,
        "telefoonnummer": sign_up.person.phone,
        "akkoord_privacybeleid": "1",
        "datum_akkoord_privacybeleid": to_amsterdam(sign_up.consent_at)[:10],
        "intake_id_extern": intake_id_extern,
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


# Econobis' own words for what it takes of a contact or an intake that it makes, and not of one that it has.
_ONLY_WHEN_MADE = {
    "intake_opmerkingen_bewoner": "Opmerking",
    "geboortedatum": "Geboortedatum",
    "titel_id": "Titel (id)",
}


def _news(sign_up: SignUp) -> str:
    said = [f"{name}: {sign_up.others[field]}" for field, name in _ONLY_WHEN_MADE.items() if sign_up.others.get(field)]
    return "\n".join(["De bewoner heeft de aanmelding opnieuw verstuurd, met een wijziging.", *said])


def other_address_note(sign_up: SignUp) -> dict[str, str]:
    """For staff: who signed up twice within the hour has typed one of the two addresses wrong, or is somebody else."""
    return {
        "taak_opmerkingen": (
            "Op dezelfde naam en hetzelfde adres is opnieuw aangemeld, nu met een ander e-mailadres: "
            f"{sign_up.person.email}. Waarschijnlijk is dit het juiste en was het eerste een tikfout. Vraag het na. Is "
            "het dit adres? Maak het dan het primaire e-mailadres, en wijzig het ook in het Hoomdossier."
        )
    }


def look_for_visit(campaign_id: int, coach_contact_id: int | None) -> dict[str, str]:
    """Whether the contact has a visit in the campaign. Nothing changes: Econobis has no such status (4.9)."""
    fields = {
        "kansactie_update_afspraak_status": "onveranderd",
        "kansactie_update_afspraak_campagne": str(campaign_id),
        "kansactie_update_afspraak_coach": str(coach_contact_id or ""),
    }
    return _filled(fields)


def dossier_fields(person: Person, address: Address) -> dict[str, str]:
    """Ask Econobis to make the dossier of a contact that it has, and nothing else.

    Raises BadInput without an address: Econobis would register whoever has the e-mail address,
    and it asks for a check of it afterwards (known-limits E25).
    """
    if not (address.postal_code and address.number > 0):
        raise BadInput({"adres_postcode": ["Zonder adres vindt Econobis het juiste contact niet."]})
    known = _filled({**_whole_name(person), **_whereabouts(person, address), **_NO_NEW_CONTACT})
    note = "Het Hoomdossier van dit contact is opnieuw aangevraagd."
    return {**known, "hoomdossier_aanmaken": "1", "taak_opmerkingen": note}


def look_fields(email: str, person: Person | None = None) -> dict[str, str]:
    """Which contact has this e-mail address (and, with `person`, this name)? Econobis adds a task, and writes nothing
    into a contact that it finds by the e-mail address alone (`CCT`).

    Without an address it makes none, adds none and takes nobody else at it (known-limits E5, E6, E23); and it never
    makes a contact, see `_NO_NEW_CONTACT`.
    """
    names = _whole_name(person) if person else {}
    note = "De koppeling zoekt dit contact op voor een afspraak uit Hoomdossier. Hier hoeft niets mee."
    return _filled({**names, "emailadres": email, **_NO_NEW_CONTACT, "taak_opmerkingen": note})


def visit_status_fields(
    found_by: Mapping[str, str], *, status: VisitStatus, coach_contact_id: int, campaign_id: int
) -> dict[str, str]:
    """Set the status of the contact's newest visit with this coach in this campaign: with less it is another visit
    (known-limits E17). `found_by` are the `look_fields` that found the contact.

    The date of the visit stays: no call can clear it (C4).
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
    """Econobis writes over first name, prefix and last name together, the absent ones too (known-limits E7)."""
    return {"voornaam": person.first_name, "tussenvoegsel": person.prefix, "achternaam": person.last_name}


def _whereabouts(person: Person, address: Address) -> dict[str, str]:
    return {
        "emailadres": person.email,
        "adres_straat": address.street,
        "adres_huisnummer": str(address.number or ""),
        "adres_toevoeging": address.addition,
        "adres_postcode": address.postal_code,
        "adres_plaats": address.city,
        "adres_land_id": "BE" if address.postal_code.isdigit() else "",  # Absent is the Netherlands.
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    """An empty field would clear what stands in a housing file; for all others it is the same as none (4.1)."""
    return {field: value for field, value in fields.items() if value}
