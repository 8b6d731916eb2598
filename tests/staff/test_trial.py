"""A sign-up on trial shows exactly what a real one sends, and does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import BadInput
from shared.staff.form_shown import FormShown, show_form
from shared.staff.trial import OUR_ID, Sent, try_sign_up
from tests.world.fixtures import Adjusted
from tests.world.residents import COOPERATION, OTHER, Resident
from tests.world.sent import forms, letters
from tests.world.world import World

ANNA = {
    "voornaam": " anna ",
    "achternaam": "van den Berg",
    "email": "Anna@Example.org",
    "telefoonnummer": "06-12345678",
    "postcode": "1234ab",
    "huisnummer": "12 a",
    "intake_opmerkingen_bewoner": "Ik heb zonnepanelen.",
    "akkoord_privacybeleid": "on",
}
LONG_SETTINGS = (
    ("action: visit\n        coach: 21", "reasons: [2, 3]\n        sources: [4]\n        action: visit\n        coach: 21"),
    ("fields: [intake_motivatie_ids,", "fields: [intake_motivatie_ids, woondossier_bouwjaar,"),
    ("fields: [intake_opmerkingen_bewoner,", "fields: [intake_motivatie_ids, woondossier_bouwjaar, intake_opmerkingen_bewoner,"),
)  # fmt: skip
BRAM = {
    "voornaam": "Bram", "tussenvoegsel": "De", "achternaam": "Wit", "emailadres": "bram@example.org",
    "telefoonnummer": "0470 12 34 56", "adres_postcode": "9000", "adres_huisnummer": "7", "adres_toevoeging": "bus 3",
    "adres_straat": "Kerkstraat 7", "adres_plaats": "gent", "intake_motivatie_ids": "9", "woondossier_bouwjaar": "1950",
    "akkoord_privacybeleid": "ja",
}  # fmt: skip


def tried(world: World, cooperation: str, typed: dict[str, Any]) -> list[Sent]:
    settings = world.observer.cooperations[cooperation]
    return try_sign_up(cooperation, settings, form(world, cooperation), typed, world.clock())


def form(world: World, cooperation: str) -> FormShown:
    settings = world.observer.cooperations[cooperation]
    return show_form(settings, "aanmelden", settings.forms["aanmelden"])


def sent_by_a_real_one(world: World, cooperation: str, typed: dict[str, Any]) -> dict[str, str]:
    answer = world.post(f"/functions/receive-webform/{cooperation}/aanmelden", typed)
    assert answer is not None
    assert answer.status_code == 202, answer.text
    world.settle()
    (fields,) = (it for it in forms(world, cooperation) if "intake_id_extern" in it)
    return fields


def shown(trial: list[Sent]) -> dict[str, str]:
    return {it.name: it.value for it in trial}


def field(trial: list[Sent], name: str) -> Sent:
    return next(it for it in trial if it.name == name)


@pytest.mark.parametrize(("cooperation", "typed"), [(OTHER, ANNA), (COOPERATION, BRAM)])
def test_the_fields_are_those_of_a_real_sign_up(adjusted: Adjusted, cooperation: str, typed: dict[str, str]) -> None:
    with adjusted(*LONG_SETTINGS) as world:
        on_trial = shown(tried(world, cooperation, typed))
        real = sent_by_a_real_one(world, cooperation, typed)
        assert on_trial == {**real, "intake_id_extern": OUR_ID}
        assert len(real["intake_id_extern"]) == 32


def test_each_value_says_where_it_comes_from(adjusted: Adjusted) -> None:
    with adjusted(*LONG_SETTINGS) as world:
        anna, bram = tried(world, OTHER, ANNA), tried(world, COOPERATION, BRAM)
    assert field(anna, "achternaam") == Sent(
        "achternaam", "van den Berg", "typed", "Achternaam", "van den Berg", "achternaam"
    )
    changed = field(anna, "adres_postcode")
    assert (changed.value, changed.source, changed.typed, changed.source_name) == (
        "1234 AB",
        "changed",
        "1234ab",
        "postcode",
    )
    moved = field(anna, "adres_toevoeging")
    assert (moved.value, moved.source, moved.typed, moved.source_name) == ("a", "moved", "12 a", "huisnummer")
    country = field(bram, "adres_land_id")
    assert (country.value, country.source, country.source_name) == ("BE", "moved", "adres_postcode")
    # The setting wins from what was typed, so it is no change of what was typed.
    reasons = field(bram, "intake_motivatie_ids")
    assert (reasons.value, reasons.source, reasons.setting) == ("2,3", "setting", "reasons")
    assert field(bram, "kansactie_org_of_coach").setting == "coach"
    assert field(bram, "intake_id_extern").source == "ours"
    assert field(bram, "datum_akkoord_privacybeleid").source == "ours"


def test_what_follows_is_what_follows_a_real_one(world: World) -> None:
    resident = Resident(world, 1)
    follows = form(world, COOPERATION).follows
    assert resident.sign_up()
    world.settle()
    assert follows.dossier == (len(resident.dossiers) == 1)
    assert follows.coach is not None
    assert follows.letters == (len(letters(world, follows.coach.email)) == 1 == len(letters(world, resident.email)))
    assert follows.opportunities == len(world.rows(COOPERATION, "opportunities"))
    assert not follows.confirm
    follows = form(world, OTHER).follows
    assert follows.coach is None


def test_a_wrong_value_is_refused_with_the_words_of_a_real_sign_up(world: World) -> None:
    wrong = {**ANNA, "postcode": "12AB", "huisnummer": "geen", "email": "anna"}
    with pytest.raises(BadInput) as refused:
        tried(world, OTHER, wrong)
    answer = world.post(f"/functions/receive-webform/{OTHER}/aanmelden", wrong)
    assert answer is not None
    assert answer.status_code == 422
    told = {it["field"]: it["reason"] for it in answer.json()["errors"]}
    assert {name: " ".join(texts) for name, texts in refused.value.problems.items()} == told
    assert told.keys() == {"postcode", "huisnummer", "email"}


def test_it_does_nothing(world: World) -> None:
    settings, aanmelden = world.services.cooperations[OTHER], form(world, OTHER)
    world.boundaries.begin()
    try_sign_up(OTHER, settings, aanmelden, ANNA, world.clock())
    assert world.boundaries.passed == []
    assert not world.dispatcher.made
