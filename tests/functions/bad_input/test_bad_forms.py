"""Forms that no browser posts, and everything that people type into one."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.bad_input.bodies import ODD_VALUES
from tests.functions.examples import sign_up
from tests.functions.routes import is_problem
from tests.world.functions_over_http import Machine

TYPED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("sign_ups.yaml").read_text(encoding="utf-8"))
TAKEN = [(field, typed, kept) for field, cases in TYPED.items() for typed, kept in cases["taken"].items()]
REFUSED = [(field, typed) for field, cases in TYPED.items() for typed in cases["refused"]]
FIELDS = [*sign_up(), "voorletters", "intake_opmerkingen_bewoner", "woondossier_bouwjaar", "geboortedatum", "website"]
IN_THE_STORE = {
    "input_3": ("person", "first_name"),
    "naam": ("person", "last_name"),
    "email": ("person", "email"),
    "telefoonnummer": ("person", "phone"),
    "adres_postcode": ("address", "postal_code"),
    "adres_huisnummer": ("address", "number"),
    "adres_toevoeging": ("address", "addition"),
}
HIDING = frozenset("\u00ad\u200b\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=grens", "Accept": "application/json"}


def kept(link: Machine, answer: httpx.Response) -> dict[str, Any]:
    sign_up: dict[str, Any] = link.documents()[f"submissions/{answer.json()['id']}"]["sign_up"]
    return sign_up


@pytest.mark.parametrize(("field", "typed", "expected"), TAKEN)
def test_what_people_type_is_accepted_and_cleaned(link: Machine, field: str, typed: str, expected: Any) -> None:
    answer = link.sign_up(json=sign_up(**{field: typed}))
    assert answer.status_code == 202, answer.text
    if field in IN_THE_STORE:
        part, name = IN_THE_STORE[field]
        assert kept(link, answer)[part][name] == expected


@pytest.mark.parametrize(("field", "typed"), REFUSED)
def test_a_wrong_value_is_refused_by_its_field(lasting_link: Machine, field: str, typed: str) -> None:
    before = lasting_link.versions()
    reasons = is_problem(lasting_link.sign_up(json=sign_up(**{field: typed})), 422)
    assert reasons.keys() == {field}
    assert all(reason.endswith(".") for reason in reasons.values())
    assert lasting_link.versions() == before


@pytest.mark.parametrize("field", FIELDS)
def test_any_odd_value_in_any_field_is_stored_clean_or_refused(lasting_link: Machine, field: str) -> None:
    for value in ODD_VALUES.values():
        check(lasting_link, field, value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.binary(max_size=9)))
def test_any_text_or_number_in_any_field_is_stored_clean_or_refused(
    lasting_link: Machine, field: str, value: Any
) -> None:
    check(lasting_link, field, value.decode("latin-1") if isinstance(value, bytes) else value)


def check(link: Machine, field: str, value: Any) -> None:
    """The value is refused by the name of its field and nothing is stored, or it is stored as clean text."""
    before, started = link.versions(), time.monotonic()
    try:
        content = json.dumps(sign_up(**{field: value})).encode()
    except (ValueError, OverflowError):
        return
    answer = link.sign_up(content=content, headers={"Content-Type": "application/json"})
    assert time.monotonic() - started < 1
    if answer.status_code == 202:
        place = f"submissions/{answer.json()['id']}"  # The id for a robot has no document.
        for text in texts(link.documents().get(place)):
            assert not [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n"]
            assert not HIDING.intersection(text)
        return
    assert link.versions() == before
    if answer.status_code == 400:
        return  # JSON cannot hold half a surrogate pair or infinity.
    fields = {"achternaam", "naam", "input_3", "adres_huisnummer", field}
    assert is_problem(answer, 422).keys() <= fields


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [value] if isinstance(value, str) else []


# -- urlencoded and multipart ----------------------------------------------------------------------------------------


def part(name: str, value: str, more: str = "") -> str:
    return f'--grens\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


GOOD_PARTS = "".join(part(name, value) for name, value in sign_up().items())
BROKEN: dict[str, tuple[int, dict[str, str], bytes]] = {
    "no boundary": (400, {"Content-Type": "multipart/form-data"}, GOOD_PARTS.encode()),
    "another boundary": (400, {"Content-Type": "multipart/form-data; boundary=x"}, GOOD_PARTS.encode()),
    "an empty boundary": (400, {"Content-Type": 'multipart/form-data; boundary=""'}, GOOD_PARTS.encode()),
    "no parts": (400, BOUNDARY, b"--grens--\r\n"),
    "no body": (400, BOUNDARY, b""),
    "no end": (400, BOUNDARY, b'--grens\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'),
    "a part without a name": (400, BOUNDARY, b"--grens\r\nX: y\r\n\r\nx\r\n--grens--\r\n"),
    "a part in latin-1": (400, BOUNDARY, (part("input_3", "Renée") + "--grens--\r\n").encode("latin-1")),
    "an empty part": (400, BOUNDARY, b"--grens\r\n\r\n\r\n--grens--\r\n"),
    "a part with an empty disposition": (
        400,
        BOUNDARY,
        b"--grens\r\nContent-Disposition: form-data\r\n\r\nx\r\n--grens--\r\n",
    ),
    "1,000 parts": (413, BOUNDARY, ("".join(part(f"a{n}", "") for n in range(1000)) + "--grens--").encode()),
    "1,000 files": (
        413,
        BOUNDARY,
        ("".join(part("a", "", '; filename="x"') for _ in range(700)) + "--grens--").encode(),
    ),
    "only a file": (422, BOUNDARY, (part("x", "y", '; filename="../../etc/passwd"') + "--grens--\r\n").encode()),
    "JSON in a multipart": (400, BOUNDARY, json.dumps(sign_up()).encode()),
    "1,001 fields": (413, URLENCODED, "&".join(f"a{n}=1" for n in range(1001)).encode()),
    "1,001 times one field": (413, URLENCODED, b"&".join([b"a=1"] * 1001)),
    "latin-1 in per cents": (400, URLENCODED, b"input_3=Ren%E9e"),
    "latin-1": (400, URLENCODED, b"input_3=Ren\xe9e"),
    "UTF-16": (400, URLENCODED, "input_3=Anna".encode("utf-16")),
    "overlong": (400, URLENCODED, b"input_3=%C0%AF"),
    "a surrogate": (400, URLENCODED, b"input_3=%ED%A0%80"),
    "nothing": (422, URLENCODED, b""),
    "only signs": (422, URLENCODED, b"&&&===&%&%zz"),
    "semicolons": (422, URLENCODED, b"input_3=Anna;naam=Berg"),
    "JSON": (400, URLENCODED, json.dumps(sign_up()).encode()),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_form_that_no_browser_posts_is_refused(lasting_link: Machine, case: str) -> None:
    status, headers, body = BROKEN[case]
    before = lasting_link.versions()
    answer = lasting_link.sign_up(content=body, headers={"Accept": "application/json", **headers})
    assert is_problem(answer, status)
    assert lasting_link.versions() == before


@pytest.mark.parametrize("field", ["input_3[0]", "input_3[a][b]", "INPUT_3", "input_3 ", "input.3"])
def test_a_name_in_the_notation_of_php_is_another_field(lasting_link: Machine, field: str) -> None:
    fields = {field if name == "input_3" else name: value for name, value in sign_up().items()}
    answer = lasting_link.sign_up(data=fields, headers={"Accept": "application/json"})
    assert is_problem(answer, 422).keys() == {"input_3"}


def test_the_last_filled_one_of_repeated_fields_counts(link: Machine) -> None:
    body = str(httpx.QueryParams(sign_up())) + "&input_3=Bea&input_3=&naam=%20"
    assert kept(link, link.sign_up(content=body, headers=URLENCODED))["person"]["first_name"] == "Bea"
    parts = GOOD_PARTS + part("input_3", "Bea") + part("input_3", "") + "--grens--\r\n"
    assert kept(link, link.sign_up(content=parts.encode(), headers=BOUNDARY))["person"]["first_name"] == "Bea"
    assert len(link.documents("submissions")) == 1


def test_files_are_ignored(link: Machine) -> None:
    file = part("input_3", "Bea", '; filename="../../../etc/cron.d/x"') + part("bijlage", "x", '; filename="x.php"')
    answer = link.sign_up(content=(GOOD_PARTS + file + "--grens--\r\n").encode(), headers=BOUNDARY)
    assert kept(link, answer)["person"]["first_name"] == "Anna"
    assert not [path for path in link.state.rglob("*") if path.suffix in {".php", ".x"}]


def test_fields_in_the_query_are_ignored(lasting_link: Machine) -> None:
    """A URL stands in every access log."""
    answer = lasting_link.sign_up("/zonnig-dorp/aanmelden?" + str(httpx.QueryParams(sign_up())), json={})
    assert "input_3" in is_problem(answer, 422)
