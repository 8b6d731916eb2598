"""Words of ours in Dutch that a page can show in another language, also when a value was filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self


class Words(str):
    """The words in Dutch. `shape` is what a catalog translates: with `{names}` where values are filled in.

    A value that is `Words` is translated too; any other value, such as what somebody typed, stays as it is.
    """

    __slots__ = ("shape", "values")
    shape: str
    values: Mapping[str, object]

    def __new__(cls, shape: str, **values: object) -> Self:
        made = super().__new__(cls, shape.format(**values) if values else shape)
        made.shape, made.values = shape, values
        return made

    def having(self, **others: object) -> Self:
        """With these values, where it has values of their names."""
        values = {
            name: others.get(name, value.having(**others) if isinstance(value, Words) else value)
            for name, value in self.values.items()
        }
        return type(self)(self.shape, **values)

    def translated(self, translate: Callable[[str], str]) -> str:
        """`translate` gives the other language of a shape."""
        values = {
            name: value.translated(translate) if isinstance(value, Words) else value
            for name, value in self.values.items()
        }
        shape = translate(self.shape)
        return shape.format(**values) if values else shape
