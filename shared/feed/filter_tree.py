"""Reads the text of OData's `$filter` into a tree of odata-query, and refuses what that takes too broadly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException, ParsingException, TokenizingException
from odata_query.grammar import ODataLexer, ODataParser

from shared.errors import BadInput

LONGEST = 8_000  # characters
_DEEPEST = 100  # parts in parts, each of which takes some frames of the stack
_OPTION = "$filter"
_ARITHMETIC = {"UMINUS", "ADD", "SUB", "MUL", "DIV", "MOD"}
_PLAIN = ("NULL", "INTEGER", "DECIMAL", "STRING", "BOOLEAN", "DATE", "DATETIME", "ODATA_IDENTIFIER")


def tree_of(text: str) -> Any:
    """The tree of the whole filter. Raises BadInput, as `read_filter`."""
    if len(text) > LONGEST:
        raise wrong(f"Het filter is te lang: hooguit {LONGEST} tekens.")
    try:
        tokens = list(_with_lists_of_one(_checked(text, ODataLexer().tokenize(text))))
        tree = ODataParser().parse(iter(tokens))
    except (TokenizingException, ParsingException) as error:
        raise _not_read(text, error) from None
    except ODataException:  # A function that the library does not know, or with other arguments.
        raise missing("Functies") from None
    if tree is None:
        raise wrong("Het filter is leeg.")
    if _is_too_deep(tree):
        raise wrong("Het filter is te diep genest.")
    return tree


def _is_too_deep(tree: Any) -> bool:
    """Walks without recursion: the tree may be deeper than the stack."""
    left = [(tree, 0)]
    while left:
        node, depth = left.pop()
        if depth > _DEEPEST:
            return True
        left += [(part, depth + 1) for part in _parts(node)]
    return False


def _parts(node: Any) -> Sequence[Any]:
    match node:
        case ast.BoolOp(op):
            return sides_of(node, type(op))
        case ast.UnaryOp(_, operand):
            return [operand]
        case ast.Compare(_, left, right):
            return [left, right]
        case ast.List(items):
            return items
    return []


def _checked(text: str, tokens: Iterator[Any]) -> Iterator[Any]:
    """Refuses what the parser would take, or would call a function."""
    before = ""
    for token in tokens:
        if token.type == "/" or (token.type == ":" and before == "ODATA_IDENTIFIER"):
            raise missing("Paden en lambda's")
        if token.type in _ARITHMETIC:
            raise missing("Rekenen")
        if token.type == "NOT" and text[token.index - 1 : token.index].isalnum():
            raise _unread(token)
        before = token.type
        yield token


def _with_lists_of_one(tokens: Iterable[Any]) -> Iterator[Any]:
    """Adds the comma that the library wants after the one item of `in ('x')`."""
    before: list[Any] = []
    for token in tokens:
        if token.type != "WS":
            if token.type == ")" and [it.type for it in before[-3:-1]] == ["IN", "("] and before[-1].type in _PLAIN:
                comma = type(token)()
                comma.type = comma.value = ","
                comma.index, comma.lineno = token.index, token.lineno
                yield comma
            before = [*before[-2:], token]
        yield token


def _not_read(text: str, error: TokenizingException | ParsingException) -> BadInput:
    outside = re.sub(r"'(?:[^']|'')*'", "''", text)
    if re.search(r"[@$]|\shas\s", outside):
        raise missing("Aliassen (@naam), $it en has")
    return _unread(error.token) if hasattr(error.token, "index") else wrong("Het filter houdt te vroeg op.")


def _unread(token: Any) -> BadInput:
    return wrong(f"Het filter is niet te lezen bij teken {token.index + 1}.")


def sides_of(node: Any, op: type[Any]) -> list[Any]:
    """`a and b and c`, which the library nests, as [a, b, c]."""
    sides: list[Any] = []
    while isinstance(node, ast.BoolOp) and isinstance(node.op, op):
        sides.append(node.right)
        node = node.left
    return [node, *reversed(sides)]


def wrong(text: str) -> BadInput:
    """The error for a filter that is wrong."""
    return BadInput({_OPTION: [text]}, 400)


def missing(what: str) -> BadInput:
    """The error for what OData has and this feed has not."""
    return BadInput({_OPTION: [f"{what} kan deze feed niet."]}, 501)
