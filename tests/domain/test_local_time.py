"""Local time in Europe/Amsterdam, both nights of the clock change included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.local_time import begins_at_last, from_amsterdam, in_one_form, to_amsterdam
from shared.domain.problem import Problem


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-12-14 10:30:00", "2026-12-14 09:30"),
        ("2026-07-01 10:30:00", "2026-07-01 08:30"),
        ("2024-02-29 00:00:00", "2024-02-28 23:00"),
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 03:00:00", "2026-03-29 01:00"),
        ("2026-03-29T10:00", "2026-03-29 08:00"),
        ("2026-12-14T09:30:00.000000Z", "2026-12-14 09:30"),
        ("2026-12-14 09:30:00+02:00", "2026-12-14 07:30"),
    ],
)
def test_local_time_becomes_utc(local, utc):
    assert from_amsterdam(local) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_hour_that_is_skipped_in_spring_is_read_an_hour_later():
    assert to_amsterdam(from_amsterdam("2026-03-29 02:30:00")) == "2026-03-29 03:30:00"


def test_hour_that_comes_twice_in_autumn_is_the_first_one():
    assert from_amsterdam("2026-10-25 02:30:00") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert to_amsterdam(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "2026-10-25 02:30:00"
    assert to_amsterdam(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "2026-10-25 02:30:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "morgen",
        "14-12-2026 10:30:00",
        "2026-12-14",
        "20261214 103000",
        "2026-W50-1",
        "2026-02-29 10:00:00",
        "2026-12-14 24:30:00",
        "2026-12-14 10:30:00\n",
        "0000-01-01 00:00:00",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59Z",
        "٢٠٢٦-12-14 10:30:00",
    ],
)
def test_what_is_no_local_time_is_refused(text):
    with pytest.raises(Problem, match="datum met tijd"):
        from_amsterdam(text)


@given(
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2200, 1, 1)).map(
        lambda at: at.replace(microsecond=0)
    )
)
def test_reading_what_was_written_gives_the_same_text(moment):
    text = to_amsterdam(moment.replace(tzinfo=UTC))
    assert to_amsterdam(from_amsterdam(text)) == text


@pytest.mark.parametrize(
    ("visit", "begun"),
    [
        ("2026-12-14 10:30", "2026-12-14 10:30"),
        ("2026-12-14 00:00", "2026-12-15 00:00"),
        ("2026-10-25 00:00", "2026-10-26 00:00"),  # a day of 25 hours
        ("2026-03-29 00:00", "2026-03-30 00:00"),  # and one of 23
    ],
)
def test_a_visit_without_a_time_has_begun_at_the_end_of_its_day(visit, begun):
    assert begins_at_last(from_amsterdam(visit)) == from_amsterdam(begun)


@pytest.mark.parametrize("text", ["2026-12-15T09:30:00.000000Z", "2026-12-15 10:30", "2026-12-15T10:30:00+01:00"])
def test_two_texts_of_one_moment_get_one_form(text):
    assert in_one_form(text) == "2026-12-15 10:30:00"


@given(st.text())
def test_any_text_is_refused_or_read(text):
    try:
        moment = from_amsterdam(text)
    except Problem:
        return
    assert moment.tzinfo is UTC
