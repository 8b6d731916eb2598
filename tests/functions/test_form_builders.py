"""Odd input of form builders and small programs: accepted when it has one meaning, otherwise refused with the reason."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.functions.routes import is_problem
from tests.world.functions_over_http import Machine, logged

BOM = "\ufeff".encode()
FORM = "/zonnig-dorp/bouwer"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=grens"}
JSON = {"Content-Type": "application/json"}


def typed(**changes: Any) -> dict[str, Any]:
    names = {
        "input_1": "Anna",
        "input_3": "Berg",
        "input_4": "anna@voorbeeld.nl",
        "input_5": "3811 AB",
        "input_6": "12",
        "input_7.1": "1",
        "telefoonnummer": "06 12345678",
    }
    return {**names, **changes}


def parts(fields: dict[str, Any] | list[tuple[str, Any]]) -> bytes:
    pairs = fields.items() if isinstance(fields, dict) else fields
    text = "".join(f'--grens\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{it}\r\n' for name, it in pairs)
    return f"{text}--grens--\r\n".encode()


def post(link: Machine, body: bytes | dict[str, Any], headers: dict[str, str] = JSON) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return link.sign_up(FORM, content=content, headers=headers)


def kept(link: Machine, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    sign_up: dict[str, Any] = link.documents()[f"submissions/{answer.json()['id']}"]["sign_up"]
    return sign_up


# -- a byte order mark -----------------------------------------------------------------------------------------------

MARKED: dict[str, tuple[bytes, dict[str, str]]] = {
    "JSON": (BOM + json.dumps(typed()).encode(), JSON),
    "JSON of no type": (BOM + json.dumps(typed()).encode(), {}),
    "a name in JSON": (json.dumps({f"\ufeff{name}": it for name, it in typed().items()}).encode(), JSON),
    "urlencoded": (BOM + urlencode(typed()).encode(), URLENCODED),
    "urlencoded in per cents": (b"%EF%BB%BF" + urlencode(typed()).encode(), URLENCODED),
    "multipart": (BOM + parts(typed()), MULTIPART),
    "the first name of a multipart": (parts(typed()).replace(b'"input_1"', b'"' + BOM + b'input_1"'), MULTIPART),
    "a value": (json.dumps(typed(input_1="\ufeffAnna", input_6="\ufeff12")).encode(), JSON),
}


@pytest.mark.parametrize("case", MARKED)
def test_a_byte_order_mark_costs_no_field(link: Machine, case: str) -> None:
    person = kept(link, post(link, *MARKED[case]))["person"]
    assert (person["first_name"], person["last_name"]) == ("Anna", "Berg")


# -- the types of a value -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [["Anna"], [["Anna"]], ["", "Anna"], {"1": "Anna"}, [None, "Anna", " "]], ids=repr)
def test_a_list_with_one_value_counts_as_that_value(link: Machine, value: Any) -> None:
    assert kept(link, post(link, typed(input_1=value)))["person"]["first_name"] == "Anna"


@pytest.mark.parametrize("value", [12, 12.0, "12", [12.0]], ids=repr)
def test_a_house_number_may_be_a_json_number(link: Machine, value: Any) -> None:
    assert kept(link, post(link, typed(input_6=value)))["address"]["number"] == 12


def test_an_addition_may_be_a_json_number(link: Machine) -> None:
    assert kept(link, post(link, typed(adres_toevoeging=3.0)))["address"]["addition"] == "3"


def test_several_values_in_a_field_for_one_are_refused(lasting_link: Machine) -> None:
    reasons = is_problem(post(lasting_link, typed(input_1=["Anna", "Bea"])), 422)
    assert reasons == {"input_1": "Vul of kies hier één antwoord."}


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"input_8[]": ["1", "3"]}, "1,3"),
        ({"input_8": ["1", "3"]}, "1,3"),
        ({"intake_interesse_ids": [1, 3.0]}, "1,3"),
        ({"intake_interesse_ids": "1, 3"}, "1, 3"),
    ],
    ids=repr,
)
def test_several_values_in_a_field_for_several_are_kept(link: Machine, sent: dict[str, Any], text: str) -> None:
    assert kept(link, post(link, typed(**sent)))["others"] == {"intake_interesse_ids": text}


def test_several_ticked_boxes_of_a_browser_are_kept(link: Machine) -> None:
    body = urlencode([*typed().items(), ("input_8[]", "1"), ("input_8[]", "3")]).encode()
    assert kept(link, post(link, body, URLENCODED))["others"] == {"intake_interesse_ids": "1,3"}


@pytest.mark.parametrize("way", ["urlencoded", "multipart", "JSON"])
@pytest.mark.parametrize(
    "twice",
    [
        [("input_1", "Anna"), ("input_1", "")],
        [("input_1", ""), ("input_1", "Anna")],
        [("input_1", "Anna"), ("voornaam", "")],
        [("voornaam", ""), ("input_1", "Anna"), ("input_1[]", " ")],
        [("input_1[]", "Anna")],
    ],
    ids=str,
)
def test_when_a_field_is_sent_twice_the_filled_one_counts(
    link: Machine, way: str, twice: list[tuple[str, str]]
) -> None:
    fields = [(name, it) for name, it in typed().items() if name != "input_1"] + twice
    written = ",".join(f"{json.dumps(name)}:{json.dumps(it)}" for name, it in fields)
    bodies = {
        "urlencoded": (urlencode(fields).encode(), URLENCODED),
        "multipart": (parts(fields), MULTIPART),
        "JSON": (f"{{{written}}}".encode(), JSON),
    }
    assert kept(link, post(link, *bodies[way]))["person"]["first_name"] == "Anna"


# -- consent ---------------------------------------------------------------------------------------------------------

YES: list[Any] = [
    *("Accepted", "Checked", "aan", "1", "on", "ja", True, 1, 1.0, ["ja"], [["Accepted"]], {"1": "1"}, ["", "1"]),
    *("Ja, ik ga akkoord met het privacybeleid", "Gelezen", "geen bezwaar", "Ik heb de privacyverklaring gelezen."),
]


@pytest.mark.parametrize("value", YES, ids=repr)
def test_consent_may_be_given_in_many_words(link: Machine, value: Any) -> None:
    assert kept(link, post(link, typed(**{"input_7.1": value})))["consent_at"]


@pytest.mark.parametrize("hidden", ["false", "0", "off", "nee"])
@pytest.mark.parametrize("first", [True, False])
def test_a_ticked_box_wins_over_its_hidden_field(link: Machine, hidden: str, first: bool) -> None:
    both = [("input_7.1", hidden), ("input_7.1", "true")]
    fields = [*((name, it) for name, it in typed().items() if name != "input_7.1"), *(both if first else both[::-1])]
    assert kept(link, post(link, urlencode(fields).encode(), URLENCODED))
    assert kept(link, post(link, parts(fields), MULTIPART))


NO: list[Any] = [
    "nee",
    "0",
    "false",
    "off",
    "unchecked",
    "not accepted",
    "Niet akkoord",
    0,
    False,
    None,
    [],
    ["nee"],
    "",
]


@pytest.mark.parametrize("value", NO, ids=repr)
def test_a_no_is_no_consent(lasting_link: Machine, value: Any) -> None:
    before = lasting_link.versions()
    assert is_problem(post(lasting_link, typed(**{"input_7.1": value})), 422).keys() == {"input_7.1"}
    assert lasting_link.versions() == before


def test_a_hidden_no_without_a_ticked_box_is_no_consent(lasting_link: Machine) -> None:
    body = urlencode([*typed(**{"input_7.1": "false"}).items(), ("input_7.1", "")]).encode()
    assert is_problem(post(lasting_link, body, URLENCODED), 422).keys() == {"input_7.1"}


# -- words for nothing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", ["-", "geen", "null", "undefined", "n/a", "", None, [], False])
def test_a_word_for_nothing_leaves_an_optional_field_empty(link: Machine, nothing: Any) -> None:
    fields = dict.fromkeys(("tussenvoegsel", "adres_toevoeging", "adres_straat", "adres_plaats"), nothing)
    sign_up = kept(link, post(link, typed(**fields, woondossier_aantal_bewoners=nothing or "-")))
    assert sign_up["person"]["prefix"] == ""
    assert [sign_up["address"][name] for name in ("addition", "street", "city")] == ["", "", ""]
    assert sign_up["others"] == {}


@pytest.mark.parametrize("nothing", ["-", "geen", "nvt", "0", None])
def test_a_word_for_nothing_does_not_fill_a_compulsory_field(lasting_link: Machine, nothing: Any) -> None:
    assert is_problem(post(lasting_link, typed(telefoonnummer=nothing)), 422) == {"telefoonnummer": "Vul dit in."}


def test_zero_and_no_are_kept_where_they_are_answers(link: Machine) -> None:
    answers = {"woondossier_koophuis": False, "woondossier_aantal_bewoners": 0, "contact_opmerkingen": "nee"}
    assert kept(link, post(link, typed(**answers)))["others"] == {
        "woondossier_koophuis": "0",
        "woondossier_aantal_bewoners": "0",
        "contact_opmerkingen": "nee",
    }


@pytest.mark.parametrize("remark", ["nee", "0", "geen", "geen zonnepanelen", "niets", "n.v.t.", "?"])
def test_a_short_remark_is_kept(link: Machine, remark: str) -> None:
    assert kept(link, post(link, typed(contact_opmerkingen=remark)))["others"] == {"contact_opmerkingen": remark}


@pytest.mark.parametrize("remark", ["null", "undefined", "-", "", None])
def test_a_programs_word_for_no_remark_leaves_the_remark_empty(link: Machine, remark: Any) -> None:
    assert kept(link, post(link, typed(contact_opmerkingen=remark)))["others"] == {}


# -- names of fields ------------------------------------------------------------------------------------------------


def test_a_refusal_names_a_field_by_the_forms_label_or_a_plain_name(lasting_link: Machine) -> None:
    changes = {"input_6": "", "input_7.1": "", "input_1": "", "input_4": "x", "telefoonnummer": "", "input_8": "veel"}
    answer = post(lasting_link, typed(**changes, woondossier_koophuis="ja"))
    assert is_problem(answer, 422).keys() == {*changes, "woondossier_koophuis"}
    detail = answer.json()["detail"]
    for label in ("Nummer van uw huis", "Ik heb de privacyverklaring gelezen.", "Roepnaam", "E-mailadres"):
        assert f"{label}: " in detail
    for label in ("Telefoonnummer: Vul dit in.", "Waarin u interesse heeft: Dit moet", "Koopwoning: Dit moet"):
        assert label in detail
    assert "_" not in detail
    page = lasting_link.sign_up(FORM, data={"input_6": ""}, headers={"Accept": "text/html"}).text
    assert "<strong>Nummer van uw huis</strong>" in page
    assert "input_" not in page


# -- wrong content types --------------------------------------------------------------------------------------------

PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}
WRONG: dict[str, tuple[bytes, dict[str, str], int, str, str]] = {
    "JSON as a form": (json.dumps(typed()).encode(), URLENCODED, 400, "JSON", "application/json"),
    "JSON in per cents": (b"%7B%22input_1%22%3A1%7D=", URLENCODED, 400, "JSON", "application/json"),
    "a list as a form": (json.dumps([typed()]).encode(), URLENCODED, 400, "JSON", "application/json"),
    "cut JSON as a form": (json.dumps(typed()).encode()[:-3], URLENCODED, 400, "JSON", "application/json"),
    "marked JSON as a form": (BOM + json.dumps(typed()).encode(), URLENCODED, 400, "JSON", "application/json"),
    "JSON as parts": (json.dumps(typed()).encode(), MULTIPART, 400, "JSON", "application/json"),
    "a form as JSON": (urlencode(typed()).encode(), JSON, 400, "een gewoon formulier", URLENCODED["Content-Type"]),
    "a form as nothing": (urlencode(typed()).encode(), {}, 400, "een gewoon formulier", URLENCODED["Content-Type"]),
    "a form as parts": (urlencode(typed()).encode(), MULTIPART, 400, "een gewoon", URLENCODED["Content-Type"]),
    "parts as JSON": (parts(typed()), JSON, 400, "een formulier in delen", "multipart/form-data"),
    "parts as a form": (parts(typed()), URLENCODED, 400, "een formulier in delen", "multipart/form-data"),
    "JSON as text": (json.dumps(typed()).encode(), PLAIN, 415, "JSON", "application/json"),
    "a form as text": (urlencode(typed()).encode(), PLAIN, 415, "een gewoon formulier", URLENCODED["Content-Type"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_body_of_another_content_type_is_refused_with_the_right_one(lasting_link: Machine, case: str) -> None:
    body, headers, status, sent, right = WRONG[case]
    before = lasting_link.versions()
    reason = is_problem(post(lasting_link, body, headers), status)["Content-Type"]
    assert reason.startswith(f"U stuurt {sent}")
    assert f"zet Content-Type op {right}" in reason
    assert lasting_link.versions() == before


def test_multipart_without_a_boundary_is_refused_with_the_reason(lasting_link: Machine) -> None:
    """Programs that set the header of a `FormData` themselves forget the boundary."""
    reason = is_problem(post(lasting_link, parts(typed()), {"Content-Type": "multipart/form-data"}), 400)
    assert "boundary" in reason["Content-Type"]


@pytest.mark.parametrize(
    "kind", ["Application/JSON;Charset=UTF-8", "application/json; charset=utf-16", "APPLICATION/JSON ; x=y"]
)
def test_a_content_type_of_json_is_read_in_any_spelling(link: Machine, kind: str) -> None:
    assert kept(link, post(link, typed(), {"Content-Type": kind}))


def test_a_content_type_of_a_form_is_read_in_any_spelling(link: Machine) -> None:
    assert kept(link, post(link, parts(typed()), {"Content-Type": 'Multipart/Form-Data; BOUNDARY="grens"'}))
    assert kept(link, post(link, urlencode(typed()).encode(), {"Content-Type": "Application/X-WWW-Form-URLEncoded"}))


# -- huge values -----------------------------------------------------------------------------------------------------

MUCH, SOON = 60_000, 1.0  # characters, seconds
WORST: dict[str, tuple[bytes, dict[str, str]]] = {
    "marks on one letter": (json.dumps(typed(input_1="a" + "\u0301" * 9000)).encode(), JSON),
    "digits": (json.dumps(typed(telefoonnummer="1" * MUCH)).encode(), JSON),
    "spaces": (json.dumps(typed(input_6="1" + " " * MUCH + "x")).encode(), JSON),
    "tags": (json.dumps(typed(**{"input_7.1": "<" * MUCH})).encode(), JSON),
    "entities": (json.dumps(typed(**{"input_7.1": "&amp" * (MUCH // 4)})).encode(), JSON),
    "a remark": (json.dumps(typed(contact_opmerkingen="12 " * (MUCH // 3))).encode(), JSON),
    "lists": (json.dumps(typed(input_1=["x"] * (MUCH // 6))).encode(), JSON),
    "different texts in a list": (json.dumps(typed(input_8=list(range(9000)))).encode(), JSON),
    "deep lists": (b'{"input_1":' + b"[" * 190 + b"1" + b"]" * 190 + b"}", JSON),
    "too deep lists": (b'{"input_1":' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON),
    "one name often": (b"{" + b",".join([b'"input_1":"x"'] * 4000) + b"}", JSON),
    "one field often": (b"&".join([b"a=1"] * 16_000), URLENCODED),
    "per cents": (b"input_1=" + b"%" * MUCH, URLENCODED),
    "signs": (b"&=" * 30_000, URLENCODED),
    "parts": (b"--grens\r\n" * 6000, MULTIPART),
    "a part with long headers": (b"--grens\r\n" + b"a: b\r\n" * 9000 + b"\r\n\r\n--grens--", MULTIPART),
    "a part with a long name": (parts({"x" * MUCH: ""}), MULTIPART),
    "a part with many parameters": (
        b"--grens\r\nContent-Disposition: form-data" + b'; a*0*="x"' * 5000 + b"\r\n\r\n\r\n--grens--", MULTIPART
    ),
    "almost a boundary": (b"--grens\r\n" + b"\r\n--gren" * 7000, MULTIPART),
    "line ends": (b"--grens\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"\r\n" * 30_000, MULTIPART),
    "a sniffed name": (b"a" * MUCH, JSON),
    "dashes": (b"-" * MUCH, JSON),
    "brackets": (b"[" + b" " * MUCH, JSON),
}  # fmt: skip


@pytest.mark.parametrize("case", WORST)
def test_the_worst_input_of_each_parser_is_answered_soon(lasting_link: Machine, case: str) -> None:
    started = time.monotonic()
    answer = post(lasting_link, *WORST[case])
    assert time.monotonic() - started < SOON
    assert 400 <= answer.status_code < 500 or answer.status_code == 202


@pytest.mark.parametrize("header", ["Cookie", "Accept", "Content-Type", "X-Cloud-Trace-Context"])
@pytest.mark.parametrize("text", ["a=b; ", "a/b;q=0.1,", '"', ";a*0*=x", ",", "\\"])
def test_a_long_header_is_answered_soon(lasting_link: Machine, header: str, text: str) -> None:
    started = time.monotonic()
    post(lasting_link, typed(), {**JSON, header: (text * (MUCH // len(text))).strip()})
    assert time.monotonic() - started < SOON


def test_a_value_that_is_far_too_long_is_refused_by_its_field(lasting_link: Machine) -> None:
    changes = {"input_1": "x" * 9000, "input_6": "1" * 9000, "telefoonnummer": "1" * 9000, "input_4": "x" * 9000}
    reasons = is_problem(post(lasting_link, typed(**changes, contact_opmerkingen="x" * 9000)), 422)
    assert {reasons[name] for name in changes} == {"Dit is te lang: gebruik hooguit 191 tekens."}
    assert reasons["contact_opmerkingen"] == "Dit is te lang: gebruik hooguit 2000 tekens."


def test_nothing_that_a_robot_sends_is_logged(link: Machine) -> None:
    link.sign_up("/zonnig-dorp/aanmelden", json={"website": "https://spam.example", "input_3": "Anna"})
    assert not [line for line in logged if "Anna" in str(line) or "spam" in str(line)]
