"""Every text of the staff pages has its English, and nothing Dutch is left on an English page.

Dutch that stays (what peers say, what a resident reads, the words of a screen) is marked `lang="nl"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import Environment, nodes

from functions.staff import routes
from functions.staff.render import FOLDER
from shared import wiring
from tests.functions.examples import registration, sign_up
from tests.functions.staff.dutch_left import SPOKEN, dutch_in
from tests.functions.staff.texts import Text, catalogs, messages, text_of, used
from tests.world.functions_over_http import Machine, running
from tests.world.trouble import some_of_each

CATALOGS = catalogs()
TEMPLATES = sorted(FOLDER.glob("*.html"))
NAMES = frozenset({"dossierlink", "contact", "English", "Nederlands", "m²"})
"""What is the same in both languages, or stands there in its own."""
COMPARED = frozenset({"de mailserver"})
"""What a template compares a value with, and does not show."""


def english() -> Iterator[tuple[str, Message]]:
    return ((file, message) for file, catalog in CATALOGS.items() for message in messages(catalog))


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def placeholders(text: str) -> set[str]:
    """`%(count)s` of templates, and `{peer}` of texts in code."""
    return set(re.findall(r"%\([a-z_]+\)[a-z]|\{[a-z_]+\}", text))


# -- the catalogs ------------------------------------------------------------------------------------------------------


def test_every_text_has_its_english() -> None:
    known = {text_of(message) for _, message in english() if all(strings(message))}
    missing = {text: file for text, file in used().items() if text not in known}
    assert missing == {}


def test_no_english_is_left_of_texts_that_are_gone() -> None:
    texts = used()
    assert [(file, text_of(message)) for file, message in english() if text_of(message) not in texts] == []


def test_a_text_has_one_english() -> None:
    """It may stand in several files, because each area has its own."""
    found: dict[Text, set[tuple[str, ...]]] = {}
    for _, message in english():
        found.setdefault(text_of(message), set()).add(strings(message))
    assert {text: several for text, several in found.items() if len(several) > 1} == {}


def test_a_singular_has_one_plural() -> None:
    """A catalog finds a text by its singular, so a second plural would never be shown in English."""
    plurals: dict[str, set[str]] = {}
    for one, many in (text for text in used() if not isinstance(text, str)):
        plurals.setdefault(one, set()).add(many)
    assert {one: several for one, several in plurals.items() if len(several) > 1} == {}


def test_the_english_has_the_same_placeholders() -> None:
    for file, message in english():
        texts = (message.id,) if isinstance(message.id, str) else message.id
        for text, string in zip(texts, strings(message), strict=True):
            assert placeholders(string) == placeholders(text), (file, text)


def test_the_english_is_english() -> None:
    """What it quotes may be Dutch: the words of a peer's screen."""
    for file, message in english():
        for string in strings(message):
            assert dutch_in(re.sub("“[^”]*”", "", string)) == [], (file, message.id)


def test_english_and_dutch_begin_and_end_alike() -> None:
    """A full stop, a colon or a space that only one of them has shows on the page."""
    for file, message in english():
        texts = (message.id,) if isinstance(message.id, str) else message.id
        for text, string in zip(texts, strings(message), strict=True):
            ends = [found[0] if (found := re.search(r"[.:?!…]?\s*$", it)) else "" for it in (text, string)]
            assert ends[0] == ends[1], (file, text)


# -- templates: text that is no text of the catalogs ---------------------------------------------------------------------


class _Literal(HTMLParser):
    """`found`: the words in a template that stand outside of an element with `lang`, and are shown or spoken."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(template)

    @property
    def _is_marked(self) -> bool:
        return any(marked for _, marked in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "lang" not in given or tag == "html":
            self.found += [given[name] or "" for name in SPOKEN if name in given and not self._is_marked]
        if tag not in {"br", "img", "input", "link", "meta", "hr"}:
            self._open.append((tag, "lang" in given and tag != "html"))

    def handle_endtag(self, tag: str) -> None:
        # A template may close what another branch of it opened, so take off only what is open.
        if any(tag == name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._is_marked and not (self._open and self._open[-1][0] in {"script", "style", "code"}):
            self.found.append(data)


def without_jinja(template: str) -> str:
    """The HTML that the template itself writes: no comments, no translated texts, no expressions."""
    template = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    template = re.sub(r"\{%-?\s*trans\b.*?%\}.*?\{%-?\s*endtrans\s*-?%\}", "", template, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", template, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_writes_no_words_that_are_not_translated(path: Path) -> None:
    texts = _Literal(without_jinja(path.read_text(encoding="utf-8"))).found
    words = {word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text)}
    assert words - NAMES - {"quot", "amp", "nbsp"} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_an_expression_of_a_template_shows_no_sentence_that_is_not_translated(path: Path) -> None:
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text(encoding="utf-8"))
    sentences = [text for text in _constants(tree) if re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}", text)]
    assert [text for text in sentences if text not in COMPARED] == []


def _constants(node: nodes.Node) -> Iterator[str]:
    """Texts in expressions, but for those of `_()` and `ngettext()`, and what becomes part of a tag."""
    if (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in {"_", "gettext", "ngettext"}
    ):
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and "<" not in node.value:
        yield node.value
    for child in node.iter_child_nodes():
        yield from _constants(child)


def test_the_check_of_templates_sees_dutch() -> None:
    for template in ("<p>Nu nodig</p>", '<p title="Nu nodig">{{ x }}</p>', "{% if a %}<b>Nu nodig{% endif %}"):
        assert "nodig" in " ".join(_Literal(without_jinja(template)).found)
    for template in ('<p lang="nl">Nu nodig</p>', "<p>{% trans %}Nu nodig{% endtrans %}</p>", "{# Nu nodig #}"):
        assert "nodig" not in " ".join(_Literal(without_jinja(template)).found)
    sentence = Environment(extensions=["jinja2.ext.i18n"]).parse('{{ "Nu nodig" }}{{ _("Wel goed") }}')
    assert "Nu nodig" in set(_constants(sentence))
    assert "Wel goed" not in set(_constants(sentence))


# -- pages ---------------------------------------------------------------------------------------------------------------

PAGES = [row for row in routes._TABLE if row[0] == "GET" and row[3] not in routes.PUBLIC]


@pytest.fixture(scope="module")
def busy_link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """With residents who wait, a sign-up, and work of every kind that is stuck."""
    with running(tmp_path_factory.mktemp("link")) as link:
        assert link.sign_up(json=sign_up(tussenvoegsel="")).status_code == 202
        for number, name in enumerate(("Visser", "Bakker"), 2481):
            dossier = registration(number, first_name="Anna", last_name=name)
            assert link.econobis("create-dossier", dossier).status_code == 201
        some_of_each(wiring.services(), "zonnig-dorp")
        yield link


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row[1])
def test_no_dutch_is_left_on_an_english_page(busy_link: Machine, row: tuple[str, str, object, str]) -> None:
    (key,) = busy_link.documents("submissions")
    values = {
        "cooperation": "zonnig-dorp", "contact_id": "2481", "campaign_id": "1", "key": key.partition("/")[2],
        "form": "aanmelden",
    }  # fmt: skip
    path = re.sub(r"<(?:int:)?(\w+)>", lambda found: values[found[1]], row[1])
    asked = {"headers": {"Cookie": "dossierlink_as=coordinator@zonnig-dorp.example"}, "follow_redirects": True}
    answer = busy_link.get("show-staff", f"{path}?lang=en", **asked)
    assert '<html lang="en">' in answer.text
    assert dutch_in(answer.text) == []
