"""What is wrong with one value that a person typed; the form that asked for it knows which field it is."""

from __future__ import annotations


class Problem(ValueError):
    """`text` is Dutch, a whole sentence or more, and shown to the resident."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
