"""Every kind of work has a whole row in `work/kinds.py`."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import pytest

from main import FUNCTIONS
from shared.domain.link import Link
from shared.domain.work import Work
from shared.retention import DEAD_LETTERS
from shared.work import kinds
from shared.work.kinds import KEY, KINDS, Kind, check_kinds, collections_of, kind_in, kind_of

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.collection)


@every_kind
def test_a_flow_can_be_loaded_and_gets_the_services_the_key_and_the_record(kind: Kind[Any]) -> None:
    assert list(inspect.signature(kind.load_flow()).parameters) == ["services", "key", "stored"]


@every_kind
def test_tasks_go_to_a_function_that_is_deployed(kind: Kind[Any]) -> None:
    assert kind.function.replace("-", "_") in FUNCTIONS


@every_kind
def test_a_record_is_kept_longer_than_its_dead_letter(kind: Kind[Any]) -> None:
    """Except a mail: after 30 days nobody wants to read it any more."""
    assert kind.kept > DEAD_LETTERS or kind.collection == "mails"


@every_kind
def test_advice_names_the_peer_that_is_called(kind: Kind[Any]) -> None:
    assert kind.advice.peer in {"Econobis", "Hoomdossier", "de mailserver"}


@every_kind
def test_erasure_searches_fields_that_exist(kind: Kind[Any]) -> None:
    assert kind.erased_by
    assert set(kind.erased_by) <= {KEY, *kind.model.model_fields}


def test_every_model_of_work_has_one_row_and_one_collection() -> None:
    models = {model for model in Work.__subclasses__() if model.__module__.startswith("shared.")}
    assert sorted(models, key=str) == sorted((kind.model for kind in KINDS), key=str)
    assert len({kind.collection for kind in KINDS}) == len(KINDS)


def test_a_row_is_found_by_its_model_and_by_its_collection() -> None:
    for kind in KINDS:
        assert kind_of(kind.model) is kind_in(kind.collection) is kind
    with pytest.raises(KeyError):
        kind_of(Work)
    with pytest.raises(KeyError):
        kind_in("peers")


def test_each_function_runs_the_tasks_of_its_own_collections() -> None:
    assert collections_of("send-email") == {"mails"}
    assert collections_of("run-task") == {kind.collection for kind in KINDS} - {"mails"}
    assert collections_of("sweep") == set()


def test_a_row_without_a_flow_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    check_kinds()
    broken = replace(kind_of(Link), flow="no_such_file.run")
    monkeypatch.setattr(kinds, "KINDS", [*KINDS, broken])  # The table has no such row.
    with pytest.raises(ImportError, match=r"links: there is no flow no_such_file\.run"):
        check_kinds()
