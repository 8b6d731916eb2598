"""A JSON object from outside is read strictly: no deeper than 32 levels and with at most 200 fields."""

from __future__ import annotations

import json
import time

import pytest

from shared.errors import BadInput
from shared.json_object import DEEPEST, MOST_FIELDS, read_object


def nested(levels: int, open_: str = '{"a":', close: str = "}", innermost: str = "1") -> bytes:
    return ('{"a":' + open_ * (levels - 1) + innermost + close * (levels - 1) + "}").encode()


@pytest.mark.parametrize(("open_", "close"), [('{"a":', "}"), ("[", "]")])
@pytest.mark.parametrize("innermost", ["1", "[]", "{}"])
def test_an_object_has_at_most_32_levels(open_: str, close: str, innermost: str) -> None:
    deepest = DEEPEST if innermost == "1" else DEEPEST - 1
    assert read_object(nested(deepest, open_, close, innermost))
    with pytest.raises(BadInput, match="te diep genest: hooguit 32 lagen") as refused:
        read_object(nested(deepest + 1, open_, close, innermost))
    assert refused.value.status == 400


def test_an_object_has_at_most_200_fields() -> None:
    fields = {str(number): number for number in range(MOST_FIELDS)}
    assert read_object(json.dumps(fields).encode()) == fields
    with pytest.raises(BadInput, match="te veel velden: hooguit 200") as refused:
        read_object(json.dumps({**fields, "one": "more"}).encode())
    assert refused.value.status == 413


@pytest.mark.timed
def test_a_list_within_it_may_be_long() -> None:
    """A plan of Hoomdossier has thousands of values."""
    rows = [{"id": number} for number in range(30_000)]
    began = time.process_time()
    assert len(read_object(json.dumps({"rows": rows}).encode())["rows"]) == 30_000
    assert time.process_time() - began < 0.5
