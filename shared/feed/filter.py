"""Reads OData's `$filter` into a check of one row, and the bounds that it sets to `changed_at` for the store.

`filter_tree.py` parses; here the types are checked, column by column, against those that the key may read. What a
filter can say: `eq ne gt ge lt le in`, `and or not`, parentheses, columns and literals. Texts are compared by code
point.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from odata_query import ast

from shared.feed.filter_tree import missing, sides_of, tree_of, wrong
from shared.feed.literals import Literal, WrongLiteral, day, moment, number
from shared.feed.sets import Column, Row, Value

_COMPARE: dict[type[Any], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_MIRRORED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Eq: ast.Eq}
_FROM, _UNTIL = (ast.Gt, ast.GtE, ast.Eq), (ast.Lt, ast.LtE, ast.Eq)
_OF_ROW = (ast.Identifier, ast.BoolOp, ast.UnaryOp, ast.Compare)

_Read = Callable[[Row], Value]


@dataclass(frozen=True)
class Filter:
    """`matches` tells whether a row is asked for. Rows before `since` or after `until` never match (None: no bound).

    The bounds are of `changed_at`, in the form of a row, and a row on the bound may match.
    """

    matches: Callable[[Row], bool]
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class _Part:
    """A part of the filter: its type (`null` for the literal) and how to read it from a row."""

    kind: str
    read: _Read


def read_filter(text: str, columns: Iterable[Column]) -> Filter:
    """Raises BadInput: 400 for what is wrong, with the place, and 501 for what OData has and this feed has not."""
    tree = tree_of(text)
    checker = _Checker({column.name: column for column in columns})
    whole = checker.truth(tree)
    sinces, untils = _bounds(tree) if "changed_at" in checker.columns else ([], [])
    return Filter(lambda row: whole(row) is True, max(sinces, default=None), min(untils, default=None))


# -- from tree to check ------------------------------------------------------------------------------------------------


class _Checker:
    """Turns the tree into functions of a row, and refuses what does not fit the types of `columns`.

    Three values as OData has them: what is not known (None) is neither true nor false, and `and`, `or` and `not` keep
    it so where the other side does not decide.
    """

    def __init__(self, columns: dict[str, Column]) -> None:
        self.columns = columns

    def truth(self, node: Any) -> _Read:
        part = self.part(node)
        if part.kind not in {"yes_no", "null"}:
            raise wrong("Waar een vergelijking hoort, staat iets anders.")
        return part.read

    def part(self, node: Any) -> _Part:
        match node:
            case ast.Identifier():
                return self._column(node)
            case ast.BoolOp(op):
                sides = [self.truth(side) for side in sides_of(node, type(op))]
                return _Part("yes_no", _joined(sides, decisive=isinstance(op, ast.Or)))
            case ast.UnaryOp(ast.Not(), operand):
                inner = self.truth(operand)
                return _Part("yes_no", lambda row: None if (value := inner(row)) is None else not value)
            case ast.Compare(ast.In(), left, ast.List(items)):
                return self._one_of(left, items)
            case ast.Compare(op, left, right):
                return self._compared(type(op), self.part(left), self.part(right))
            case ast.Call() | ast.NamedParam():
                raise missing("Functies")
            case ast.List():
                raise wrong("Een lijst hoort alleen achter in.")
        found = _literal(node)
        return _Part(found.kind, lambda _row: found.value)

    def _column(self, node: ast.Identifier) -> _Part:
        asked = ".".join([*node.namespace, node.name])
        column = self.columns.get(asked)
        if column is None:
            raise wrong(f"De kolom {asked[:50]} bestaat niet.")
        name = column.name
        return _Part("number" if column.kind == "whole" else column.kind, lambda row: row[name])

    def _one_of(self, left: Any, items: Sequence[Any]) -> _Part:
        """Literals are looked up in a set: a list may have thousands, and each row is held against it."""
        asked = self.part(left)
        of_row, literals = list[_Read](), set[Value]()
        for item in items:
            found = self.part(item)
            equal = self._compared(ast.Eq, asked, found).read  # Refuses one of another type.
            if isinstance(item, _OF_ROW):
                of_row.append(equal)
            else:
                literals.add(found.read({}))
        return _Part("yes_no", lambda row: asked.read(row) in literals or any(it(row) for it in of_row))

    def _compared(self, op: type[Any], left: _Part, right: _Part) -> _Part:
        if "null" not in {left.kind, right.kind} and left.kind != right.kind:
            raise wrong(f"{_TYPES[left.kind]} is niet te vergelijken met {_TYPES[right.kind]}.")
        compare, one, other = _COMPARE[op], left.read, right.read
        if op in {ast.Eq, ast.NotEq}:
            return _Part("yes_no", lambda row: compare(one(row), other(row)))

        def ordered(row: Row) -> bool:
            a, b = one(row), other(row)
            return a is not None and b is not None and compare(a, b)

        return _Part("yes_no", ordered)


_TYPES = {
    "text": "Tekst ('…')",
    "number": "Een getal",
    "yes_no": "true of false",
    "day": "Een datum (2026-11-23)",
    "moment": "Een moment (2026-11-23T05:00:00Z)",
}


def _joined(sides: Sequence[_Read], *, decisive: bool) -> _Read:
    """`and`, which the first False decides, and `or`, which the first True decides. Null leaves it unknown."""

    def read(row: Row) -> bool | None:
        known: bool | None = not decisive
        for side in sides:
            value = side(row)
            if value is decisive:
                return decisive
            known = None if value is None else known
        return known

    return read


def _literal(node: Any) -> Literal:
    try:
        match node:
            case ast.Null():
                return Literal("null", None)
            case ast.String(text):
                return Literal("text", text)
            case ast.Boolean(text):
                return Literal("yes_no", text.lower() == "true")
            case ast.Integer(text) | ast.Float(text):
                return number(text)
            case ast.Date(text):
                return day(text)
            case ast.DateTime(text):
                return moment(text)
    except WrongLiteral as error:
        raise wrong(str(error)) from None
    raise wrong("Zulke waarden (guid, duration, tijd zonder datum, geography) heeft deze feed niet.")


# -- the bounds of changed_at ------------------------------------------------------------------------------------------


def _bounds(tree: Any) -> tuple[list[str], list[str]]:
    """What must hold of `changed_at`, whatever else does: the least moments, and the greatest."""
    sinces, untils = [], []
    for side in _all_needed(tree):
        if not isinstance(side, ast.Compare):
            continue
        op, column, value = type(side.comparator), side.left, side.right
        if isinstance(value, ast.Identifier):
            op, column, value = _MIRRORED.get(op, op), value, column
        if column == ast.Identifier("changed_at") and isinstance(value, ast.DateTime):
            bound = str(_literal(value).value)
            sinces += [bound] if op in _FROM else []
            untils += [bound] if op in _UNTIL else []
    return sinces, untils


def _all_needed(tree: Any) -> Iterator[Any]:
    """The parts that must all hold, also those that stand together in parentheses."""
    for side in sides_of(tree, ast.And):
        if side is not tree and isinstance(side, ast.BoolOp):
            yield from _all_needed(side)
        else:
            yield side
