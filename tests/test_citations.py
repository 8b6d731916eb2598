"""Code, tests and documents refer only to sections and rows of `docs/peers/`, files, links and folders that exist. Each
recording names the peer's code with which it was made.

Forms of a citation: `docs/peers/econobis.md 4.2`, `econobis.md 4.2, 4.8-4.10 and 5.1`, `known-limits D6`,
`known-limits E1-E3`, `known-limits C and D` (whole parts), in brackets a code alone or a list of codes, and under
`econobis/` and `hoomdossier/` also a section alone in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from main import FUNCTIONS
from tests.fixtures import files, read
from tests.tree import MODULES, ROOT, imports, within

PEERS = ROOT / "docs/peers"
LETTERS = ROOT / "docs/letters"  # To the makers of both.
LIMITS = "known-limits"
CITING = (
    "main.py", "README.md", "CONTRIBUTING.md", "CHANGELOG.md",
    "functions", "shared", "infra", "tests", "benchmarks", "docs",
)  # fmt: skip

Citation = tuple[str, str]  # The page's name, and the section or code on it: ("econobis", "4.2").

_CODE, _SECTION = r"[A-G][0-9]{1,2}\b", r"[1-9](?:\.[0-9]{1,2})?(?![0-9])"
_BETWEEN = r"(?:\s*[-–]\s*|,\s+|\s+and\s+)"
_NAMED = re.compile(
    rf"\b(econobis|hoomdossier|[Kk]nown-limits)(?:(?<=limits)(?:\.md)?|\.md)`?:?\s+"
    rf"((?:{_CODE}|[A-G]\b|{_SECTION})(?:{_BETWEEN}(?:{_CODE}|[A-G]\b|{_SECTION}))*)"
)
_CODES_ALONE = re.compile(rf"(?<![\w\])])\((K )?({_CODE}(?:{_BETWEEN}{_CODE})*)(?=[),;])")
_SECTION_ALONE = re.compile(r"(?<![\w\])])\(([1-9]\.[0-9]{1,2})\)")
_RANGE = re.compile(r"([A-G]|[1-9]\.)?([0-9]{1,2})\s*[-–]\s*(?:[A-G]|[1-9]\.)?([0-9]{1,2})")
_PATH = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*)(econobis|hoomdossier|known-limits)\.md\b")
_NAMES_CODE = re.compile(r"(Econobis|Hoomdossier) app/").match
_LINE_END = re.compile(r"\s*\n\s*(?:#+ )?")  # A citation may go on in the next line, also of a comment.


def citations(text: str, page: str | None = None) -> Iterator[Citation]:
    """All citations in a text. `page` is the page of a section that stands alone in brackets."""
    text = _LINE_END.sub(" ", text)
    for name, items in _NAMED.findall(text):
        for item in _each(items):
            yield (LIMITS if item[0].isalpha() else name.lower()), item
    for of_limits, items in _CODES_ALONE.findall(text):
        # Without K, an F is a fault of tests/faults/README.md.
        yield from ((LIMITS, item) for item in _each(items) if of_limits or not item.startswith("F"))
    if page:
        yield from ((page, section) for section in _SECTION_ALONE.findall(text))


def _each(items: str) -> Iterator[str]:
    """`E1-E3, E9` is E1, E2, E3 and E9; `4.8-4.10` is 4.8, 4.9 and 4.10; `1-3` is 1, 2 and 3."""
    for item in re.split(r",\s+|\s+and\s+", items):
        if found := _RANGE.fullmatch(item):
            start = found[1] or ""
            yield from (f"{start}{number}" for number in range(int(found[2]), int(found[3]) + 1))
        else:
            yield item


@cache
def entries() -> frozenset[Citation]:
    """All that can be cited: headings with a number or a letter, and table rows that begin with a code."""
    patterns = (r"^## ([1-9A-G])\. ", r"^### ([1-9]\.[0-9]{1,2}) ", r"^\| ([A-G][0-9]{1,2}) \|")
    return frozenset(
        (path.stem, entry)
        for path in PEERS.glob("*.md")
        for pattern in patterns
        for entry in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    )


def citing_files() -> list[Path]:
    under = [ROOT / name for name in CITING]
    found = [file for path in under for file in ([path] if path.is_file() else path.rglob("*"))]
    return sorted(file for file in found if file.suffix in {".py", ".md", ".yaml"} and file != Path(__file__))


def page_of(file: Path) -> str | None:
    """The page of the peer whose folder or module this is."""
    parts = {*file.relative_to(ROOT).parts[:-1], file.stem}
    pages = parts & {"econobis", "hoomdossier"}
    return pages.pop() if len(pages) == 1 else None


def test_each_cited_section_and_code_exists() -> None:
    cited = {file: set(citations(file.read_text(encoding="utf-8"), page_of(file))) for file in citing_files()}
    missing = {str(file.relative_to(ROOT)): found - entries() for file, found in cited.items() if found - entries()}
    assert missing == {}
    # Without citations the test would prove nothing.
    assert len(set().union(*cited.values())) > 90


def test_each_path_to_a_page_exists() -> None:
    """A path starts at the project's root; a link in a document may start at the document."""
    wrong = [
        f"{file.relative_to(ROOT)}: {folder}{name}.md"
        for file in citing_files()
        for folder, name in _PATH.findall(file.read_text(encoding="utf-8"))
        if folder and not {PEERS, LETTERS} & {ROOT / folder, (file.parent / folder).resolve()}
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", ["webform", "hoomdossier_controllers", "wire"])
def test_each_recording_names_the_code_that_was_run(folder: str) -> None:
    no_calls = {"reference_ids", "fixture"}
    recordings = {path.stem: read(path) for path in files(f"vectors/{folder}/*.json") if path.stem not in no_calls}
    nameless = [name for name, it in recordings.items() if it["name"] != name or not _NAMES_CODE(it["source_file"])]
    assert nameless == []
    assert all(re.fullmatch("[0-9a-f]{40}", it["source_commit"]) for it in recordings.values())


def test_no_code_is_used_twice() -> None:
    codes = re.findall(r"^\| ([A-G][0-9]+) \|", (PEERS / f"{LIMITS}.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("text", "page", "cited"),
    [
        ("refused (known-limits D6).", None, [(LIMITS, "D6")]),
        ("Known-limits A1: the account is there", None, [(LIMITS, "A1")]),
        ("`known-limits.md` A7, A8", None, [(LIMITS, "A7"), (LIMITS, "A8")]),
        ("docs/peers/known-limits.md E22", None, [(LIMITS, "E22")]),
        ("(known-limits E1-E3)", None, [(LIMITS, "E1"), (LIMITS, "E2"), (LIMITS, "E3")]),
        ("known-limits C and D say why", None, [(LIMITS, "C"), (LIMITS, "D")]),
        ("a success (B2)", None, [(LIMITS, "B2")]),
        ("(K A4–A6), or (K D4, D10)", None, [(LIMITS, it) for it in ("A4", "A5", "A6", "D4", "D10")]),
        ("(E15, econobis.md 4.2)", None, [("econobis", "4.2"), (LIMITS, "E15")]),
        ("(econobis.md 4.9, E15)", None, [("econobis", "4.9"), (LIMITS, "E15")]),
        ("`docs/peers/econobis.md` 4.2, 4.8-4.10 and 5.1 (in", None, [("econobis", it) for it in ("4.2", "4.8", "4.9", "4.10", "5.1")]),
        ("`docs/peers/hoomdossier.md` 1-3. Pages", None, [("hoomdossier", it) for it in "123"]),
        ("known-limits\n    # D3), so", None, [(LIMITS, "D3")]),
        ("no such status (4.9).", "econobis", [("econobis", "4.9")]),
        ("killed at any moment (F1); no secret in logs (K F1, E19)", None, [(LIMITS, "F1"), (LIMITS, "E19")]),
        ("`hex(A1)`, sleep(1.5), `econobis.md` in a few modules, A4 paper, (4.9)", None, []),
    ],
)  # fmt: skip
def test_citations_are_found_in_a_text(text: str, page: str | None, cited: list[Citation]) -> None:
    assert list(citations(text, page)) == cited


@pytest.mark.parametrize(
    "text", ["known-limits D99", "(B29)", "econobis.md 4.11", "econobis.md 6", "hoomdossier.md 9.1"]
)
def test_an_unknown_code_or_section_is_found(text: str) -> None:
    assert set(citations(text)) - entries()


def test_each_link_in_a_document_leads_to_a_file() -> None:
    links = {
        file: re.findall(r"\]\((?!\w+:)([^)#\s]+)", file.read_text(encoding="utf-8"))
        for file in citing_files()
        if file.suffix == ".md"
    }
    lost = [
        f"{file.relative_to(ROOT)}: {link}"
        for file, found in links.items()
        for link in found
        if not (file.parent / link).exists()
    ]
    assert lost == []


# -- files and folders -------------------------------------------------------------------------------------------------

_IN_BACKTICKS = re.compile(r"`([\w.*/-]+)(?:::\w+)?`")
_OF_OURS = re.compile(r"(?:\.ci|benchmarks|docs|functions|infra|shared|tests)/|.*\.(?:py|md)$").match


def paths_that_lead_nowhere(text: str, file: Path) -> list[str]:
    """A path in backticks is written from the project's root, from `shared/`, or from one of two folders above it."""
    near = [folder for folder in file.parents[:2] if folder.is_relative_to(ROOT)]
    if file.suffix == ".md":
        text = re.sub("^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    named = {path for path in _IN_BACKTICKS.findall(text) if _OF_OURS(path)}
    return sorted(path for path in named if not any(_is_in(folder, path) for folder in (ROOT, ROOT / "shared", *near)))


def _is_in(folder: Path, path: str) -> bool:
    return any(True for _ in folder.glob(path.rstrip("/")))


def test_each_path_in_backticks_is_a_file_or_folder() -> None:
    found = {file: paths_that_lead_nowhere(file.read_text(encoding="utf-8"), file) for file in citing_files()}
    assert {str(file.relative_to(ROOT)): paths for file, paths in found.items() if paths} == {}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("`shared/domain/nobody.py` and `tests/nowhere/`", ["shared/domain/nobody.py", "tests/nowhere/"]),
        ("`domain/peer.py`, `tests/world/test_*.py`", ["domain/peer.py", "tests/world/test_*.py"]),
        ("`tests/domain/test_*.py::test_a_thing`, `work/once.py`, `docs/`, `README.md`, `functions/<name>.py`", []),
        ("`/econobis/{cooperation}/`, `app/Rules/*.php`, `relays/zonnig-dorp:333`, shared/nothing.py", []),
    ],
)
def test_a_path_that_leads_nowhere_is_found(text: str, lost: list[str]) -> None:
    assert paths_that_lead_nowhere(text, ROOT / "README.md") == lost


def test_contributing_lists_every_folder_in_the_order_of_the_imports() -> None:
    listed = re.findall(r"^  (\w+)/ ", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    shared = listed[: listed.index("operate")]
    assert set(shared) == {path.parent.name for path in (ROOT / "shared").glob("*/__init__.py")}
    folders = {path.name for path in (ROOT / "infra").iterdir() if any(path.glob("*.[pty]*"))}
    assert set(listed) - set(shared) == folders - {"__pycache__"}
    for number, folder in enumerate(shared):
        above = [f"shared.{name}" for name in shared[:number]]
        for module in (name for name in MODULES if within(name, f"shared.{folder}")):
            assert [name for name in imports(module) if within(name, *above)] == [], module


def test_the_readme_has_a_row_for_each_function() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {row for row in rows if not row.isupper()} == FUNCTIONS


def test_each_test_that_the_readme_of_the_flows_names_exists() -> None:
    """`f1_…` stands for every test that begins so, and `…_by_hand` for every test that ends so."""
    tests = {
        name
        for file in MODULES.values()
        for name in re.findall(r"^def test_(\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    named = re.findall(r"`(\w*[_…][\w…]*)(?:\[\w+\])?`", (ROOT / "tests/flows/README.md").read_text("utf-8"))
    patterns = {name: re.compile(name.replace("…", ".*")) for name in named if name != "test_…"}
    assert [name for name, pattern in patterns.items() if not any(map(pattern.fullmatch, tests))] == []
    assert len(patterns) > 20
