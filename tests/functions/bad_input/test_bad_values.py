"""JSON with impossible values from Econobis, Hoomdossier and the queue: refused by field, with nothing stored."""

from __future__ import annotations

import base64
import copy
import json
import time
from itertools import product
from typing import Any

import pytest

from shared.hoomdossier.inbound import KINDS as EVENT_KINDS
from tests.functions.bad_input.bodies import ODD_VALUES
from tests.functions.examples import coach_link, event, registration
from tests.functions.routes import KINDS, TASK, is_problem
from tests.world.functions_over_http import Machine

SOON = 1.0  # seconds


def changed(body: dict[str, Any], path: str, value: Any) -> bytes:
    """`value` at `path`, as `extra.contact_id`."""
    body = copy.deepcopy(body)
    *parents, last = path.split(".")
    place: Any = body
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return json.dumps(body).encode()


REGISTER = [
    *("extra", "extra.contact_id", "email", "first_name", "last_name", "postal_code", "number", "street", "city"),
    *("house_number_extension", "phone_number", "tool_questions", "tool_questions.amount-gas", "roles"),
    "tool_questions.resident-count",
]


@pytest.mark.parametrize("field", REGISTER)
def test_any_value_in_a_registration_gets_a_refusal_that_the_dialog_shows(lasting_link: Machine, field: str) -> None:
    """The postcode is wrong too, so that no dossier is made and each case ends in a refusal."""
    for value in ODD_VALUES.values():
        refuse_registration(lasting_link, field, value)


def refuse_registration(lasting_link: Machine, field: str, value: Any) -> None:
    before, started = lasting_link.versions(), time.monotonic()
    body = changed(registration(7, postal_code="1012 SS"), field, value)
    answer = lasting_link.econobis("create-dossier", body)
    assert time.monotonic() - started < SOON
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/json"), answer.text
    reasons = answer.json()
    assert "koppeling" not in reasons
    assert all(isinstance(text, str) and text for texts in reasons.values() for text in texts)
    written = lasting_link.versions().items() - before.items()
    for place, document in lasting_link.documents("residents").items() if written else ():
        assert document["refused"], place
        assert not document["account_id"], place
    assert {place.split("/")[0] for place, _ in written} <= {"residents", "tallies"}


IDS = [
    0,
    -1,
    1.5,
    "0",
    "-1",
    "1.5",
    "",
    " ",
    "x",
    "1e3",
    "0x1",
    "٣",
    True,
    [],
    {},
    [1],
    2**53,
    2**64,
    10**30,
    "9" * 500,
]
NO_IDS = ["007", "+7", "7 ", "7\n", " 7"]


@pytest.mark.parametrize("field", ["coach_contact_id", "resident_contact_id"])
def test_an_impossible_contact_id_in_a_link_is_refused(lasting_link: Machine, field: str) -> None:
    for value in IDS:
        before = lasting_link.versions()
        answer = lasting_link.econobis("link-coach", changed(coach_link(), f"building_coach_statuses.{field}", value))
        assert answer.status_code == 422
        assert answer.json().keys() == {f"building_coach_statuses.{field}"}
        assert lasting_link.versions() == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_with_an_impossible_building_id_is_refused(lasting_link: Machine, kind: str) -> None:
    for value in (*IDS, *NO_IDS):
        before, started = lasting_link.versions(), time.monotonic()
        answer = lasting_link.event(kind, changed(event(kind), "account_related.building_id", value))
        assert time.monotonic() - started < SOON
        assert is_problem(answer, 422).keys() == {"account_related.building_id"}
        assert lasting_link.versions() == before


def shown_reason(link: Machine, kind: str, body: Any) -> str:
    """Sends the event, which is accepted, and returns the reason of its dead letter."""
    answer = link.event(kind, body)
    assert answer.status_code == 200
    (relay,) = link.documents("relays").values()
    item = relay["items"][EVENT_KINDS[kind]]
    assert item["state"] == "parked"
    return str(item["parked"]["reason"])


@pytest.mark.parametrize("field", ["account_id", "contact_id"])
@pytest.mark.parametrize("value", [0, -1, "x", [], 2**64], ids=str)
def test_an_event_with_another_impossible_id_is_a_dead_letter(link: Machine, field: str, value: Any) -> None:
    body = changed(event("gebruik"), f"account_related.{field}", value)
    assert f"account_related.{field}" in shown_reason(link, "gebruik", body)


@pytest.mark.parametrize("value", [0, -1, "x", [], 2**64], ids=str)
def test_an_event_with_an_impossible_user_id_is_accepted(link: Machine, value: Any) -> None:
    assert link.event("gebruik", changed(event("gebruik"), "account_related.user_id", value)).status_code == 200
    (relay,) = link.documents("relays").values()
    assert relay["items"]["usage"]["state"] == "waiting"


DATES = [
    *("", " ", "morgen", "14-12-2026 10:30", "2026-02-30 10:00:00", "2026-02-29 10:00:00", "2026-13-01 10:00:00"),
    *("2026-12-14 25:00:00", "2026-12-14 10:60:00", "0000-00-00 00:00:00", "99999-01-01 00:00:00", "2026-12-14T"),
    *("1797240600x", "now", "+1 day", "2026-12-14 10:30:00; DROP TABLE"),
    *(1797240600, 1.5, True, [], {}, ["2026-12-14 10:30:00"]),
]


@pytest.mark.parametrize("value", DATES, ids=str)
def test_an_impossible_date_is_a_dead_letter(link: Machine, value: Any) -> None:
    """Hoomdossier does not send it again, so it is not refused."""
    assert "appointment_date" in shown_reason(link, "afspraak", event("afspraak", appointment_date=value))


@pytest.mark.parametrize("value", [None, "2026-03-29 02:30:00", "2026-10-25 02:30:00", "2028-02-29 10:00:00"])
def test_odd_but_possible_dates_are_accepted(link: Machine, value: Any) -> None:
    """No appointment, an hour that the clock skips, an hour that comes twice, a leap day."""
    assert link.event("afspraak", event("afspraak", appointment_date=value)).status_code == 200
    (relay,) = link.documents("relays").values()
    assert relay["items"]["appointment"]["payload"]["appointment_date"] == value


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_without_any_one_of_its_keys_is_answered(lasting_link: Machine, kind: str) -> None:
    for key in event(kind):
        body = {name: value for name, value in event(kind).items() if name != key}
        before = lasting_link.versions()
        answer = lasting_link.event(kind, body)
        if answer.status_code == 200:
            assert key != "account_related"
        else:
            assert is_problem(answer, 400 if not body else 422).keys() <= {key, "body"}
            assert lasting_link.versions() == before


@pytest.mark.parametrize("kind", KINDS)
def test_any_value_in_an_event_is_answered(lasting_link: Machine, kind: str) -> None:
    """The value is refused by its field, or stored and left to Econobis."""
    for key, value in product(event(kind), ODD_VALUES.values()):
        before, started = lasting_link.versions(), time.monotonic()
        answer = lasting_link.event(kind, event(kind, **{key: value}))
        assert time.monotonic() - started < SOON
        if answer.status_code != 200:
            assert all(name.startswith(key) for name in is_problem(answer, 422))
            assert lasting_link.versions() == before


def test_an_event_with_nested_ids_is_a_dead_letter(link: Machine) -> None:
    """Hoomdossier's delete command nests the ids (known-limits C11)."""
    assert link.event("delete", {"account_related": event("delete")}).status_code == 200
    (relay,) = link.documents("relays").values()
    assert relay["items"]["delete"]["parked"]["code"] == "misplaced_delete"


@pytest.mark.parametrize("kind", ["", "x", "Afspraak", "afspraak ", "pdf.php", "../pdf", "__x__", "é"])
def test_an_unknown_kind_of_event_is_not_found(lasting_link: Machine, kind: str) -> None:
    is_problem(lasting_link.event(kind.replace("/", "%2F"), event("delete")), 404)


# -- reports ---------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj\n<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\nendobj\n%%EOF\n"
NO_PDF: dict[str, Any] = {
    "nothing": "",
    "no base64": "dit is geen base64!",
    "cut off within a sign": "JVBER",
    "HTML": base64.b64encode(b"<html>").decode(),
    "a PNG": base64.b64encode(b"\x89PNG\r\n").decode(),
    "a PDF after a line": base64.b64encode(b"\n" + PDF).decode(),
    "base64 of base64": base64.b64encode(base64.b64encode(PDF)).decode(),
}


def report(contents: Any) -> dict[str, Any]:
    return event("pdf", pdf={"contents": contents})


@pytest.mark.parametrize("case", NO_PDF)
def test_a_report_that_is_no_pdf_is_a_dead_letter(link: Machine, case: str) -> None:
    """A refused report would be sent again every five minutes (known-limits C10), and Econobis would accept it."""
    assert link.event("pdf", report(NO_PDF[case])).status_code == 200
    (relay,) = link.documents("relays").values()
    assert relay["needs_person"] is True
    assert relay["items"]["report"]["parked"]["code"] == "no_pdf"
    assert not [path for path in (link.state / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "contents",
    [
        base64.b64encode(PDF).decode(),
        base64.urlsafe_b64encode(PDF).decode().rstrip("="),
        "data:application/pdf;base64," + base64.b64encode(PDF).decode(),
        base64.encodebytes(PDF).decode(),
    ],
    ids=["base64", "of the web", "data:", "in lines"],
)
def test_a_report_in_any_form_of_base64_is_accepted(link: Machine, contents: str) -> None:
    assert link.event("pdf", report(contents)).status_code == 200
    (relay,) = link.documents("relays").values()
    assert relay["items"]["report"]["state"] == "waiting"


@pytest.mark.parametrize("contents", [1, True, [], {}, ["JVBERi0="]], ids=str)
def test_a_report_that_is_no_text_is_a_dead_letter(link: Machine, contents: Any) -> None:
    assert "pdf.contents" in shown_reason(link, "pdf", report(contents))


def big_report(mebibytes: float) -> bytes:
    pdf = PDF + b"\0" * int(mebibytes * 2**20)
    return json.dumps(report("-")).encode().replace(b'"-"', b'"' + base64.b64encode(pdf) + b'"')


def test_the_largest_report_is_stored_whole(link: Machine) -> None:
    body = big_report(23.9)
    started = time.monotonic()
    assert link.event("pdf", body).status_code == 200
    assert time.monotonic() - started < 3
    (file,) = (path for path in (link.state / "blobs").rglob("*") if path.is_file())
    assert file.stat().st_size == len(PDF) + int(23.9 * 2**20)


def test_a_report_over_the_limit_is_refused(link: Machine) -> None:
    assert is_problem(link.event("pdf", big_report(24.1)), 413).keys() == {"body"}
    assert link.documents() == {}
    assert not (link.state / "blobs").exists() or not [it for it in (link.state / "blobs").rglob("*") if it.is_file()]


# -- tasks -----------------------------------------------------------------------------------------------------------

KEYS = ["", ".", "..", "__x__", "a/b", "../x", "a\nb", "a b", "é", "x" * 1501, "%2e", "\0", None, 1, [], {}]


@pytest.mark.parametrize("function", ["run-task", "send-email"])
@pytest.mark.parametrize("key", KEYS, ids=lambda it: repr(it)[:12])
def test_a_task_with_an_impossible_key_is_refused(lasting_link: Machine, function: str, key: Any) -> None:
    collection = "mails" if function == "send-email" else "links"
    answer = lasting_link.google(function, {**TASK, "collection": collection, "key": key})
    assert is_problem(answer, 422).keys() == {"key"}


@pytest.mark.parametrize("generation", [None, "x", 1.5, [], {}, "1e400", ""], ids=str)
def test_a_task_with_an_impossible_generation_is_refused(lasting_link: Machine, generation: Any) -> None:
    assert is_problem(lasting_link.google("run-task", {**TASK, "generation": generation}), 422).keys() == {"generation"}


@pytest.mark.parametrize("collection", [None, 1, [], {}], ids=str)
def test_a_task_without_the_name_of_a_collection_is_refused(lasting_link: Machine, collection: Any) -> None:
    answer = lasting_link.google("run-task", {**TASK, "collection": collection})
    assert is_problem(answer, 422).keys() == {"collection"}


@pytest.mark.parametrize("collection", ["", "peers", "locks", "__x__", "Links"])
def test_a_task_for_a_collection_of_no_work_is_given_back(lasting_link: Machine, collection: str) -> None:
    """A newer version of the link may have that kind of work."""
    answer = lasting_link.google("run-task", {**TASK, "collection": collection})
    assert is_problem(answer, 503) == {}


def test_a_task_for_the_other_function_is_refused(lasting_link: Machine) -> None:
    """Only send_email has the mail server's password."""
    for function, collection in (("run-task", "mails"), ("send-email", "links")):
        answer = lasting_link.google(function, {**TASK, "collection": collection})
        assert is_problem(answer, 422).keys() == {"collection"}


@pytest.mark.parametrize("generation", [0, -1, 2**64, "1"], ids=str)
def test_a_task_for_work_that_is_gone_does_nothing(lasting_link: Machine, generation: Any) -> None:
    before = lasting_link.versions()
    assert lasting_link.google("run-task", {**TASK, "key": "nothing", "generation": generation}).status_code == 200
    assert lasting_link.versions() == before
