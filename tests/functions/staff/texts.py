"""Every text of the staff pages, as Babel finds it in templates and code; and the English of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from functions.staff.language import ENGLISH
from shared import retention
from shared.domain import dead_letter_texts as texts
from shared.domain.accepted import Country
from shared.domain.cause_titles import TITLES, title_of
from shared.domain.dead_letter_texts import Advice
from shared.econobis.form_fields import LABELS, labels_in
from shared.econobis.form_inputs import choices_of
from shared.staff import trouble_filters
from shared.work.kinds import KINDS
from tests.tree import ROOT

STAFF = ROOT / "functions/staff"
Text = str | tuple[str, str]
"""A text, or the pair of its singular and its plural."""


def used() -> dict[Text, str]:
    """Each text that may be shown, and a file in which it stands."""
    found: dict[Text, str] = dict.fromkeys(of_dead_letters(), "shared/domain")
    found |= dict.fromkeys(of_retention(), "shared/retention.json")
    found |= dict.fromkeys(of_refusals(), "a BadInput")
    found |= dict.fromkeys(of_forms(), "shared/econobis")
    for path in (*(ROOT / "functions").rglob("*.py"), *(ROOT / "shared").rglob("*.py")):
        found |= dict.fromkeys(words_in(path), str(path.relative_to(ROOT)))
    of_pages = ("functions/staff", "functions/sign_up", "functions/coach")
    for path in sorted(path for folder in of_pages for path in (ROOT / folder).rglob("*")):
        if path.suffix in {".py", ".html", ".svg"}:
            found |= dict.fromkeys(texts_in(path), str(path.relative_to(ROOT)))
    return found


def texts_in(path: Path) -> Iterator[Text]:
    """In a template also those of `_()` in an expression."""
    method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if path.suffix == ".py" else {"trimmed": "", "trim_blocks": "true", "lstrip_blocks": "true"}
    for _line, message, _comments, _context in extract_from_file(method, path, options=options):
        match message:
            case str():
                yield message
            case (str(one), str(many), *_):
                yield one, many
            case (str(one), *_):
                yield one


def of_dead_letters() -> Iterator[str]:
    """Before the peer and the reason are filled in, as pages translate them. Names of products stay as they are."""
    kinds = [advice for advice in vars(texts).values() if isinstance(advice, Advice)]
    for rule in texts.RULES.values():
        yield from (text for text in (rule.why, rule.advice) if text != "{reason}")
    for advice in (*kinds, *texts.EVENTS.values()):
        yield from advice.texts.values()
        if advice.peer[0].islower():
            yield advice.peer
    yield from texts.ERRORS.values()
    yield texts.OTHER_VERSION
    yield from TITLES.values()
    yield title_of("of another version")


def of_retention() -> Iterator[str]:
    """What an export says of each collection in which something of a person is kept."""
    for collection in (*(kind.collection for kind in KINDS if kind.erased_by), "confirmations", "audit", "erasures"):
        yield from (retention.row(collection)[text] for text in ("what", "why"))


def of_forms() -> Iterator[str]:
    """What stands at the fields of our sign-up page."""
    for field in LABELS:
        yield from (labels_in(country)[field] for country in get_args(Country))
        yield from choices_of(field).values()


def words_in(path: Path) -> Iterator[str]:
    """The shapes of all `Words`, which are translated with values in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Words":
            assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno} is no text that a catalog can have"
            yield node.args[0].value


def of_refusals() -> Iterator[str]:
    """The details of every BadInput that a staff page raises; those with a value in them are `Words`."""
    yield from trouble_filters._NO_FILTER.values()
    for path in (
        ROOT / "functions/_body.py",
        ROOT / "functions/_query.py",
        *STAFF.rglob("*.py"),
        *(ROOT / "shared/staff").rglob("*.py"),
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "BadInput":
                yield from _details(node.args[0])


def _details(problems: ast.expr) -> Iterator[str]:
    """Of `{"body": ["…"]}`. A text with a name of its own is listed in `of_refusals`."""
    for node in ast.walk(problems):
        for text in node.elts if isinstance(node, ast.List) else ():
            match text:
                case ast.Constant(value=str(said)):
                    yield said
                case _:
                    assert ast.unparse(text) == "_NO_FILTER[name]" or ast.unparse(text).startswith("Words("), text


def catalogs() -> dict[str, Catalog]:
    """The files of `english/` by their name."""
    return {path.name: _read(path) for path in sorted(ENGLISH.glob("*.po"))}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def messages(catalog: Catalog) -> Iterator[Message]:
    """Without the header."""
    return (message for message in catalog if message.id)


def text_of(message: Message) -> Text:
    """As `used` has it."""
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
