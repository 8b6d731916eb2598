"""Calls a parser of the domain that may refuse what somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.domain.problem import Problem
from shared.words import Words

COUNTRIES = ("NL", "BE")


def attempt(parse: Callable[..., Any], *arguments: Any) -> Any:
    """The value, or None when the parser refused with a sentence."""
    try:
        return parse(*arguments)
    except Problem as problem:
        assert all(isinstance(text, Words) and text.endswith(".") for text in problem.texts)
        return None
