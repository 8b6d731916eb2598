"""What the recordings at hand do not show, from `docs/peers/econobis.md` 4 and `known-limits.md` E."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standins.econobis.recorder import recording
from tests.standins.econobis_webform.form import EVA, HOME, JAN, KEY, VISIT, last, lines, rows, send, started, webform

SERVER_ERROR = (500, {"message": "Server Error"})
UNDONE = "Gehele API aanroep is ongedaan gemaakt!"


# -- which contact -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "action", "contact_id"),
    [
        # The last name holds "bewoner": overwritten, whoever it is.
        ({**EVA, "adres_huisnummer": "7", "adres_postcode": "2345BC"}, "BCB", 103),
        ({**EVA, "adres_huisnummer": "5", "adres_postcode": "5678EF"}, "BCB", 111),
        # Only a last name: compared with LIKE as long as the e-mail address did not fit.
        ({"achternaam": "%", "adres_huisnummer": "12", "adres_postcode": "1234AB", "emailadres": "x@y.nl"}, "NET", 101),
        ({"achternaam": "%", "adres_huisnummer": "12", "adres_postcode": "1234AB"}, "UPC", 101),
        # Accents and capitals do not count.
        ({"voornaam": "JÁN", "achternaam": "berg", "emailadres": "Jan@Example.org"}, "UPC", 101),
        # By initials and last name, then by the first letter of the first name.
        (
            {
                "voorletters": "p.",
                "voornaam": "X",
                "achternaam": "Janssen",
                "adres_huisnummer": "12",
                "adres_postcode": "1234AB",
            },
            "UPC",
            102,
        ),
        (
            {"voornaam": "Paul", "achternaam": "Janssen", "adres_huisnummer": "12", "adres_postcode": "1234 ab"},
            "UPC",
            102,
        ),
        # An address that nobody has and a known e-mail address: the name is not looked at.
        ({**EVA, **HOME, "emailadres": "jan@example.org"}, "NAT", 101),
        ({"contact_nummer": "c2024-101"}, "UPC", 101),
        ({"organisatienaam": "zon bv", "adres_huisnummer": "1", "adres_postcode": "3456CD"}, "UPC", 106),
    ],
)
def test_finds_the_contact(fields: dict[str, str], action: str, contact_id: int) -> None:
    said = lines(started(), **fields)
    assert f"Actie: {action}" in said
    assert f"Actie bij contact: {contact_id}" in said


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({**EVA, **HOME}, "NC"),
        # A prefix within the last name is another name.
        ({"voornaam": "Jan", "achternaam": "de Berg", "adres_huisnummer": "12", "adres_postcode": "1234AB"}, "NCT"),
        # Half a letter is what PHP takes of Ṕ: like nobody, though the database takes Ṕ and P for the same.
        ({"voornaam": "Ṕaul", "achternaam": "Janssen", "adres_huisnummer": "12", "adres_postcode": "1234AB"}, "NCT"),
        # Without an address organisations are always made anew.
        ({"organisatienaam": "Zon BV", "emailadres": "info@zon.example"}, "NC"),
        ({"forceer_nieuw_contact": "1", **JAN, **EVA}, "NCG"),
    ],
)
def test_makes_a_new_contact(fields: dict[str, str], action: str) -> None:
    client = started()
    assert f"Actie: {action}" in lines(client, **fields)
    assert last(client, "contacts")["id"] == 1001


def test_persons_fields_for_an_organisation_crash_and_leave_nothing() -> None:
    client = started()
    assert send(client, contact_nummer="C2024-106", voornaam="Eva", contact_opmerkingen="Hallo") == SERVER_ERROR
    assert not rows(client, "contact_notes")
    assert not rows(client, "webforms")[0].get("last_requests")


# -- address and groups ------------------------------------------------------------------------------------------------


def test_the_address_register_overwrites_what_was_typed() -> None:
    client = started(lvbag={"street": "Kerkstraat", "city": "Zonnig Dorp"})
    said = lines(client, **EVA, **HOME)
    assert (
        "Bij postcode 1111AA en huisnummer 5 straat en plaats automatisch bepaald via LvBag: Kerkstraat | Zonnig Dorp."
    ) in said
    assert last(client, "addresses")["street"] == "Kerkstraat"


def test_the_address_register_is_not_asked_for_a_street_without_a_city() -> None:
    client = started(lvbag={"street": "Kerkstraat", "city": "Zonnig Dorp"})
    said = lines(client, **EVA, **HOME | {"adres_plaats": ""})
    assert not [line for line in said if "automatisch bepaald" in line]
    assert last(client, "addresses")["street"] == "Laan"


def test_an_unknown_named_group_leaves_the_other_groups_out() -> None:
    client = started(contact_groups=[{"id": 2, "name": "Nieuws", "type_id": "static"}])
    lines(client, **EVA, contact_groep="Bestaat niet", contact_groep_ids="2")
    assert not rows(client, "contact_groups_pivot")
    assert "Contact 1002 aan groep Nieuws gekoppeld." in lines(
        client, **EVA | {"emailadres": "eva2@example.org"}, contact_groep_ids="2"
    )


# -- intake and kansactie ----------------------------------------------------------------------------------------------


def test_a_kansactie_under_every_known_measure_once() -> None:
    client = started()
    said = lines(
        client, **EVA, **HOME, **VISIT | {"intake_maatregel_ids": "1, 2,2,99999", "kansactie_aanmaken": "ViSit"}
    )
    assert len([line for line in said if line.startswith("Kans met id")]) == 2
    assert len([line for line in said if line.startswith("Kansactie Bezoek met id")]) == 2


def test_dates_of_another_action_are_not_looked_at() -> None:
    client = started()
    lines(client, **EVA, **HOME, **VISIT, kansactie_datum_uitgebracht="geen datum")
    assert "date_released" not in last(client, "quotation_requests")
    status, body = send(client, **EVA, **HOME, **VISIT, kansactie_datum_afspraak="geen datum")
    assert (status, body[-5:-3]) == (500, ["Onbekende fout opgetreden.", UNDONE])


@pytest.mark.parametrize(
    ("sent", "minutes"), [("45", 60), ("1", 30), ("300", 300), ("301", 90), ("0", 90), ("", 90), ("1,5", 90)]
)
def test_a_visit_goes_into_the_planning_in_half_hours(sent: str, minutes: int) -> None:
    client = started(districts=[{"id": 1, "name": "Noord", "default_duration_minutes": 90}])
    coach = {"kansactie_org_of_coach": "104 Cora", "kansactie_afspraak_kalender_id": "1"}
    lines(client, **EVA, **HOME, **VISIT, **coach, kansactie_kalender_duratie=sent)
    visit = last(client, "quotation_requests")
    assert (visit["contact_id"], visit["district_id"], visit["duration_minutes"]) == (104, 1, minutes)
    assert visit["uses_planning"] == 1


def test_only_a_quotation_request_without_an_amount_has_none() -> None:
    client = started()
    lines(client, **EVA, **HOME, **VISIT | {"kansactie_aanmaken": "quotation-request"})
    assert "quotation_amount" not in last(client, "quotation_requests")
    lines(client, **EVA, **HOME, **VISIT | {"kansactie_aanmaken": "subsidy-request"})
    assert last(client, "quotation_requests")["quotation_amount"] == 0


def test_an_encrypted_kansactie_is_changed_with_the_third_attempt_in_the_place_of_the_first() -> None:
    client = started()
    said = lines(
        client,
        kansactie_id='<Laravel Crypt string of "31">',
        kansactie_datum_afspraakpoging_3="2024-05-03",
        kansactie_datum_afspraak="2024-05-06 10:00:00",
        kansactie_omschrijving="",
        kans_code="A1",
    )
    visit = rows(client, "quotation_requests")[0]
    assert (visit["date_planned_attempt1"], visit["date_planned"], visit["status_id"]) == (
        "2024-05-03",
        "2024-05-06 10:00:00",
        8,
    )
    assert "Kansactie Bezoek met id 31 bijgewerkt bij kans: K2024-21) en coach/organisatie 'geen'." in said
    assert not rows(client, "tasks")


def test_the_newest_visit_is_the_one_that_was_made_last_also_in_the_same_call() -> None:
    client = started()
    said = lines(client, **JAN, kansactie_update_afspraak_status="3")
    assert said[-2].endswith("Status bijgewerkt van Geen afspraak gemaakt naar Afspraak uitgevoerd")
    lines(client, **JAN, **VISIT, kansactie_update_afspraak_status="4")
    by_id = {row["id"]: row["status_id"] for row in rows(client, "quotation_requests")}
    assert by_id == {31: 9, 32: 9, 8001: 14}


def test_a_workflow_makes_an_opportunity_of_an_interest() -> None:
    category = {"id": 4, "name": "Zon", "uses_wf_create_opportunity": 1}
    client = started(measure_categories=[category | {"opportunity_status_id_wf_create_opportunity": 1}])
    sent = {**EVA, **HOME, "intake_campagne_id": "1", "intake_interesse_ids": "4"}
    said = lines(client, **sent)
    assert said[-2] == "Workflow kans maken uitgevoerd."
    assert last(client, "opportunities")["measure_category_id"] == 4
    client = started(measure_categories=[category])
    assert send(client, **sent) == SERVER_ERROR
    assert last(client, "intakes")["id"] == 6001, "it breaks after the commit"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "active"),
        ({"kansactie_datum_afspraakpoging_3": "2024-05-03"}, "pending"),
        ({"kansactie_datum_afspraak": "2024-05-03"}, "in_progress"),
        ({"kansactie_datum_afspraak": "2024-05-03", "kansactie_datum_afgehandeld": "2024-05-03"}, "executed"),
        ({"kansactie_status": "cancelled"}, "no_execution"),
        ({"kansactie_aanmaken": "quotation-request"}, "pending"),
        ({"kansactie_aanmaken": "quotation-request", "kansactie_datum_akkoord_bewoner": "2024-05-03"}, "mandate"),
        ({"kansactie_aanmaken": "quotation-request", "kansactie_status": "not-approved"}, "no_execution"),
        ({"kansactie_aanmaken": "quotation-request", "kansactie_datum_uitgevoerd": "2024-05-03"}, "executed"),
        ({"kansactie_aanmaken": "subsidy-request"}, "subsidy-request_pending"),
        (
            {"kansactie_aanmaken": "subsidy-request", "kansactie_datum_akkoord_vaststelling": "2024-05-03"},
            "subsidy-request_granted",
        ),
        ({"kansactie_aanmaken": "redirection", "kansactie_datum_uitgevoerd": "2024-05-03"}, "active"),
    ],
)
def test_a_kansactie_moves_the_status_of_its_opportunity(fields: dict[str, str], status: str) -> None:
    client = started()
    lines(client, **EVA, **HOME, **VISIT | fields)
    codes = {row["id"]: row["code_ref"] for row in rows(client, "opportunity_status")}
    assert codes[last(client, "opportunities")["status_id"]] == status


# -- housing file and consumption --------------------------------------------------------------------------------------


def test_a_field_that_is_not_sent_keeps_its_value_and_an_empty_one_clears_it() -> None:
    file = {"id": 9, "address_id": 201, "build_year": 1950, "floors": 2, "remark": "oud", "is_monument": "1"}
    client = started(housing_files=[file | {"is_house_for_sale": "1", "number_of_residents": 3}])
    said = lines(client, **JAN, woondossier_opmerking="", woondossier_bouwjaar="1", woondossier_koophuis="nee")
    assert "Woondossier met id 9 is gewijzigd voor adres id 201." in said
    after = rows(client, "housing_files")[0]
    assert {name: after[name] for name in ("floors", "remark", "build_year", "is_house_for_sale", "is_monument")} == {
        "floors": 2,
        "remark": "",
        "build_year": None,
        "is_house_for_sale": "2",
        "is_monument": "1",
    }
    assert after["number_of_residents"] == 3


def test_an_unknown_measure_shifts_what_was_sent_with_it() -> None:
    client = started()
    lists = {"woondossier_maatregelen_ids": "99999,2", "woondossier_maatregelen_antwoorden": "van niemand,van twee"}
    said = lines(client, **JAN, **lists, woondossier_maatregelen_status_ids="1")
    assert "Woondossier maatregel id 99999 niet gevonden!" in said
    assert ("Aantal woondossier maatregelen status ids (1) komt niet overeen met aantal maatregelen ids (2).") in said
    assert last(client, "housing_file_specifications")["answer"] == "van niemand"
    lines(client, **JAN, woondossier_maatregelen_ids="2", woondossier_maatregelen_type_merken="X")
    (one,) = rows(client, "housing_file_specifications")
    assert (one["answer"], one["type_brand"]) == ("van niemand", "X")


def test_a_period_that_begins_or_ends_in_another_is_left_out() -> None:
    client = started()
    year = {"verbruik_gas_begindatum": "2023-01-01", "verbruik_gas_einddatum": "2023-12-31"}
    lines(client, **JAN, **year, verbruik_gas_verbruik_m3="1200")
    lines(client, **JAN, **year, verbruik_gas_verbruik_m3="1300")
    said = lines(client, **JAN, **year | {"verbruik_gas_einddatum": "2024-06-30"}, verbruik_gas_verbruik_m3="1400")
    assert [line for line in said if line.endswith("deze gegevens worden NIET verwerkt.")]
    assert [row["consumption"] for row in rows(client, "address_energy_consumption_gas")] == [1300]


def test_usage_is_kept_with_its_decimals() -> None:
    """The column is a plain double since Laravel 11."""
    client = started()
    year = {"verbruik_gas_begindatum": "2023-01-01", "verbruik_gas_einddatum": "2023-12-31"}
    lines(client, **JAN, **year, verbruik_gas_verbruik_m3="1200.5")
    assert last(client, "address_energy_consumption_gas")["consumption"] == 1200.5


def test_who_joins_a_group_by_its_name_is_a_member_since_today() -> None:
    client = started(contact_groups=[{"id": 2, "name": "Nieuws", "type_id": "static"}])
    said = lines(client, **EVA, contact_groep="nieuws")
    assert "Contact 1001 aan groep nieuws gekoppeld." in said
    pivot = last(client, "contact_groups_pivot")
    assert (pivot["contact_id"], pivot["contact_group_id"], pivot["member_to_group_since"]) == (1001, 2, "2024-05-01")
    assert pivot["member_created_at"].startswith("2024-05-01 12:3")
    assert last(client, "tasks")["contact_group_id"] == 2


@pytest.mark.parametrize(
    "stub",
    [
        {"street": "Kerkstraat", "city": "Ons Dorp"},
        {"_embedded": {"adressen": [{"openbareRuimteNaam": "Kerkstraat", "woonplaatsNaam": "Ons Dorp"}]}},
        {"1111AA 5": {"straat": "Kerkstraat", "plaats": "Ons Dorp"}},
        {"answers": [["Kerkstraat", "Ons Dorp"]]},
        "answers street 'Kerkstraat', city 'Ons Dorp'",
    ],
)
def test_the_address_register_is_a_stub_in_whatever_form(stub: Any) -> None:
    client = started(lvbag=stub)
    lines(client, **EVA, **HOME)
    address = last(client, "addresses")
    assert (address["street"], address["city"]) == ("Kerkstraat", "Ons Dorp")


@pytest.mark.parametrize(
    "stub", ["no LV-BAG key configured: lookup answers empty", {}, [], {"street": ""}, "fails: 500"]
)
def test_an_address_register_that_knows_nothing_leaves_what_was_typed(stub: Any) -> None:
    client = started(lvbag=stub)
    assert any("kon niet automatisch bepaald worden" in line for line in lines(client, **EVA, **HOME))
    assert last(client, "addresses")["street"] == "Laan"


def test_a_new_organisation_is_named_by_nobody_in_the_notes_about_it() -> None:
    """Econobis goes on with a contact that it read before the name was stored."""
    client = started()
    sent = {"organisatienaam": "Maan BV", "emailadres": "info@maan.example", "contact_opmerkingen": "Hallo"}
    said = lines(client, **sent, forceer_nieuw_contact="1", adres_huisnummer="1", adres_postcode="3456CD")
    assert "Contactopmerking aangemaakt met id 601 voor contact (1001)" in said
    check, _ = rows(client, "tasks")
    assert "Nieuw contact  (C2024-1001) geforceerd aangemaakt" in check["note"]
    assert last(client, "contacts")["full_name"] == "Maan BV"


def test_an_organisation_that_gets_another_name_has_its_old_one_in_the_lines() -> None:
    client = started()
    said = lines(client, contact_nummer="C2024-106", organisatienaam="Zon & Wind BV", contact_opmerkingen="Hallo")
    assert "Contactopmerking aangemaakt met id 601 voor contact Zon BV(106)" in said
    assert {row["full_name"] for row in rows(client, "contacts") if row["id"] == 106} == {"Zon & Wind BV"}


# -- after the commit --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"taak_einddatum": "geen datum"},
        {"taak_campagne_id": "999"},
        {"verantwoordelijke_team_id": "999"},
        {"taak_afgehandeld": "1", "verantwoordelijke_team_id": "1"},
    ],
)
def test_a_failure_after_the_commit_leaves_what_was_saved(fields: dict[str, str]) -> None:
    client = started(webforms=webform(responsible_user_id=None, responsible_team_id=1))
    assert send(client, **EVA, **fields) == SERVER_ERROR
    assert last(client, "contacts")["full_name"] == "Nieuw, Eva"
    assert len(rows(client, "webforms")[0]["last_requests"]) == 1


def test_a_finished_task_names_who_finished_it() -> None:
    client = started()
    said = lines(client, **EVA, taak_afgehandeld="1")
    assert "Taak met id 9001 automatisch gereed op 01-05-2024 door verantwoordelijke: Bob Beheer" in said
    assert last(client, "tasks")["date_finished"] == "2024-05-01"


@pytest.mark.parametrize(
    ("fields", "day", "said_lines"),
    [
        ({"taak_einddatum": "2020-01-01"}, "2024-05-02", ["Gewijzigd naar datum morgen: 2024-05-02 00:00:00", "4"]),
        ({"taak_dagen_einddatum": "-5"}, "2024-05-02", ["Datum einddatum bepaald op : 2024-04-26 00:00:00"]),
        ({"taak_einddatum": "2024-05-05 10:00"}, "2024-05-06", ["7", "Gewijzigd naar datum eerst volgende maandag"]),
    ],
)
def test_a_task_ends_tomorrow_at_the_earliest_and_never_in_a_weekend(
    fields: dict[str, str], day: str, said_lines: list[str]
) -> None:
    client = started()
    said = "\n".join(lines(client, **EVA, **fields))
    assert last(client, "tasks")["date_planned_finish"] == day
    for line in said_lines:
        assert (f"Dagcode van de week: {line}" if line.isdigit() else line) in said


@pytest.mark.parametrize("yes", ["1", "nee", "0.0"])
def test_registration_that_finds_nobody_is_told_without_its_reason(yes: str) -> None:
    closed = [{"id": 1, "name": "Dorp", "hoom_link": "http://127.0.0.1:9/register", "hoom_key": "k"}]
    client = started(cooperations=closed)
    said = lines(client, **EVA, **HOME, hoomdossier_aanmaken=yes)
    assert said[-5:-1] == [
        "Aanmaken hoomdossier contact",
        "Fout bij aanmaken hoomdossier contact",
        "Taak Controle contact met taak_type_id (default) 6 Webformulier aanmaken.",
        "Taak met id 9002 aangemaakt.",
    ]
    assert "hoom_account_id" not in last(client, "contacts")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"contact_nummer": "C2024-107"}, "Koppeling hoomdossier bestaat al."),
        (
            {"kansactie_id": '<Laravel Crypt string of "31">'},
            "Kan geen Hoomdossier aanmaken want er is geen contact gevonden.",
        ),
    ],
)
def test_registration_that_is_not_tried(fields: dict[str, str], line: str) -> None:
    client = started(cooperations=[{"id": 1, "hoom_link": "http://127.0.0.1:9/register"}])
    assert lines(client, **fields, hoomdossier_aanmaken="1")[-3:-1] == ["Aanmaken hoomdossier contact", line]


def test_a_visits_status_with_an_encrypted_id_crashes_after_the_change() -> None:
    client = started()
    sent: dict[str, Any] = {"kansactie_id": '<Laravel Crypt string of "31">', "kansactie_omschrijving": "bewaard"}
    assert send(client, **sent, kansactie_update_afspraak_status="2") == SERVER_ERROR
    assert rows(client, "quotation_requests")[0]["quotation_text"] == "bewaard"


def test_a_group_for_dossiers_that_is_gone_crashes_after_the_account_is_stored() -> None:
    """An error of PHP's own is no exception that Econobis catches."""
    with recording([{"status": 201, "headers": {}, "body": '{"account_id":901}'}]) as hoomdossier:
        cooperation = {
            "id": 1,
            "hoom_link": f"http://{hoomdossier.host}/register",
            "hoom_key": "k",
            "hoom_group_id": 99,
        }
        client = started(cooperations=[cooperation])
        assert send(client, **EVA, **HOME, hoomdossier_aanmaken="1") == SERVER_ERROR
    assert last(client, "contacts")["hoom_account_id"] == 901
    assert "contact_groups_pivot" not in client.get("/_state").get_json()


# -- limits and mails --------------------------------------------------------------------------------------------------


def test_a_refused_call_does_not_count() -> None:
    client = started(webforms=webform(max_requests_per_minute=2))
    sent = {**JAN, "contact_opmerkingen": "x"}
    assert [send(client, **sent)[0] for _ in range(4)] == [200, 200, 422, 422]
    assert len(rows(client, "contact_notes")) == 2
    assert "Fout opgetreden: Maximum aantal aanroepen per minuut is bereikt." in send(client, **sent)[1]
    client.post("/_state", json={"now": "2024-05-01 12:36:00 Europe/Amsterdam"})
    assert send(client, **sent)[0] == 200


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, 1),
        ({"email_address_error_report": "fout@example.org", "responsible_user_id": None}, 1),
        ({"responsible_user_id": None, "responsible_team_id": 1}, 1),
        ({"responsible_user_id": None, "responsible_team_id": 2}, 0),
        ({"mail_error_report": 0}, 0),
    ],
)
def test_who_hears_of_a_failure(changes: dict[str, Any], people: int) -> None:
    client = started(webforms=webform(**{"mail_error_report": 1} | changes))
    status, body = send(client, contact_nummer="C2024-999", verantwoordelijke_gebruiker_id="2")
    assert (status, body[-1]) == (422, f"Log is gemaild naar {people} verantwoordelijke(n).")


def test_an_unknown_key_tells_nothing_else() -> None:
    assert send(started(), key=KEY.lower(), **EVA) == (
        404,
        [
            f"Webform met code {KEY.lower()} is niet gevonden.",
            "Fout opgetreden: Webform not found",
            UNDONE,
            "Log is gelogd naar het applicatielog.",
            "Geen webform gevonden, verantwoordelijken kunnen daarom niet worden gemaild.",
        ],
    )
