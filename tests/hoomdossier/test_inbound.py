"""Every body of a push is parsed, or refused with the name of the wrong field."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.keys import canonical
from shared.domain.relay import EventKind
from shared.errors import BadInput
from shared.hoomdossier.inbound import KEYS, KINDS, Event, parse
from tests.fixtures import files, read

ACCOUNT = {"building_id": 333, "user_id": 1902, "account_id": 901, "contact_id": 4711}
COACH = {"contact_id": 500, "user_id": 50, "building_id": 5050, "account_id": 1050}


def pushed(kind: str, **keys) -> Event:
    return parse(kind, json.dumps({"account_related": ACCOUNT} | keys).encode())


def refusal(kind: str, body: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        parse(kind, body if isinstance(body, bytes) else json.dumps(body).encode())
    return caught.value


def test_table_names_the_seven_kinds():
    assert set(KINDS.values()) == set(KEYS) == set(get_args(EventKind))


PUSHES = [path for path in files("vectors/wire/hoomdossier_to_econobis__*.json") if read(path)["request"]]


def recorded_body(request: dict) -> bytes:
    """Of a big report only the start was recorded; the rest is made up, to the same length."""
    if "body" in request:
        return request["body"].encode()
    start = request["body_first_400"].encode()
    return start + b"A" * (request["body_length"] - len(start) - 3) + b'"}}'


@pytest.mark.parametrize("path", PUSHES, ids=lambda path: path.stem)
def test_every_recorded_push_is_understood_and_kept_whole(path):
    request = read(path)["request"]
    kind, body = request["path"].rpartition("/")[2], recorded_body(request)
    event = parse(kind, body)
    assert event.kind == KINDS[kind]
    assert event.raw == json.loads(body)
    assert event.account_related.building_id == 333
    assert event.account_related.contact_id == (None if "no_contact_id" in path.stem else 4711)


@pytest.mark.parametrize("path", files("examples/push-*-request*.json"), ids=lambda path: path.stem)
def test_every_example_is_understood(path):
    kind = path.stem.removeprefix("push-").partition("-request")[0]
    event = parse(kind, path.read_bytes())
    assert event.raw == read(path)
    assert event.unreadable == {}
    assert event.misplaced is ("nested" in path.stem)


@pytest.mark.parametrize(
    "body",
    [
        {"account_related": {"account_related": ACCOUNT}},
        {"account_related": {"account_related": {"account_related": ACCOUNT}}},
        {"account_related": [ACCOUNT]},
        {"account_related": [{"account_related": ACCOUNT}]},
        ACCOUNT,
        {**ACCOUNT, "account_related": None},
        {**ACCOUNT, "account_related": {"soort": "woning"}},
    ],
)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_misplaced_ids_are_found(kind, body):
    """Hoomdossier's delete command nests the ids one level deeper (known-limits C11)."""
    event = parse(kind, json.dumps(body).encode())
    assert (event.building_id, event.account_id, event.contact_id) == (333, 901, 4711)
    assert event.misplaced
    assert event.payload["account_related"]["contact_id"] == 4711


def test_appointment_is_in_utc_with_its_coaches():
    event = pushed("afspraak", appointment_date="2026-12-14 10:30:00", coaches=[COACH, {"contact_id": "501"}])
    assert event.appointment_date == datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
    assert [coach.contact_id for coach in event.coaches] == [500, 501]
    assert event.coaches[1].account_id is None


def test_removed_appointment_is_none_and_a_missing_one_cannot_be_read():
    assert pushed("afspraak", appointment_date=None).appointment_date is None
    assert parse("afspraak", json.dumps({"account_related": ACCOUNT}).encode()).unreadable == {
        "appointment_date": ["ontbreekt."]
    }


SAME_MOMENT = [
    "2026-12-15 10:30:00",
    "2026-12-15 10:30",
    "2026-12-15T10:30:00",
    "2026-12-15T09:30:00.000000Z",
    "2026-12-15T09:30:00+00:00",
    "2026-12-15T10:30:00+01:00",
    "2026-12-15 04:30:00-05:00",
]


@pytest.mark.parametrize("text", SAME_MOMENT)
def test_one_moment_is_one_content_however_it_is_written(text):
    event = pushed("afspraak", appointment_date=text, coaches=[COACH])
    assert event.appointment == "2026-12-15 10:30:00"
    assert event.content == pushed("afspraak", appointment_date=SAME_MOMENT[0], coaches=[COACH]).content


def test_coaches_without_a_contact_are_passed_over():
    """The event is accepted for its date, and these coaches are left out."""
    coaches = [{"contact_id": 0}, "Cora", {"user_id": 7}, {**COACH, "user_id": "x"}]
    event = pushed("afspraak", appointment_date=None, coaches=coaches)
    assert [coach.contact_id for coach in event.coaches] == [500]
    assert pushed("afspraak", appointment_date=None, coaches=5).coaches == ()


def test_a_status_may_be_a_bare_word_and_a_report_bare_base64():
    assert pushed("woning-status", status="executed").is_executed
    assert pushed("pdf", pdf="JVBERi3/+/4=").pdf == b"%PDF-\xff\xfb\xfe"


def test_list_with_a_gap_and_empty_objects_are_read_as_php_writes_them():
    assert [
        coach.contact_id
        for coach in pushed("woning-status", status={"short": "executed"}, coaches={"1": COACH}).coaches
    ] == [500]
    assert pushed("scan-status", scans=[]).scans == {}
    plan = pushed("woonplan", user_action_plan_advices=[{"name": "Vloer"}], user_action_plan_advice_comments=[])
    assert plan.user_action_plan_advices == {"0": {"name": "Vloer"}}
    assert pushed("afspraak", appointment_date=None, coaches=None).coaches == ()


def test_report_may_be_without_contents():
    assert pushed("pdf").pdf is None
    assert pushed("pdf", pdf=[]).pdf is None
    assert pushed("pdf", pdf={"contents": None}).pdf is None
    assert pushed("pdf", pdf={"contents": ""}).pdf == b""


@pytest.mark.parametrize(
    "contents",
    ["JVBERi3/+/4=", "JVBERi3/+/4", "JVBERi3_-_4=", "JVBE\r\nRi3/\n+/4=", "data:application/pdf;base64,JVBERi3/+/4="],
)
def test_report_is_decoded_however_it_was_written(contents):
    assert pushed("pdf", pdf={"contents": contents}).pdf == b"%PDF-\xff\xfb\xfe"


@pytest.mark.parametrize("contents", ["JVBER", "é", "A"])
def test_report_that_is_no_base64_is_empty(contents):
    assert pushed("pdf", pdf={"contents": contents}).pdf == b""


def test_the_ids_are_those_of_the_dossier():
    event = pushed("delete")
    assert (event.building_id, event.account_id, event.contact_id) == (333, 901, 4711)


def test_the_same_content_in_another_spelling_is_the_same():
    one = pushed("afspraak", appointment_date="2026-12-14 10:30:00", coaches=[COACH, {"contact_id": 7}])
    account = {**ACCOUNT, "contact_id": "4711"}
    coaches = {"1": {"contact_id": "7"}, "2": COACH}
    other = {"account_related": account, "appointment_date": "2026-12-14 10:30:00", "coaches": coaches, "sent_at": 12}
    assert parse("afspraak", json.dumps(other).encode()).content == one.content
    assert (
        pushed("afspraak", appointment_date=None).content
        == pushed("afspraak", appointment_date=None, coaches=[]).content
    )
    report = pushed("pdf", pdf={"contents": "JVBERi3/+/4="})
    assert report.content == pushed("pdf", pdf={"contents": "JVBERi3_-_4"}).content


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("afspraak", {"appointment_date": "2026-12-14 10:30:00"}, {"appointment_date": None}),
        ("afspraak", {"appointment_date": None, "coaches": [COACH]}, {"appointment_date": None}),
        ("woning-status", {"status": {"short": "executed"}}, {"status": {"short": "active"}}),
        ("scan-status", {"scans": {"quick-scan": {}}}, {"scans": []}),
        ("gebruik", {"current": {"surface": {"answers": []}}}, {"new": {"surface": {"answers": []}}}),
        ("woonplan", {"user_action_plan_advices": {"1": {"count": 1}}}, {"user_action_plan_advices": {"1": {"count": 2}}}),
        ("pdf", {"pdf": {"contents": "JVBERi0x"}}, {"pdf": {"contents": "JVBERi0y"}}),
        ("delete", {}, {"account_related": {**ACCOUNT, "account_id": 902}}),
    ],
)  # fmt: skip
def test_another_content_is_another(kind, one, other):
    assert pushed(kind, **one).content != pushed(kind, **other).content


def test_keys_of_another_kind_are_kept_but_not_judged():
    event = pushed("gebruik", current={}, new={}, status=7, extra_of_tomorrow=[1])
    assert event.status is None
    assert event.raw["extra_of_tomorrow"] == [1]


def test_never_linked_resident_has_no_contact():
    for contact_id in (None, ""):
        event = parse("delete", json.dumps({"account_related": {**ACCOUNT, "contact_id": contact_id}}).encode())
        assert event.account_related.contact_id is None


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "007", "12a", "-3", True, [], {}, 2**53, "9" * 5000, "１"])
@pytest.mark.parametrize("field", ["building_id", "account_id", "contact_id"])
def test_an_invalid_id_is_named(field, wrong):
    """Without a building id it is refused; any other wrong id makes it a dead letter."""
    body = {"account_related": {**ACCOUNT, field: wrong}}
    if field == "building_id":
        problems = refusal("delete", body).problems
    else:
        event = parse("delete", json.dumps(body).encode())
        problems = event.unreadable
        assert getattr(event, field) is None
        assert event.building_id == 333
    assert problems == {f"account_related.{field}": ["moet een positief geheel getal zijn."]}


@pytest.mark.parametrize(
    ("kind", "keys", "field"),
    [
        ("afspraak", {"appointment_date": "14-12-2026 10:30"}, "appointment_date"),
        ("afspraak", {"appointment_date": ""}, "appointment_date"),
        ("afspraak", {"appointment_date": 1765704600}, "appointment_date"),
        ("woning-status", {}, "status"),
        ("woning-status", {"status": None}, "status"),
        ("woning-status", {"status": {"id": 5}}, "status.short"),
        ("scan-status", {"scans": "quick-scan"}, "scans"),
        ("gebruik", {"current": 1}, "current"),
        ("woonplan", {"user_action_plan_advices": None}, "user_action_plan_advices"),
        ("pdf", {"pdf": 7}, "pdf"),
        ("pdf", {"pdf": {"contents": 5}}, "pdf.contents"),
    ],
)
def test_wrong_field_is_named_in_dutch_for_a_person(kind, keys, field):
    event = parse(kind, json.dumps({"account_related": ACCOUNT, **keys}).encode())
    assert list(event.unreadable) == [field]
    assert event.unreadable[field][0].endswith(".")
    assert event.contact_id == 4711


@pytest.mark.parametrize(
    ("related", "field"),
    [
        (None, "account_related"),
        ([], "account_related"),
        ({}, "account_related.building_id"),
        ({"account_related": {}}, "account_related.building_id"),
        ({"contact_id": 4711}, "account_related.building_id"),
    ],
)
def test_an_event_without_a_building_is_refused(related, field):
    error = refusal("delete", {"account_related": related})
    assert error.status == 422
    assert list(error.problems) == [field]


def test_all_wrong_fields_are_named_at_once():
    body = {"account_related": {**ACCOUNT, "contact_id": "C1"}, "coaches": 1}
    assert set(parse("woning-status", json.dumps(body).encode()).unreadable) == {"account_related.contact_id", "status"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"geen json",
        b"null",
        b"[]",
        b"{}",
        b'"tekst"',
        b"\xff\xfe{\x00}\x00",
        '{"naam": "Zoë"}'.encode("latin-1"),
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00"}',
        b'{"a": 1} {"b": 2}',
        b'{"a": 1,}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused_without_a_crash(body):
    error = refusal("gebruik", body)
    assert error.status == 400
    assert list(error.problems) == ["body"]


def test_unknown_kind_is_not_found():
    assert refusal("foto", {"account_related": ACCOUNT}).status == 404


def test_byte_order_mark_is_ignored_and_the_last_of_two_equal_keys_counts():
    body = b'\xef\xbb\xbf{"account_related": {"building_id": 1, "building_id": 333}}'
    assert parse("delete", body).account_related.building_id == 333


@pytest.mark.timed
def test_report_of_30_megabytes_is_parsed_in_a_moment():
    body = json.dumps({"account_related": ACCOUNT, "pdf": {"contents": "A" * 30_000_000}}).encode()
    start = time.perf_counter()
    event = parse("pdf", body)
    assert time.perf_counter() - start < 1
    assert len(event.pdf) == 22_500_000
    assert len(canonical(event.content)) < 1000
    assert len(repr(event)) < 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
OWN_KEYS = st.sampled_from(sorted({key.rstrip("!") for keys in KEYS.values() for key in keys} | {"account_related"}))
BODIES = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(OWN_KEYS, JSON | st.just(ACCOUNT)).map(lambda value: json.dumps(value).encode()),
    st.dictionaries(OWN_KEYS, JSON).map(lambda value: json.dumps({**value, "account_related": ACCOUNT}).encode()),
)


@given(st.sampled_from(sorted(KINDS)), BODIES)
def test_any_body_is_an_event_that_can_be_stored_or_bad_input(kind, body):
    try:
        event = parse(kind, body)
    except BadInput as error:
        assert error.problems
        return
    assert event.account_related.building_id > 0
    canonical(event.raw).decode("ascii")
    canonical(event.content).decode("ascii")
