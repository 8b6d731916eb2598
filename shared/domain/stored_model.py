"""The base of every model that is stored, so that two versions of the link can work on the same documents.

During an update instances of the old and of the new version run side by side, and after a rollback the old version
finds what the new one wrote. CONTRIBUTING, "Changing a stored model", has the rules that follow from this file.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class StoredModel(BaseModel):
    """A document, or a part of one. Fields that a newer version added are kept when this version writes it.

    VERSION of a document goes up with a change that older code must not work with: it then leaves the document alone.
    """

    VERSION: ClassVar[int] = 1
    SHOWN: ClassVar[tuple[str, ...]] = ()
    """The fields of which a feed tells. When one changes, `Records` sets `changed_at`, which the model has."""

    model_config = ConfigDict(extra="allow")

    def derived(self) -> dict[str, Any]:
        """Further fields of the document, by which the store is searched. They follow from the others.

        Always the same names, with None where there is no value, because what a document held before is kept.
        """
        return {}
