"""Valid requests, for tests that change one thing in them."""

from __future__ import annotations

from typing import Any

from tests.fixtures import read

COACH, OTHER_COACH, NEW_COACH = 11, 12, 13  # Contact ids; the first two have an account in Hoomdossier.


def sign_up(**changes: Any) -> dict[str, Any]:
    return {
        "input_3": "Anna",
        "tussenvoegsel": "van den",
        "naam": "Berg",
        "email": "anna@voorbeeld.nl",
        "telefoonnummer": "06 12345678",
        "adres_postcode": "3811ab",
        "adres_huisnummer": "12a",
        "adres_straat": "Langestraat",
        "adres_plaats": "Amersfoort",
        "akkoord_privacybeleid": "ja",
        **changes,
    }


def registration(contact_id: int = 2481, **changes: Any) -> dict[str, Any]:
    example: dict[str, Any] = read("examples/econobis-register-request.json")
    return {**example, "extra": {"contact_id": contact_id}, "email": f"bewoner{contact_id}@voorbeeld.nl", **changes}


def coach_link(coach: int = COACH, resident: int = 2481) -> dict[str, Any]:
    return {"building_coach_statuses": {"coach_contact_id": coach, "resident_contact_id": resident}}


def event(kind: str, **changes: Any) -> dict[str, Any]:
    example: dict[str, Any] = read(f"examples/push-{kind}-request.json")
    return {**example, **changes}
