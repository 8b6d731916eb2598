"""The fields that we send to Econobis' web form: complete names, nothing made twice, and the right contact."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from shared.domain.resident import Address, Person
from shared.domain.submission import SignUp
from shared.econobis.form_fields import LABELS, NEVER, RESIDENT_FIELDS, why_never, wrong_values
from shared.econobis.payloads import dossier_fields, look_fields, sign_up_fields, visit_status_fields
from shared.errors import BadInput
from tests.fixtures import files, read

PERSON = Person(
    first_name="Jan", prefix="van den", last_name="Berg", initials="J.", email="jan@voorbeeld.nl", phone="0612345678"
)
ADDRESS = Address(postal_code="1234 AB", number=12, addition="a", street="Dorpsstraat", city="Ons Dorp")
CONSENT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Half past midnight in Amsterdam.
KNOWN = {
    "voornaam": "Jan",
    "tussenvoegsel": "van den",
    "achternaam": "Berg",
    "emailadres": "jan@voorbeeld.nl",
    "adres_straat": "Dorpsstraat",
    "adres_huisnummer": "12",
    "adres_toevoeging": "a",
    "adres_postcode": "1234 AB",
    "adres_plaats": "Ons Dorp",
}


def fields(
    person: Person = PERSON, address: Address = ADDRESS, others: dict[str, str] | None = None, **settings: Any
) -> dict[str, str]:
    sign_up = SignUp(person=person, address=address, consent_at=CONSENT, others=others or {})
    defaults = {
        "our_id": "abc",
        "campaign_id": 7,
        "measure_ids": [3, 4],
        "action": "visit",
        "coach_contact_id": 500,
        "dossier": True,
    }
    return sign_up_fields(sign_up, **{**defaults, **settings})


def test_first_call_has_everything() -> None:
    assert fields() == {
        **KNOWN,
        "voorletters": "J.",
        "telefoonnummer": "0612345678",
        "akkoord_privacybeleid": "1",
        "datum_akkoord_privacybeleid": "2026-11-24",
        "intake_id_extern": "abc",
        "intake_campagne_id": "7",
        "intake_maatregel_ids": "3,4",
        "kansactie_aanmaken": "visit",
        "kansactie_org_of_coach": "500",
        "hoomdossier_aanmaken": "1",
    }


@pytest.mark.parametrize("measures", [[], [3], [3, 4]])
def test_later_call_makes_no_second_opportunity_or_visit(measures: list[int]) -> None:
    """Econobis would make them again (known-limits E2)."""
    later = fields(first_call=False, measure_ids=measures)
    assert not [field for field in later if field.startswith("kansactie") or field == "intake_maatregel_ids"]
    assert later.get("intake_maatregel_id") == ("3" if measures == [3] else None)
    assert later["intake_id_extern"] == "abc"


def test_settings_of_the_form_win_over_what_was_filled_in() -> None:
    typed = {"intake_motivatie_ids": "1", "intake_aanmeldingsbron_ids": "2", "intake_opmerkingen_bewoner": "Graag"}
    assert fields(others=typed)["intake_motivatie_ids"] == "1"
    mixed = fields(others=typed, reason_ids=[8, 9], source_ids=[6])
    assert (mixed["intake_motivatie_ids"], mixed["intake_aanmeldingsbron_ids"]) == ("8,9", "6")
    assert mixed["intake_opmerkingen_bewoner"] == "Graag"


@pytest.mark.parametrize(
    "field", ["contact_nummer", "kansactie_id", "iban", "intake_campagne_id", "contact_bijlage_url"]
)
def test_field_of_staff_never_passes(field: str) -> None:
    assert fields(others={field: "666"}) == fields()


@pytest.mark.parametrize(
    "setting", [{"dossier": False}, {"action": None}, {"coach_contact_id": None}, {"measure_ids": []}]
)
def test_a_field_without_a_value_is_left_out(setting: dict[str, Any]) -> None:
    """An empty field would clear a value of the housing file."""
    assert "" not in fields(Person(first_name="A", last_name="B", email="a@b.nl"), **setting).values()


def test_belgian_postcode_goes_with_its_country() -> None:
    assert "adres_land_id" not in fields()
    assert fields(address=ADDRESS.model_copy(update={"postal_code": "9000"}))["adres_land_id"] == "BE"


def test_dossier_is_asked_for_the_contact_and_nothing_is_made() -> None:
    note = {"taak_opmerkingen": "Het Hoomdossier van dit contact is opnieuw aangevraagd."}
    assert dossier_fields(PERSON, ADDRESS) == {**KNOWN, **note, "titel_id": "0", "hoomdossier_aanmaken": "1"}


@pytest.mark.parametrize(("status", "code"), [("made", "2"), ("done", "3"), ("cancelled", "4")])
def test_status_of_a_visit_names_contact_coach_and_campaign(status: Any, code: str) -> None:
    """Without coach or campaign Econobis would change another visit (known-limits E17)."""
    found_by = look_fields(PERSON.email)
    sent = visit_status_fields(found_by, status=status, coach_contact_id=500, campaign_id=7)
    assert sent.items() >= {"emailadres": PERSON.email, "titel_id": "0"}.items()
    update = {key.removeprefix("kansactie_update_afspraak_"): value for key, value in sent.items() if "update" in key}
    assert update == {"status": code, "campagne": "7", "coach": "500"}
    assert sent["taak_opmerkingen"].startswith("De afspraak is ")


@pytest.mark.parametrize(
    "address", [Address(), ADDRESS.model_copy(update={"number": 0}), ADDRESS.model_copy(update={"postal_code": ""})]
)
def test_without_an_address_another_contact_could_be_found(address: Address) -> None:
    """Econobis would take any contact with the e-mail address (known-limits E25)."""
    with pytest.raises(BadInput) as raised:
        dossier_fields(PERSON, address)
    assert list(raised.value.problems) == ["adres_postcode"]


def test_a_look_gives_no_address_and_a_name_only_when_it_is_asked_to() -> None:
    """Econobis may add the address to another contact, and overwrites the name of the contact that it finds."""
    assert set(look_fields(PERSON.email)) == {"emailadres", "titel_id", "taak_opmerkingen"}
    named = {"voornaam", "tussenvoegsel", "achternaam"}
    assert set(look_fields(PERSON.email, PERSON)) - set(look_fields(PERSON.email)) <= named


# -- which fields a resident may fill in -------------------------------------------------------------------------------


def test_no_field_is_both_a_residents_and_never_passed() -> None:
    assert [field for field in sorted(RESIDENT_FIELDS) if why_never(field)] == []


@pytest.mark.parametrize(
    "field",
    ["contact_nummer", "Contact_Nummer", "intake_id", "kansactie_bezoek_id", "verbinding_type_id", "kans_bijlage_1",
     "deelname_project_id", "incasso_iban", "verbruik_gas_tarief_vast", "taak_einddatum", "organisatienaam"],
)  # fmt: skip
def test_field_that_never_passes_has_its_reason(field: str) -> None:
    assert why_never(field) in NEVER


def test_an_unknown_field_has_no_reason() -> None:
    assert why_never("vrij_veld_kleur_dak") is None


GOOD_AND_BAD = {
    "geboortedatum": (["1980-02-29", "2000-12-31"], ["29-02-1980", "1980-13-01", "1800-01-01", "gisteren"]),
    "woondossier_bouwjaar": (["1932", "2026"], ["32", "19320", "ca. 1930"]),
    "woondossier_gebruiksoppervlakte": (["120"], ["120,5", "1.200", "-3", "1e3", "1234567"]),
    "woondossier_monument": (["0", "1", "2"], ["ja", "3"]),
    "akkoord_privacybeleid": (["0", "1"], ["ja", "2"]),
    "intake_interesse_ids": (["1", "1,2", "1, 22 , 3"], ["1,", "a", ",".join(["1"] * 51)]),
    "intake_opmerkingen_bewoner": (["Twee\nregels", "é" * 2000], ["x" * 2001, "\x00"]),
    "achternaam": (["x" * 191], ["x" * 192, "a\nb"]),
}


@pytest.mark.parametrize(("field", "values"), GOOD_AND_BAD.items())
def test_value_that_would_cost_the_whole_call_is_named(field: str, values: tuple[list[str], list[str]]) -> None:
    good, bad = values
    assert [value for value in good if wrong_values({field: value})] == []
    assert [value for value in bad if not wrong_values({field: value})] == []
    assert wrong_values({field: bad[0]})[field].startswith("Dit ")


def test_every_field_has_a_name_in_plain_dutch() -> None:
    assert LABELS.keys() == RESIDENT_FIELDS
    assert not [label for label in LABELS.values() if "_" in label or not label[0].isupper()]


def test_empty_or_unknown_values_are_not_judged() -> None:
    assert wrong_values({"geboortedatum": "", "vrij_veld": "29-02-1980"}) == {}


CRASHED = [
    path
    for path in files("vectors/webform/*.json")
    if read(path).get("status") == 500 and not path.stem.startswith(("kansactie_store", "key_", "body_json"))
]


@pytest.mark.parametrize("path", CRASHED, ids=lambda path: path.stem)
def test_what_crashed_the_real_econobis_is_a_wrong_value_or_no_field_of_a_resident(path: Path) -> None:
    sent = dict(parse_qsl(read(path)["request"]["body"]))
    assert wrong_values(sent) or sent.keys() - RESIDENT_FIELDS
