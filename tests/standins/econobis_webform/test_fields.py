"""Reading a form: the recorded tables of postal codes, house numbers and amounts, and JSON values that are no texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from infra.standins.econobis.webform.fields import Form
from infra.standins.econobis.webform.request import read_fields
from tests.fixtures import read, rows

FORM = "application/x-www-form-urlencoded"


def form(**sent: Any) -> Form:
    """The form as read from an HTTP body. The tables write bytes that are not UTF-8 as `hex:…`."""
    body = "&".join(f"{name}={quote_from_bytes(raw(value))}" for name, value in sent.items())
    return Form(read_fields(FORM, body.encode(), b""))


def raw(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("hex:")) if value.startswith("hex:") else value.encode()


def as_table(value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


def test_postal_codes() -> None:
    for row in rows("webform_postal_code"):
        assert as_table(form(adres_postcode=row["input"]).postal_code) == raw(row["output"]), row


def test_house_numbers() -> None:
    for row in rows("webform_house_number"):
        read_form = form(adres_huisnummer=row["input_number"], adres_toevoeging=row["input_addition"])
        assert as_table(read_form.number) == raw(row["output_number"]), row
        assert isinstance(read_form.number, int) == (row["output_number_type"] == "int"), row
        assert as_table(read_form.addition) == raw(row["output_addition"]), row


def test_amounts() -> None:
    for row in rows("webform_decimals"):
        separator = (
            {} if row["decimal_separator"] == "absent" else {"decimaal_scheidingsteken": row["decimal_separator"]}
        )
        sent = form(kansactie_budgetaanvraag_bedrag=row["input"], woondossier_verbruik_gas=row["input"], **separator)
        assert sent.amount("kansactie_budgetaanvraag_bedrag") == pytest.approx(float(row["output_amount"])), row
        gas = sent.housing("verbruik_gas")
        if row["output_gas_type"] == "float":
            assert gas == pytest.approx(float(row["output_gas"])), row
        else:
            assert gas == row["output_gas"], row


def test_json_values_that_are_no_texts() -> None:
    for case in read("vectors/rules/webform_typed_inputs.json"):
        sent, expected = Form(case["input"]), case["output"]
        assert (sent.postal_code, sent.number, sent.addition) == (
            expected["postal_code"],
            expected["number"],
            expected["addition"],
        ), case
        assert sent.housing("verbruik_gas") == expected["amount_gas"], case
        assert sent.housing("verbruik_elektriciteit") == expected["amount_electricity"], case
        assert sent.amount("kansactie_budgetaanvraag_bedrag") == expected["quotation_amount"], case


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"achternaam=Berg"),
        ("application/json; charset=utf-8", b'{"achternaam": "Berg"}'),
        (
            "Multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="achternaam"\r\n\r\nBerg\r\n--x--\r\n',
        ),
    ],
)
def test_the_three_kinds_of_body(content_type: str, body: bytes) -> None:
    assert read_fields(content_type, body, b"") == {"achternaam": "Berg"}
    assert read_fields(content_type, body, b"achternaam=Weg") == {"achternaam": "Weg"}, "the query wins"


@pytest.mark.parametrize(
    ("content_type", "body"), [("text/plain", b"achternaam=Berg"), ("application/json", b"{"), ("", b"a=b")]
)
def test_any_other_body_counts_as_empty(content_type: str, body: bytes) -> None:
    assert read_fields(content_type, body, b"") == {}
