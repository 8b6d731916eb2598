"""The error for one value that a resident typed. Who catches it adds the name of the field."""

from __future__ import annotations


class Problem(ValueError):
    """`text` is one or more sentences in Dutch, shown to the resident."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
