"""`$filter`: what it says, against a plain reading of the same in Python, and which bounds it sets for the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.errors import BadInput
from shared.feed.filter import read_filter
from shared.feed.filter_tree import LONGEST
from shared.feed.sets import JOURNEYS, SETS, Column, Row

COLUMNS = (
    Column("word", "text", ""),
    Column("other_word", "text", ""),
    Column("whole", "whole", ""),
    Column("number", "number", ""),
    Column("yes", "yes_no", ""),
    Column("day", "day", ""),
    Column("changed_at", "moment", ""),
    Column("seen_at", "moment", ""),
)
AT = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def matches(text: str, **row: Any) -> bool:
    return read_filter(text, COLUMNS).matches({**{it.name: None for it in COLUMNS}, **row})


def refused(text: str, columns: tuple[Column, ...] = COLUMNS) -> tuple[int, str]:
    with pytest.raises(BadInput) as error:
        read_filter(text, columns)
    assert list(error.value.problems) == ["$filter"]
    return error.value.status, error.value.problems["$filter"][0]


def stored(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


# -- against a plain reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A part of a filter: its text, its value for a row, and its kind. `loose` needs parentheses inside another part."""

    text: str
    value: Callable[[Row], Any]
    kind: str
    loose: bool = False

    def inside(self) -> str:
        return f"({self.text})" if self.loose else self.text


words = st.sampled_from(["", "a", "b", "O'Neil", "é", "not", "a eq 1", "(", "$x", "a,b", "Ā", " "])
wholes = st.integers(-3, 3)
numbers = st.sampled_from([-1.5, 0.0, 2.0, 2.5])
days = st.dates(date(2026, 10, 24), date(2026, 10, 27))
ticks = st.integers(-40, 40)  # of a tenth of a microsecond, around AT
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": words, "whole": wholes, "number": numbers, "yes_no": st.booleans(), "day": days.map(str),
    "moment": ticks.map(lambda it: stored(AT + timedelta(microseconds=it // 10))),
}  # fmt: skip


def as_number(kind: str, value: Any) -> Any:
    """What compares in Python as it should: a moment in tenths of microseconds."""
    if kind == "moment" and isinstance(value, str):
        return round((datetime.fromisoformat(value) - AT) / timedelta(microseconds=1)) * 10
    return value


@st.composite
def literals(draw: st.DrawFn, kind: str) -> Said:
    if draw(st.integers(0, 7)) == 0:
        return Said("null", lambda _row: None, kind)
    match kind:
        case "text":
            word = draw(words)
            return Said("'" + word.replace("'", "''") + "'", lambda _row: word, kind)
        case "number":
            number = draw(wholes | numbers)
            return Said(str(number), lambda _row: number, kind)
        case "yes_no":
            yes = draw(st.booleans())
            return Said(str(yes).lower(), lambda _row: yes, kind)
        case "day":
            day = str(draw(days))
            return Said(day, lambda _row: day, kind)
    tick = draw(ticks)
    zone = timezone(timedelta(minutes=draw(st.sampled_from([0, 60, -210, 840]))))
    local = (AT + timedelta(microseconds=tick // 10)).astimezone(zone)
    offset = local.isoformat()[-6:] if draw(st.booleans()) or zone != UTC else "Z"
    return Said(f"{local:%Y-%m-%dT%H:%M:%S.%f}{tick % 10}{offset}", lambda _row: tick, kind)


@st.composite
def columns(draw: st.DrawFn, kind: str) -> Said:
    kinds = {"number": ("whole", "number")}.get(kind, (kind,))
    column = draw(st.sampled_from([it for it in COLUMNS if it.kind in kinds]))
    return Said(column.name, lambda row: as_number(kind, row[column.name]), kind)


def either(kind: str) -> st.SearchStrategy[Said]:
    return columns(kind) | literals(kind)


@st.composite
def comparisons(draw: st.DrawFn) -> Said:
    kind = draw(st.sampled_from(["text", "number", "yes_no", "day", "moment"]))
    left, right = draw(either(kind)), draw(either(kind))
    operator = draw(st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "in"]))
    if operator == "in":
        items = [right, *draw(st.lists(either(kind), max_size=3))]
        listed = ", ".join(it.text for it in items)
        return Said(
            f"{left.text} in ({listed})", lambda row: left.value(row) in [it.value(row) for it in items], "", True
        )
    return Said(
        f"{left.text} {operator} {right.text}",
        lambda row: compared(operator, left.value(row), right.value(row)),
        "",
        True,
    )


def compared(operator: str, left: Any, right: Any) -> bool:
    if operator in {"eq", "ne"}:
        return (left == right) is (operator == "eq")
    if left is None or right is None:
        return False
    return {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[operator]


def joined(parts: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    return st.tuples(parts, st.sampled_from(["and", "or"]), parts, st.booleans()).map(_joined) | parts.map(
        lambda it: Said(
            f"not {it.inside()}", lambda row: None if (known := it.value(row)) is None else not known, "", True
        )
    )


def _joined(it: tuple[Said, str, Said, bool]) -> Said:
    left, word, right, spaced = it
    both = f"{left.inside()} {word} {right.inside()}"

    def value(row: Row) -> bool | None:
        known = {left.value(row), right.value(row)}
        decides = word == "or"
        return decides if decides in known else None if None in known else not decides

    return Said(f"( {both} )" if spaced else both, value, "", not spaced)


filters = st.recursive(comparisons() | columns("yes_no"), joined, max_leaves=8)
rows = st.fixed_dictionaries({it.name: st.none() | VALUES[it.kind] for it in COLUMNS})


@given(filters, st.lists(rows, min_size=1, max_size=8))
@settings(max_examples=400)
def test_a_filter_finds_what_a_plain_reading_finds(asked: Said, several: list[dict[str, Any]]) -> None:
    read = read_filter(asked.text, COLUMNS)
    for row in several:
        assert read.matches(row) is (asked.value(row) is True), (asked.text, row)
        if read.matches(row):  # What is found lies within the bounds that the store gets.
            assert read.since is None or (row["changed_at"] or "") >= read.since
            assert read.until is None or (row["changed_at"] or "~") <= read.until


@given(st.text(alphabet="aeinotqrd'()0123456789 ,.-+:TZ/@$é\n\t\0", max_size=60) | st.text(max_size=40))
@example("٣ eq 1")
@example("2026-1٣-01 eq day")
@settings(max_examples=400)
def test_any_text_is_a_filter_or_gets_an_error(text: str) -> None:
    try:
        read_filter(text, COLUMNS)
    except BadInput as error:
        assert error.status in {400, 501}


# -- case by case ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SETS.values(), ids=SETS)
def test_every_column_can_be_filtered(table: Any) -> None:
    """No name of ours begins with what the library takes for a word of its own (`any`, `all`, `null`, `true`)."""
    for column in table.columns:
        read_filter(f"{column.name} eq null or not ({column.name} ne null)", table.columns)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        (" ", 400),
        ("word", 400),
        ("whole", 400),
        ("5", 400),
        ("'a'", 400),
        ("nothing eq 1", 400),
        ("word eq 1", 400),
        ("whole eq '1'", 400),
        ("yes eq 1", 400),
        ("yes eq 'true'", 400),
        ("day eq 2026-11-23T00:00:00Z", 400),
        ("changed_at gt 2026-11-23", 400),
        ("changed_at gt '2026-11-23T00:00:00Z'", 400),
        ("changed_at gt 2026-11-23T00:00:00", 400),
        ("changed_at gt 2026-02-30T00:00:00Z", 400),
        ("changed_at gt 2026-11-23T00:00:00+01", 400),
        ("changed_at gt 9999-12-31T23:59:59-14:00", 400),
        ("day eq 2026-02-30", 400),
        ("day eq 2026-13-01", 400),
        ("whole eq 1 eq 2", 400),
        ("not whole eq 1", 400),
        ("whole eq 1 and word", 400),
        ("whole in (1, 'a')", 400),
        ("whole in ()", 400),
        ("whole in 1", 400),
        ("whole eq (1, 2)", 400),
        ("(whole eq 1", 400),
        ("whole eq 1)", 400),
        ("whole eq 1 and", 400),
        ("whole  = 1", 400),
        ("word eq 'a", 400),
        ("whole eq " + "9" * 5_000, 400),
        ("whole eq 9e999 and 1", 400),
        ("word eq 01234567-89ab-cdef-0123-456789abcdef", 400),
        ("word eq 11:22:33", 400),
        ("word eq duration'P1D'", 400),
        ("startswith(word, 'a')", 501),
        ("year(changed_at) eq 2026", 501),
        ("contains(word, 'a') and yes", 501),
        ("length(word) gt 1", 501),
        ("unheard(word)", 501),
        ("whole add 1 eq 2", 501),
        ("-whole eq 2", 501),
        ("word/length eq 1", 501),
        ("rows/any(it:it/x eq 1)", 501),
        ("word eq @p", 501),
        ("$it eq 'x'", 501),
        ("word has 'x'", 501),
        ("yes or " * 1_200 + "yes", 400),
        ("(" * 2_000 + "word" + ")" * 2_000, 400),
        ("not " * 1_900 + "yes", 400),
        ("true eq " * 900 + "true", 400),
        ("(yes and not " * 500 + "yes" + ")" * 500, 400),
    ],
)  # fmt: skip
def test_what_is_wrong_or_not_here_is_told(text: str, status: int) -> None:
    assert refused(text)[0] == status


def test_the_error_names_the_place_and_not_the_value() -> None:
    assert "teken 11" in refused("whole eq 1)")[1]
    assert "teken 9" in refused("word eq 'Geheim")[1]
    assert "Geheim" not in refused("word eq 'Geheim' eq 'Geheim'")[1]
    assert "nothing" in refused("nothing eq 'Geheim'")[1]


def test_a_long_chain_and_deep_parentheses_are_read() -> None:
    assert matches(" or ".join(f"whole eq {number}" for number in range(400)), whole=399)
    assert matches("(" * 3_000 + "yes" + ")" * 3_000, yes=True)
    assert refused("yes " + " " * LONGEST)[0] == 400


@pytest.mark.timed
def test_a_long_list_takes_no_longer_for_each_row() -> None:
    """Else one request of a key with few rights keeps an instance busy for minutes."""
    asked = read_filter("whole in (" + ",".join(map(str, range(1_600))) + ")", COLUMNS)
    began = perf_counter()
    assert not any(asked.matches({"whole": -number}) for number in range(1, 20_001))
    assert perf_counter() - began < 2  # 0.1 s; when each item was compared it was 20 s.


def test_null_is_neither_more_nor_less() -> None:
    """OData 4.0, URL Conventions 5.1.1.1: a comparison with null is false, but for `eq` and `ne`."""
    for operator in ("gt", "ge", "lt", "le"):
        assert not matches(f"whole {operator} 1")
        assert matches(f"not (whole {operator} 1)")
    assert matches("whole eq null")
    assert matches("whole ne 1")
    assert not matches("whole ne null")
    assert not matches("yes")
    assert not matches("not yes")
    assert not matches("yes and whole eq null")
    assert matches("yes or whole eq null")


def test_a_moment_between_two_microseconds_compares_rightly() -> None:
    """.NET writes seven digits."""
    row = {"changed_at": "2026-11-23T05:00:00.123456Z"}
    for literal, larger in (
        ("05:00:00.1234561Z", False),
        ("06:00:00.1234559+01:00", True),
        ("05:00:00.12345600Z", None),
    ):
        assert matches(f"changed_at gt 2026-11-23T{literal}", **row) is (larger is True)
        assert matches(f"changed_at lt 2026-11-23T{literal}", **row) is (larger is False)
        assert matches(f"changed_at eq 2026-11-23T{literal}", **row) is (larger is None)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("changed_at ge 2026-11-23T06:00:00+01:00", "2026-11-23T05:00:00.000000Z", None),
        ("changed_at gt 2026-11-23T05:00:00Z and yes", "2026-11-23T05:00:00.000000Z", None),
        ("2026-11-23T05:00:00Z gt changed_at", None, "2026-11-23T05:00:00.000000Z"),
        ("(changed_at ge 2026-11-23T05:00:00Z) and (changed_at lt 2026-11-24T05:00Z and yes)",
         "2026-11-23T05:00:00.000000Z", "2026-11-24T05:00:00.000000Z"),
        ("changed_at ge 2026-11-23T05:00:00Z and changed_at lt 2026-11-24T05:00Z and changed_at ge 2026-11-22T05:00Z",
         "2026-11-23T05:00:00.000000Z", "2026-11-24T05:00:00.000000Z"),
        ("changed_at eq 2026-11-23T05:00:00Z", "2026-11-23T05:00:00.000000Z", "2026-11-23T05:00:00.000000Z"),
        ("changed_at ne 2026-11-23T05:00:00Z", None, None),
        ("changed_at ge 2026-11-23T05:00:00Z or yes", None, None),
        ("yes and (changed_at ge 2026-11-23T05:00:00Z or yes)", None, None),
        ("not (changed_at ge 2026-11-23T05:00:00Z)", None, None),
        ("seen_at ge 2026-11-23T05:00:00Z", None, None),
        ("changed_at ge seen_at", None, None),
        ("changed_at ge null", None, None),
    ],
)  # fmt: skip
def test_bounds_of_changed_at_go_to_the_store(text: str, since: str | None, until: str | None) -> None:
    read = read_filter(text, COLUMNS)
    assert (read.since, read.until) == (since, until)


def test_only_columns_of_the_key_can_be_named() -> None:
    assert refused("email eq 'x'", JOURNEYS.columns_for("coaches"))[0] == 400
    read_filter("email eq 'x'", JOURNEYS.columns_for("everybody"))
