"""The readable file of an export has the words of the staff pages for every field and every code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from functions.staff.export_file import MARKS, as_html, readable
from functions.staff.language import Language
from functions.staff.render import _environment
from shared.domain.cause_titles import TITLES, title_of
from shared.domain.confirmation import Confirmation
from shared.domain.erasure import Erasure
from shared.domain.ids import ContactId
from shared.domain.journey import WaitsFor
from shared.domain.keys import of_building
from shared.domain.relay import EventKind
from shared.staff.export import export
from shared.work.audit import Action, AuditLine, write_down
from shared.work.kinds import KINDS
from tests.staff.all_kept import STAFF, digest_about, exported, person_in
from tests.world.residents import COOPERATION, Resident
from tests.world.world import World

SAME = frozenset({"coach"})
"""What is the same word in Dutch."""


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Also those of what stands in it."""
    for name, field in model.model_fields.items():
        yield name, field.annotation
        for inner in _types(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _fields(inner)


MODELS = (*(kind.model for kind in KINDS if kind.erased_by), AuditLine, Erasure, Confirmation)
FIELDS = {name: annotation for model in MODELS for name, annotation in _fields(model)}
CODES = {
    (name, code)
    for model in MODELS
    for name, annotation in _fields(model)
    for inner in _types(annotation)
    if get_origin(inner) is Literal and name != "items"
    for code in get_args(inner)
}
CODES |= {("action", code) for code in get_args(Action)} | {("waits_for", code) for code in get_args(WaitsFor)}
CODES |= {("code", code) for code in TITLES} | {("cause", code) for code in TITLES}


class _Texts(HTMLParser):
    """`found`: the texts of the file, but for what Hoomdossier sent, under its own names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._theirs = self._unseen = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag == "style"
        self._theirs += tag == "dl" and (self._theirs > 0 or ("class", "theirs") in attrs)

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag == "style"
        self._theirs -= tag == "dl" and self._theirs > 0

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._theirs and not self._unseen:
            self.found.append(data.strip())


def words(language: Language) -> Any:
    """The macros of the template."""
    template = _environment(language).get_template("export_words.html")
    facts = {"titles": TITLES, "title_of": title_of, "form_labels": {}, "settings": None}
    return template.make_module({**facts, "language": language})


@pytest.fixture(scope="module")
def nl() -> Any:
    return words("nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_code_is_left_in_the_file_about_a_person(world: World, language: Language):
    other = Resident(world, 3)
    other.sign_up()
    world.settle()
    person = person_in(world)
    digest_about(world, other.contact_id, person.contact_id)
    write_down(world.observer, "close", f"relays/{of_building(COOPERATION, person.building_id)}/plan",
               cooperation=COOPERATION, by="iemand")  # fmt: skip
    settings = world.observer.cooperations[COOPERATION]
    found = _Texts(as_html(exported(world, person), settings, language)).found
    coach = export(world.observer, COOPERATION, ContactId(21), STAFF)
    assert coach
    found += _Texts(as_html(coach, settings, language)).found
    assert {"Woonplan" if language == "nl" else "Home plan", "Merkachternaam", "Meer Energie"} <= set(found)

    shown = {text for text in found if not text.startswith(("In gegevens.json", "The file gegevens.json"))}
    assert [text for text in shown if re.search(r"\b[a-z0-9]+_[a-z_]+\b|\b[0-9a-f]{16,}\b|[0-9]T[0-9]|\|", text)] == []
    assert shown & set(TITLES) == set()
    if language == "nl":  # Some codes are English words.
        assert shown & ({*FIELDS, *(code for _, code in CODES)} - SAME) == set()
    else:
        assert shown & {"Aanmelding", "Stand", "wacht", "loopt vast", "ja", "nee"} == set()


def test_a_message_that_waits_stands_in_the_words_of_hoomdossier_and_what_is_about_it_in_ours(world: World):
    person = person_in(world)
    page = as_html(exported(world, person), world.observer.cooperations[COOPERATION], "nl")
    assert "merkcoachwoord" in page
    assert "user_action_plan_advice_comments" in page
    found = _Texts(page).found
    assert {"merkcoachwoord", "user_action_plan_advice_comments"} & set(found) == set()
    assert found.count("Loopt vast") == 5, "each kind that Econobis refused, the plan too"
    assert "Woning, met de berichten uit Hoomdossier" in found


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_each_field_has_its_words_or_tells_a_reader_nothing(nl: Any, field: str):
    assert (field in nl.labels) + (field in nl.work_labels) + (field in MARKS) == 1


@pytest.mark.parametrize(("field", "code"), sorted(CODES - {("roles", "coach")}))
def test_each_code_has_its_words(nl: Any, field: str, code: str):
    said = str(nl.word(field, code)).strip()
    assert said
    assert said != code


@pytest.mark.parametrize("kind", get_args(EventKind))
def test_each_kind_of_event_has_its_words(nl: Any, kind: str):
    assert str(nl.name_of(kind, "items")).strip() not in {"", kind, kind.capitalize()}


@pytest.mark.parametrize("field", ["state", "kind", "waits_for", "action", "system", "about"])
def test_a_code_of_another_version_stands_as_it_is(nl: Any, field: str):
    assert str(nl.word(field, "x:new")).strip() in {"x:new", "contact new"}


@pytest.mark.parametrize("typed", ["2026-99-99 10:00:00", "0001-01-01 00:00:00", "2026-99-99T00:00:00.000000Z"])
def test_what_looks_like_a_moment_and_is_none_stays_a_text(typed: str):
    assert readable({"others": {"remark": typed}}) == {"others": {"remark": typed}}


def test_a_field_of_another_version_is_shown_under_its_own_name(nl: Any):
    assert str(nl.name_of("new_field", "")).strip() == "new_field"
