"""Which names a form hears in its corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.form import FormRules, read_sign_up
from shared.errors import BadInput

RULES = FormRules(country="NL", mapping={"email": "emailadres", "input_3": "voornaam"})


def problems(typed: dict[str, Any]) -> set[str]:
    with pytest.raises(BadInput) as refused:
        read_sign_up(typed, RULES, datetime.now(UTC))
    return set(refused.value.problems)


def test_a_form_with_names_of_its_own_hears_those():
    """Also of a field that it did not send."""
    assert {"email", "achternaam"} <= problems({"input_3": "Jan"})


def test_a_form_with_econobis_names_hears_those():
    assert {"emailadres", "achternaam"} <= problems({"voornaam": "Jan"})


def test_a_form_that_mixes_them_hears_the_name_that_it_sent():
    assert {"emailadres", "achternaam"} <= problems({"input_3": "Jan", "emailadres": "geen adres"})
