"""The text that people paste into Power BI (`docs/power-bi.md`), read by Microsoft's own parser."""

from __future__ import annotations

import re

import pytest

from shared.feed.sets import SETS
from tests.feed.node import run
from tests.tree import ROOT

PAGE = (ROOT / "docs/power-bi.md").read_text(encoding="utf-8")
TEXTS = re.findall(r"^```powerquery\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PARSE = """
const parser = require("@microsoft/powerquery-parser");
const task = await parser.TaskUtils.tryLexParse(parser.DefaultSettings, given);
tell(parser.TaskUtils.isParseStageOk(task));
"""


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_can_be_read(text: str) -> None:
    assert run(PARSE, text) is True
    assert run(PARSE, text.replace("in\n", "")) is False


def test_the_page_names_tables_and_columns_that_exist() -> None:
    assert TEXTS
    named = {(table, column) for table, column in re.findall(r"`(\w+)\[(\w+)\]`", PAGE)}
    assert len(named) > 8
    for table, column in named:
        assert column in {it.name for it in SETS[table].columns}, (table, column)
    assert set(re.findall(r'Name = "(\w+)"', PAGE)) <= SETS.keys()
