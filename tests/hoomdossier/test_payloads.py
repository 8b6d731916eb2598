"""Hoomdossier accepts each body of `registration_body`. A wrong optional value never costs a resident the dossier."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.standins.database import Database
from infra.standins.hoomdossier import php, register_request
from infra.standins.hoomdossier.seed import seed
from infra.standins.hoomdossier.settings import HoomdossierSettings
from shared.econobis.inbound import parse_register
from shared.errors import BadInput
from shared.hoomdossier.payloads import registration_body
from tests.fixtures import files, read

GOOD: dict[str, Any] = {
    "extra": {"contact_id": 2481},
    "email": "anna.dejong@voorbeeld.nl",
    "first_name": "Anna",
    "last_name": "de Jong",
    "postal_code": "3811 AB",
    "number": 12,
    "house_number_extension": "a",
    "street": "Langestraat",
    "city": "Amersfoort",
    "phone_number": "0612345678",
    "tool_questions": {"resident-count": 2, "amount-gas": 1250, "amount-electricity": 2430},
    "roles": ["resident"],
}
VECTORS = [row for row in read("vectors/rules/register_requests.json") if "body" in row]


class Rules:
    """The stand-in's rules for a register request, with a database in which no id of the recordings is taken."""

    def __init__(self) -> None:
        self.database = Database()
        seed(self.database, "zonnig-dorp", HoomdossierSettings(country="NL", token="t"))

    def problems(self, body: dict[str, Any], country: str) -> dict[str, list[str]]:
        data = register_request.normalised(php.trimmed(php.decode_json(json.dumps(body).encode())))
        cooperation = {**self.database.rows("cooperations")[0], "country": country}
        return register_request.problems(self.database, cooperation, data)


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules()


def made_of(body: dict[str, Any], country: str = "NL", roles: Any = ("resident",)) -> dict[str, Any]:
    return registration_body(parse_register(json.dumps(body).encode()), country.upper(), roles)  # type: ignore[arg-type]


def longest_columns(body: dict[str, Any]) -> int:
    return max(len(value) for value in body.values() if isinstance(value, str))


def test_a_good_request_stays_as_it_is() -> None:
    assert made_of(GOOD) == GOOD


def every_request() -> Iterator[Any]:
    for row in VECTORS:
        yield pytest.param(row["body"], row["country"], id=row["name"])
    for path in files("vectors/wire/econobis_to_hoomdossier__*.json"):
        request = read(path)["request"]
        if request and request["path"].endswith("/register"):
            yield pytest.param(json.loads(request["body"]), "nl", id=path.stem.partition("__")[2])
    for name in ("econobis-register-request", "econobis-register-request-minimal"):
        yield pytest.param(read(f"examples/{name}.json"), "nl", id=name)


@pytest.mark.parametrize(("body", "country"), [*every_request()])
def test_what_is_made_is_accepted_and_fits_the_columns(rules: Rules, body: Any, country: str) -> None:
    try:
        made = made_of(body, country)
    except BadInput:
        return
    assert rules.problems(made, country) == {}
    assert longest_columns(made) <= 191
    assert made["extra"]["contact_id"] > 0


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["name"])
def test_what_hoomdossier_takes_and_its_columns_hold_is_not_refused(row: dict[str, Any]) -> None:
    """Two exceptions: Econobis always sends a contact id, and an address without a top-level domain gets no mail."""
    body = {**row["body"], "extra": row["body"].get("extra")} if isinstance(row["body"], dict) else {}
    names_no_contact = not isinstance(body.get("extra"), dict) or not body["extra"].get("contact_id")
    too_long = any(isinstance(value, str) and len(value.strip()) > 191 for value in body.values())
    left_to_us = row["name"] in {"number_true", "number:2147483648", 'roles:{"a": "resident"}', "email:jan@example"}
    if row["outcome"] == "passes_validation" and not (names_no_contact or too_long or left_to_us):
        made_of(body, row["country"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "jan@"}, "email"),
        ({"email": "Jan <jan@example.org>"}, "email"),
        ({"email": "a@b.nl\nBcc: c@d.nl"}, "email"),
        ({"postal_code": "0123AB"}, "postal_code"),
        ({"postal_code": "1234 SS"}, "postal_code"),
        ({"postal_code": "9000"}, "postal_code"),
        ({"number": 0}, "number"),
        ({"number": -3}, "number"),
        ({"number": "12-14"}, "number"),
        ({"house_number_extension": "achterhuis"}, "house_number_extension"),
        ({"house_number_extension": "é"}, "house_number_extension"),
        ({"first_name": "a" * 192}, "first_name"),
        ({"last_name": "a" * 192}, "last_name"),
        ({"first_name": "a" * 85, "last_name": "b" * 81}, "last_name"),
        ({"street": "a" * 192}, "street"),
        ({"city": "a" * 192}, "city"),
        ({"city": "\u200b"}, "city"),
    ],
)
def test_compulsory_value_that_does_not_fit_is_named_as_hoomdossier_does(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as raised:
        made_of({**GOOD, **body})
    assert list(raised.value.problems) == [field]
    assert raised.value.status == 422


def test_all_that_does_not_fit_is_named_at_once_in_hoomdossiers_words() -> None:
    asked = read("examples/hoomdossier-register-response-422-address.json")
    with pytest.raises(BadInput) as raised:
        made_of({**GOOD, "postal_code": "0123AB", "number": 12, "house_number_extension": "achterhuis"})
    assert raised.value.problems == {field: asked[field] for field in ("postal_code", "house_number_extension")}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"postal_code": "3811ab"}, {"postal_code": "3811 AB"}),
        ({"number": "12a", "house_number_extension": ""}, {"number": 12, "house_number_extension": "a"}),
        ({"number": "12", "house_number_extension": "A-1"}, {"number": 12, "house_number_extension": "A1"}),
        ({"house_number_extension": "benedenwoning"}, {"house_number_extension": "beneden"}),
        ({"house_number_extension": "a.1"}, {"house_number_extension": "a1"}),
        ({"house_number_extension": "0"}, {"house_number_extension": "0"}),
        ({"house_number_extension": "en14"}, {"house_number_extension": "en14"}),
        ({"house_number_extension": "1-2"}, {"house_number_extension": "12"}),
        ({"street": "Lange\u00a0 straat "}, {"street": "Lange straat"}),
        ({"email": " anna.dejong@voorbeeld.nl"}, {}),
        ({"email": "Anna.deJong@Voorbeeld.NL"}, {"email": "Anna.deJong@Voorbeeld.NL"}),
        ({"phone_number": "+31 (0)6-1234 5678"}, {}),
        ({"phone_number": "31612345678"}, {}),
        ({"phone_number": "0612345"}, {"phone_number": None}),
        ({"phone_number": "thuis 's avonds"}, {"phone_number": None}),
        ({"phone_number": None}, {"phone_number": None}),
        ({"house_number_extension": ""}, {"house_number_extension": None}),
    ],
)
def test_values_are_made_to_fit_or_left_out(rules: Rules, given: dict[str, Any], kept: dict[str, Any]) -> None:
    made = made_of({**GOOD, **given})
    assert made == {field: value for field, value in {**GOOD, **kept}.items() if value is not None}
    assert rules.problems(made, "NL") == {}


@pytest.mark.parametrize(
    ("short", "given", "kept"),
    [
        ("resident-count", 0, None),
        ("resident-count", "0", None),
        ("resident-count", "3", 3),
        ("resident-count", 3.0, 3),
        ("resident-count", 2.5, None),
        ("resident-count", 8, 8),
        ("resident-count", 9, 8),
        ("resident-count", 90, 8),
        ("resident-count", -1, None),
        ("resident-count", "gas", None),
        ("resident-count", True, None),
        ("resident-count", [2], None),
        ("amount-gas", None, None),
        ("amount-gas", 0, 0),
        ("amount-gas", "1450", 1450),
        ("amount-gas", "1450.00", 1450),
        ("amount-gas", 1450.5, 1451),
        ("amount-gas", "1450,5", 1451),
        ("amount-gas", -1, None),
        ("amount-gas", 9_999_999_999, 9_999_999_999),
        ("amount-gas", 10_000_000_000, None),
        ("amount-gas", "veel", None),
        ("amount-gas", "1e9", None),
        ("amount-gas", "9" * 4000, None),
        ("amount-gas", {"m3": 5}, None),
        ("amount-electricity", -10_000, -10_000),
        ("amount-electricity", -10_001, None),
        ("amount-electricity", -0.4, 0),
    ],
)
def test_an_amount_that_hoomdossier_would_refuse_is_left_out(rules: Rules, short: str, given: Any, kept: Any) -> None:
    made = made_of({**GOOD, "tool_questions": {short: given}})
    assert made.get("tool_questions") == (None if kept is None else {short: kept})
    assert rules.problems(made, "NL") == {}


@pytest.mark.parametrize("questions", [None, [], "x", {"energy-label": "A"}])
def test_without_answers_the_key_is_absent(questions: Any) -> None:
    assert "tool_questions" not in made_of({**GOOD, "tool_questions": questions})


@pytest.mark.parametrize(
    ("roles", "sent"),
    [
        (["resident"], ["resident"]),
        (["coach"], ["coach"]),
        (["coach", "resident", "coach"], ["coach", "resident"]),
        ([], ["resident"]),
    ],
)
def test_roles_are_those_of_the_settings(rules: Rules, roles: list[str], sent: list[str]) -> None:
    """Econobis sends "resident" for everybody, and an empty list makes a user without roles (known-limits A9)."""
    made = made_of({**GOOD, "roles": ["resident"]}, roles=roles)
    assert made["roles"] == sent
    assert rules.problems(made, "NL") == {}


@pytest.mark.parametrize(("phone", "kept"), [("+32 474 12 34 56", "0474123456"), ("09 123 45 67", None)])
def test_belgium(rules: Rules, phone: str, kept: str | None) -> None:
    """Hoomdossier takes only mobile numbers in Belgium."""
    made = made_of({**GOOD, "postal_code": "9000", "house_number_extension": "bus 3", "phone_number": phone}, "BE")
    assert (made["postal_code"], made["house_number_extension"], made.get("phone_number")) == ("9000", "bus3", kept)
    assert rules.problems(made, "BE") == {}


TEXT = st.text(max_size=200) | st.sampled_from([value for value in GOOD.values() if isinstance(value, str)])
VALUE = TEXT | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.integers(), max_size=2)
REQUEST = st.fixed_dictionaries(
    {},
    optional={
        "first_name": TEXT,
        "street": TEXT,
        "phone_number": TEXT | st.from_regex(r"[+0-9() -]{6,16}", fullmatch=True),
        "number": st.integers(-5, 10**12) | TEXT,
        "house_number_extension": st.text("abcIV0123/- .eén", max_size=9) | VALUE,
        "postal_code": st.from_regex(r"[0-9]{4} ?[a-zA-Z]{0,2}", fullmatch=True) | TEXT,
        "email": st.emails() | TEXT,
        "tool_questions": st.dictionaries(
            st.sampled_from(["resident-count", "amount-gas", "amount-electricity"]), VALUE
        ),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(REQUEST, st.sampled_from(["NL", "BE"]))
def test_anything_is_refused_by_us_or_accepted_there(rules: Rules, changed: dict[str, Any], country: str) -> None:
    try:
        made = made_of({**GOOD, "postal_code": "9000" if country == "BE" else "3811AB", **changed}, country)
    except BadInput as error:
        assert error.problems
        return
    assert rules.problems(made, country) == {}
    assert longest_columns(made) <= 191
