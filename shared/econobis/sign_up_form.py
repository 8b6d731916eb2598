"""Econobis' names of the fields that a sign-up has a place for, and the other fields that a web form may pass on.

Only `sign_ups/form_rules.py` imports this file: it needs the rules for names, addresses and telephone numbers, which
functions that read no form should not load at a cold start. The rest about the fields stands in `form_fields.py`, which
all load.
"""

from __future__ import annotations

from dataclasses import astuple

from shared.domain.form import FieldNames
from shared.econobis.form_fields import EMAIL, RESIDENT_FIELDS

NAMES = FieldNames(
    initials="voorletters",
    first_name="voornaam",
    prefix="tussenvoegsel",
    last_name="achternaam",
    email=EMAIL,
    phone="telefoonnummer",
    postal_code="adres_postcode",
    house_number="adres_huisnummer",
    addition="adres_toevoeging",
    street="adres_straat",
    city="adres_plaats",
    consent="akkoord_privacybeleid",
)
NAMES_IN_ORDER = tuple(name for name in astuple(NAMES) if name != NAMES.consent)
"""Without the consent, in the order in which people fill them in."""
PASSED_ON = RESIDENT_FIELDS - frozenset(astuple(NAMES))
"""The fields that go to Econobis as they are; their values have been checked (`form_fields.wrong_values`)."""
