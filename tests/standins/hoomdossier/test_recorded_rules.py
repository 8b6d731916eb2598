"""The stand-in accepts and refuses as Hoomdossier does: recorded tables of its rules, and whole registrations."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.standins.hoomdossier import rules
from infra.standins.hoomdossier.register_request import normalised
from tests import fixtures
from tests.standins.hoomdossier.conftest import API, TOKEN, Hoomdossier

NOW = "2024-05-01 12:34:56 Europe/Amsterdam"
RULES = {
    "postal_code": rules.postal_code,
    "house_number": rules.house_number,
    "house_number_extension": rules.house_number_extension,
    "phone_number": rules.phone_number,
}


@pytest.mark.parametrize("name", RULES)
def test_takes_what_the_rule_takes(name: str) -> None:
    table = fixtures.rows(name)
    wrong = [row for row in table if RULES[name](row["country"], row["input"]) is not (row["accepted"] == "true")]
    assert wrong == []


@pytest.mark.parametrize("name", RULES)
def test_knows_no_other_country(name: str) -> None:
    assert not any(RULES[name]("DE", row["input"]) for row in fixtures.rows(name))


def test_makes_the_addition_plain_before_it_looks_at_it() -> None:
    for row in fixtures.rows("register_house_number_extension_normalisation"):
        plain = normalised({"house_number_extension": row["input"]})["house_number_extension"]
        assert plain == row["output"]
        accepted = rules.house_number_extension("nl", plain)
        assert accepted is (row["rule_accepts_output_nl"] == "true"), row


# -- whole registrations ------------------------------------------------------------------------------------------------

# A recording names the rule; the answer has the Dutch text of that rule.
TEXTS = {
    "validation.required": r".+ veld is verplicht\.",
    "validation.string": r"De .+ moet een tekst zijn\.",
    "validation.integer": r"De .+ moet een afgerond getal zijn\.",
    "validation.numeric": r".+ moet een getal bevatten",
    "validation.array": r"De .+ moet een array zijn",
    "validation.email": r"De E-mailadres moet een geldig e-mailadres zijn\.",
    "validation.postal_code": r"Postcode is een ongeldige postcode\.",
    "validation.phone_number": r"Telefoonnummer is een ongeldig telefoonnummer\.",
    "validation.house_number": r"Huisnummer is een ongeldig huisnummer\.",
    "validation.house_number_extension": r"Toevoeging is een ongeldige huisnummer toevoeging\.",
    "validation.gt.numeric": r"De .+ moet groter zijn dan 0\.",
    "validation.in": r"De geselecteerde .+ is ongeldig\.",
    "validation.max.string": r"De .+ mag niet meer dan 255 karakters bevatten\.",
    "validation.min.numeric": r".+ moet tenminste -?\d+ zijn\.",
}
STATUSES = {"passes_validation": 201, "rejected_422": 422, "uncaught_error_500": 500}
HEADERS = {**API, "X-Cooperation-Slug": "hier", "Content-Type": "application/json"}
REQUESTS = {row["name"]: row for row in fixtures.read("vectors/rules/register_requests.json")}


def tables(country: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of the recordings: an account here, an account elsewhere, and a contact id that is taken."""
    return {
        "cooperations": [
            {"id": 1, "name": "Hier", "slug": "hier", "country": country.upper()},
            {"id": 2, "name": "Elders", "slug": "elders", "country": "NL"},
        ],
        "accounts": [{"id": 1, "email": "bestaat@example.org"}, {"id": 2, "email": "elders@example.org"}],
        "users": [
            {"id": 1, "account_id": 1, "cooperation_id": 1, "extra": {"contact_id": 777}},
            {"id": 2, "account_id": 2, "cooperation_id": 2, "extra": None},
        ],
        "personal_access_tokens": [{"name": TOKEN, "abilities": '["access:hier"]'}],
    }


def raw(body: Any) -> str:
    """Two of the bodies are not an object, and are kept as the text that was sent."""
    return body if isinstance(body, str) else json.dumps(body)


@pytest.mark.parametrize("name", REQUESTS)
def test_takes_and_refuses_registrations(name: str, hoomdossier: Hoomdossier) -> None:
    row = REQUESTS[name]
    hoomdossier.load({"now": NOW, "database_before": tables(row["country"])})
    answer = hoomdossier.http.post("/api/v1/register", content=raw(row["body"]), headers=HEADERS)
    # A name of 255 characters passes validation, and then does not fit its column of 191.
    status = 500 if "_255_" in name and row["outcome"] == "passes_validation" else STATUSES[row["outcome"]]
    assert answer.status_code == status, answer.text
    if row["outcome"] == "rejected_422":
        refused = answer.json()
        assert refused.keys() == row["errors"].keys()
        for field, recorded in row["errors"].items():
            assert len(refused[field]) == len(recorded), refused
            for text, rule in zip(refused[field], recorded, strict=True):
                assert re.fullmatch(TEXTS[rule], text), (rule, text)
