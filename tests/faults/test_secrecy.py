"""I7: no log line, task, key or answer holds personal data or a secret, although everything fails once."""

from __future__ import annotations

import random

import pytest

from infra.standins.mailbox.box import Fault
from shared.dead_letters.decide import replay
from shared.domain.submission import Submission
from shared.errors import StoreUnavailable
from shared.work.kinds import KINDS
from tests.world.journey import EMAIL, TYPED, Journey
from tests.world.personal_data import found
from tests.world.residents import COOPERATION, Resident, dead_letters
from tests.world.world import World

PERSONAL = [TYPED["voornaam"], TYPED["achternaam"], EMAIL, TYPED["adres_straat"], "Kerkstraat 1"]
SECRET = [f"demo-{COOPERATION}-{use}" for use in ("econobis", "hoomdossier", "webform", "events", "register")]


def break_everything(world: World) -> None:
    for path in ("webform", "afspraak", "gebruik", "woonplan"):
        body = f'["Fout opgetreden: Contact {TYPED["achternaam"]} ({EMAIL}) demo-{COOPERATION}-webform"]'
        world.fault("econobis", COOPERATION, kind="status", status=500, match=path, body=body)
        world.fault("econobis", COOPERATION, kind="lost_answer", match=path)
    world.fault(
        "hoomdossier", COOPERATION, kind="status", status=422, match="register", body=f'{{"email":["{EMAIL}"]}}'
    )
    world.fault("hoomdossier", COOPERATION, kind="lost_answer", match="building-coach-status")
    world.letters.add_faults([Fault(match="RCPT", kind="reply", status=550, body=f"no such user {EMAIL}")])
    chance = random.Random(7)

    def fails(point: str) -> None:
        if "store." in point and chance.random() < 1 / 40:
            raise StoreUnavailable(f"{EMAIL} {point}")

    world.boundaries.fault = fails


def test_i7_no_log_line_task_key_or_answer_holds_personal_data_or_a_secret(
    world: World, capsys: pytest.CaptureFixture[str]
):
    answers: list[str] = []
    world.http.event_hooks["response"].append(lambda answer: answers.append(_said(answer)))
    break_everything(world)
    world.dispatcher.broken = []
    journey = Journey(world)
    journey.run()
    world.boundaries.fault = lambda _point: None
    world.settle()
    for letter in dead_letters(world):
        replay(world.services, letter, "test")
    world.settle()
    said = capsys.readouterr()
    lines = said.out + said.err
    assert lines.count("not done") > 5
    names = "\n".join(world.dispatcher.names)
    keys = "\n".join(key for kind in KINDS for key, _ in world.observer.records(kind.model).all())
    for where in (lines, names, keys, "\n".join(answers)):
        assert where
        assert not found(where, *PERSONAL, *SECRET)
    assert not world.dispatcher.broken


def test_i7_the_search_finds_the_resident_in_the_store(world: World):
    """Otherwise the test above would prove nothing. The store holds the person under a key that is a hash."""
    resident = Resident(world, 1)
    resident.sign_up()
    assert found(str([data for _, data in world.observer.records(Submission).all()]), resident.email)


def _said(answer) -> str:
    """Headers and body of an answer of our functions."""
    answer.read()
    ours = "/functions/" in str(answer.request.url)
    return f"{answer.headers} {answer.text}" if ours else ""
