"""An id from outside is a positive whole number that every JSON reader keeps."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.ids import LARGEST_ID, read_id


@pytest.mark.parametrize("value", [1, "1", 2481, "2481", LARGEST_ID, str(LARGEST_ID)])
def test_a_positive_whole_number_is_an_id(value: Any) -> None:
    assert read_id(value) == int(value)


@pytest.mark.parametrize(
    "value",
    [None, "", 0, "0", -1, "007", " 1", "1\n", "+1", "1.0", 1.0, True, "\u0661", [1], {}, LARGEST_ID + 1, "9" * 5000],
)
def test_anything_else_is_none(value: Any) -> None:
    assert read_id(value) is None
