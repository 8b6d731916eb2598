"""Econobis' calls are parsed, or refused per field in the form that its dialog can show."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.application import Application
from shared.domain.ids import ContactId
from shared.econobis.inbound import LinkRequest, parse_link, parse_register
from shared.errors import BadInput
from tests.fixtures import files, read

REGISTER = read("examples/econobis-register-request.json")
LINK = read("examples/econobis-coach-link-request.json")
RECORDED = [
    request
    for path in files("vectors/wire/econobis_to_hoomdossier__*.json")
    if (request := read(path)["request"]) and request["method"] == "POST"
]


def register(**changed: Any) -> Application:
    return parse_register(json.dumps(REGISTER | changed).encode())


def refusal(body: object, parse: Any = parse_register) -> BadInput:
    with pytest.raises(BadInput) as raised:
        parse(body if isinstance(body, bytes) else json.dumps(body).encode())
    return raised.value


def test_register_call() -> None:
    assert register() == Application(
        contact_id=ContactId(2481),
        email="anna.dejong@voorbeeld.nl",
        first_name="Anna",
        last_name="de Jong",
        postal_code="3811AB",
        house_number="12",
        addition="a",
        street="Langestraat",
        city="Amersfoort",
        phone="06-12345678",
        residents=Decimal(2),
        gas=Decimal(1250),
        electricity=Decimal(2430),
    )


def test_smallest_register_call() -> None:
    asked = parse_register(json.dumps(read("examples/econobis-register-request-minimal.json")).encode())
    assert asked.contact_id > 0
    assert (asked.addition, asked.phone, asked.residents) == ("", "", Decimal(0))


@pytest.mark.parametrize("request_", RECORDED, ids=lambda request: request["body"][:40])
def test_every_recorded_call_is_understood(request_: dict[str, Any]) -> None:
    body, sent = request_["body"].encode(), json.loads(request_["body"])
    if request_["path"].endswith("/register"):
        asked = parse_register(body)
        assert asked.contact_id == sent["extra"]["contact_id"]
        assert (asked.email, asked.house_number, asked.last_name) == (
            sent["email"],
            str(sent["number"]),
            sent["last_name"],
        )
    else:
        link, pair = parse_link(body), sent["building_coach_statuses"]
        assert (link.coach_contact_id, link.resident_contact_id) == tuple(pair.values())


def test_link_call() -> None:
    assert parse_link(json.dumps(LINK).encode()) == LinkRequest(
        coach_contact_id=ContactId(87), resident_contact_id=ContactId(2481)
    )


@pytest.mark.parametrize("contact_id", ["2481", " 2481 ", 2481.0])
def test_id_may_be_a_text(contact_id: Any) -> None:
    assert register(extra={"contact_id": contact_id}).contact_id == 2481


def test_unknown_keys_are_ignored() -> None:
    assert register(tomorrow={"a": 1}, extra={"contact_id": 1, "more": 2}).contact_id == 1


def test_white_space_is_one_space() -> None:
    assert register(last_name="  van  den\tBerg\n").last_name == "van den Berg"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("email", "E-mailadres"),
        ("first_name", "Voornaam"),
        ("last_name", "Achternaam"),
        ("postal_code", "Postcode"),
        ("number", "Huisnummer"),
        ("street", "Straat"),
        ("city", "Plaats"),
    ],
)
@pytest.mark.parametrize("blank", ["absent", None, "", "  "])
def test_a_missing_compulsory_field_has_hoomdossiers_text(name: str, text: str, blank: str | None) -> None:
    body = {**REGISTER, name: blank}
    if blank == "absent":
        del body[name]
    error = refusal(body)
    assert (error.status, error.problems) == (422, {name: [f"{text} veld is verplicht."]})


@pytest.mark.parametrize(
    ("contact_id", "text"),
    [
        (None, "Contact ID veld is verplicht."),
        ("", "Contact ID veld is verplicht."),
        (0, "De contact ID moet groter zijn dan 0."),
        (-4, "De contact ID moet groter zijn dan 0."),
        ("1.5", "De contact ID moet een afgerond getal zijn."),
        ("C12", "Contact ID moet een getal bevatten"),
        (True, "Contact ID moet een getal bevatten"),
        ([1], "Contact ID moet een getal bevatten"),
        (2**53, "Contact ID is ongeldig."),
        ("9" * 5000, "Contact ID moet een getal bevatten"),
    ],
)
def test_an_invalid_id_has_hoomdossiers_text(contact_id: Any, text: str) -> None:
    assert refusal({**REGISTER, "extra": {"contact_id": contact_id}}).problems == {"extra.contact_id": [text]}
    link = {"building_coach_statuses": {**LINK["building_coach_statuses"], "coach_contact_id": contact_id}}
    field, problems = "building_coach_statuses.coach_contact_id", refusal(link, parse_link).problems
    assert problems == {
        field: [
            text.replace("Contact ID", "Coach contact ID")
            .replace("contact ID", "coach contact ID")
            .replace("Coach coach", "Coach")
        ]
    }


@pytest.mark.parametrize("extra", [None, [], "x", {}, 5])
def test_register_call_without_a_contact_is_refused(extra: Any) -> None:
    assert list(refusal({**REGISTER, "extra": extra}).problems) == ["extra.contact_id"]


@pytest.mark.parametrize("name", ["building_coach_status", "coach_contact_id"])
def test_link_call_in_the_documented_singular_is_refused(name: str) -> None:
    """Hoomdossier's documentation has the singular, and its code refuses it (known-limits B7)."""
    assert refusal({name: LINK["building_coach_statuses"]}, parse_link).problems.keys() == {
        "building_coach_statuses.coach_contact_id",
        "building_coach_statuses.resident_contact_id",
    }


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}])
def test_a_value_that_is_no_text_is_refused_by_name(value: Any) -> None:
    assert refusal({**REGISTER, "street": value}).problems == {"street": ["De Straat moet een tekst zijn."]}


@pytest.mark.parametrize("count", [None, "", [], {}, True, "veel", "1e9"])
def test_an_unreadable_amount_counts_as_no_answer(count: Any) -> None:
    assert register(tool_questions={"resident-count": count}).residents is None


@pytest.mark.parametrize("questions", [None, [], "x", 5])
def test_a_call_without_answers_is_accepted(questions: Any) -> None:
    assert register(tool_questions=questions).gas is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"geen json", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 9999]
)
@pytest.mark.parametrize("parse", [parse_register, parse_link])
def test_what_is_no_json_object_is_not_readable(parse: Any, body: bytes) -> None:
    error = refusal(body, parse)
    assert (error.status, list(error.problems)) == (400, ["body"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(REGISTER)), JSON))
def test_any_call_is_understood_or_bad_input(changed: dict[str, Any]) -> None:
    try:
        asked = register(**changed)
    except BadInput as error:
        assert error.problems
        return
    assert asked.contact_id > 0
    assert asked.email.strip()
