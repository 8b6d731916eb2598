"""An old and a new version of the link work side by side on the same store and queue, as during an update."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.local import functions, run
from infra.local.demo.campaign import Campaign
from infra.local.demo.client import eventually
from tests.tree import ROOT
from tests.world.residents import WELCOME
from tests.world.two_versions import Front, Version, make_newer


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    front = Front()
    monkeypatch.setattr(functions, "create_app", front.function)  # the functions run in processes of their own
    monkeypatch.setattr(run, "QUEUE", replace(run.QUEUE, max_backoff=2))  # a task that was given back comes again soon
    return front


def documents(state: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The collection and the content of each stored document."""
    with closing(sqlite3.connect(state / "link.sqlite")) as store:
        for collection, data in store.execute("SELECT collection, data FROM documents"):
            yield collection, json.loads(data)


def work_left(state: Path) -> list[dict[str, Any]]:
    return [data for _, data in documents(state) if data.get("due_at") or data.get("needs_person")]


@pytest.mark.timeout(240)
def test_what_either_version_accepts_is_done_once_and_no_field_is_lost(front: Front, tmp_path: Path) -> None:
    newer, state = tmp_path / "newer", tmp_path / "state"
    make_newer(newer)
    with (
        run.running(state, 0) as base,
        Version(ROOT, tmp_path / "old.txt") as old,
        Version(newer, tmp_path / "new.txt") as new,
    ):
        front.versions = {"old": old, "new": new}
        campaign = Campaign(base, lambda _line: None)
        campaign.journeys = campaign.journeys[2:6]
        for step in (campaign.sign_up, campaign.wait_for_dossiers, campaign.plan_visits, campaign.make_appointments):
            step()
        eventually("work is left", lambda: not work_left(state))
        assert campaign._number_problems() == []
        for journey in campaign.journeys:
            subjects = [letter["subject"] for letter in campaign.client.letters_to(journey.resident.email)]
            assert subjects.count(WELCOME) == 1
    stored = list(documents(state))
    letters = [data for collection, data in stored if collection == "mails"]
    assert {data["state"] for collection, data in stored if collection in {"greetings", "mails"}} == {"done"}
    assert {data.get("v", 1) for data in letters} == {1, 2}
    made = set(re.findall(r"^made (\S+)$", new.log.read_text(), re.MULTILINE))
    assert {data.get("made_by") for _, data in stored if data.get("accepted_at") in made} == {"newer code"}

    given_back = {name for version, name, status in front.answers if (version, status) == ("old", 503)}
    assert given_back >= {"run-task", "send-email"}, "the old version met nothing of the new one"
    assert {version for version, _, status in front.answers if status == 200} == {"old", "new"}
    assert not [status for _, _, status in front.answers if status >= 500 and status != 503]
