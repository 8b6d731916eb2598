"""`docs/feeds.md` says what the feed gives."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from functions.feed.spreadsheet import cell
from shared.feed.sets import SETS, Column
from shared.feed.visits import CANCELLED_SHOWN, PAST_SHOWN
from shared.retention import ERASURES, PERSONAL
from tests.feed.feeding import KEY
from tests.tree import ROOT
from tests.world.functions_over_http import Machine

PAGE = (ROOT / "docs/feeds.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
KINDS = {
    "text": "text", "whole": "whole number", "number": "number", "yes_no": "yes or no", "day": "day", "moment": "moment",
}  # fmt: skip


def test_each_table_has_its_columns() -> None:
    tables = dict(re.findall(r"^### (\w+)\n\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL))
    assert list(tables) == list(SETS)
    for name, table in SETS.items():
        rows = [[cell.strip(" `") for cell in line.split(" | ")] for line in tables[name].splitlines()[2:]]
        assert [[cell.strip("| `") for cell in row] for row in rows] == [
            [it.name, KINDS[it.kind], "" if it.personal == "none" else it.personal, it.meaning] for it in table.columns
        ]


def test_its_figures_are_those_of_the_code() -> None:
    assert f"older than {ERASURES.days} days" in TEXT
    assert f"the last {PAST_SHOWN.days} days" in TEXT
    assert f"stays for {CANCELLED_SHOWN.days} days" in TEXT
    assert f"leave the link {PERSONAL.days} days after" in TEXT
    assert f"`{cell(Column('at', 'moment', ''), '2026-11-23T05:00:00.000000Z')}` in Amsterdam" in TEXT


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: apt install curl")
def test_its_commands_work_as_they_stand_there(feed: Machine) -> None:
    commands = re.findall(r"^    curl ((?:.*\\\n)*.*)", PAGE, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        local = command.replace("https://serve-feed-….run.app", feed.url("serve-feed", ""))
        told = subprocess.run(
            ["sh", "-c", f"curl -sS --fail-with-body {local}"],
            env={"KEY": KEY},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, (command, told.stdout, told.stderr)
        assert told.stdout
