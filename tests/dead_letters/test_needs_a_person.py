"""Each dead letter is one line of severity ERROR in the log, which raises the alarm, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.dead_letters.decide import replay
from tests.world.hoomdossier_events import built, report
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World

REFUSED = '["Fout opgetreden: Contact 7 not found or removed in Econobis","Gehele API aanroep is ongedaan gemaakt!"]'


def alarms(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if line["severity"] == "ERROR"]


def test_a_sign_up_with_an_unknown_outcome_is_an_alarm(world: World, capsys: pytest.CaptureFixture[str]):
    world.fault("econobis", COOPERATION, kind="reset", match="webform", times=99)
    assert Resident(world, 1).sign_up()
    world.settle()
    assert [letter.collection for letter in dead_letters(world)] == ["submissions"]
    (alarm,) = alarms(capsys)
    assert (alarm["message"], alarm["flow"], alarm["cooperation"]) == ("needs a person", "submit_intake", COOPERATION)


def test_a_sign_up_with_a_lost_answer_that_a_dossier_proves_is_no_alarm(
    world: World, capsys: pytest.CaptureFixture[str]
):
    world.fault("econobis", COOPERATION, kind="lost_answer", match="webform")
    assert Resident(world, 1).sign_up()
    world.settle()
    assert not dead_letters(world)
    assert alarms(capsys) == []


def test_a_refused_event_is_one_alarm_and_an_outage_is_none(
    world: World, resident: Resident, capsys: pytest.CaptureFixture[str]
):
    """A replay that works is no alarm either."""
    world.fault("econobis", COOPERATION, kind="status", status=404, match="/gebruik", body=REFUSED)
    world.fault("econobis", COOPERATION, kind="status", status=503, match="/woonplan", times=3)
    capsys.readouterr()
    assert resident.tell("gebruik", **built(1971)) == 200
    assert resident.tell("woonplan") == 200
    world.settle()
    (letter,) = dead_letters(world)
    (alarm,) = alarms(capsys)
    assert (alarm["kind"], alarm["error"]) == ("usage", "ContactGone")
    replay(world.services, letter, "test")
    world.settle()
    assert alarms(capsys) == []


def test_a_report_that_is_not_sent_is_an_alarm(world: World, resident: Resident, capsys: pytest.CaptureFixture[str]):
    for _ in range(3):
        assert resident.tell("pdf", **report(b"no report at all")) == 200
        world.clock.advance(10)
    assert [alarm["kind"] for alarm in alarms(capsys)] == [
        "report"
    ] * 2  # The third comes too soon after the second to count.
