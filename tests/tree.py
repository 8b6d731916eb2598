"""The modules of this project and what each imports, for the tests of its structure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Every module by its full name. A package stands in it under the name of its folder.
MODULES = {
    _name(file): file
    for file in [
        ROOT / "main.py",
        *(
            file
            for folder in ("functions", "shared", "infra", "tests")
            for file in sorted((ROOT / folder).rglob("*.py"))
        ),
    ]
}
# What is deployed.
PRODUCT = sorted(name for name in MODULES if name.split(".")[0] in {"main", "functions", "shared"})


@cache
def syntax(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def within(module: str, *places: str) -> bool:
    """Whether `module` is one of these modules, or stands in one of these folders."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def imports(module: str, *, for_types: bool = True) -> set[str]:
    """The modules that a module imports, by full name, also inside its functions.

    `for_types=False`: without those under `if TYPE_CHECKING`, which do nothing at run time.
    """
    return set(imports_of(syntax(module), for_types=for_types))


def imports_of(tree: ast.Module, *, for_types: bool = True) -> Iterator[str]:
    skipped = set() if for_types else {id(node) for part in tree.body if _is_for_types(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if name in MODULES else str(node.module) for name in names)


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def calls_of(tree: ast.Module) -> Iterator[tuple[ast.Call, set[str]]]:
    """Each call, with the names that stand before its brackets: `queue.Queue.from_url(url)` has three.

    A name that was imported `as` another one is given as it was imported.
    """
    aliases = {
        name.asname: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in node.names
        if name.asname
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            names = {node.id for node in ast.walk(call.func) if isinstance(node, ast.Name)}
            names |= {node.attr for node in ast.walk(call.func) if isinstance(node, ast.Attribute)}
            yield call, {aliases.get(name, name) for name in names}
