"""The error for one value that a resident typed. Who catches it adds the name of the field."""

from __future__ import annotations

from shared.words import Words


class Problem(ValueError):
    """`texts` are sentences in Dutch, shown to the resident one after the other."""

    def __init__(self, *texts: Words) -> None:
        super().__init__(" ".join(texts))
        self.texts = texts
