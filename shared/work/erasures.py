"""Which contacts were erased, so that nothing is stored about them until they sign up again or Econobis asks."""

from __future__ import annotations

from datetime import datetime

from shared.clock import Clock
from shared.domain.erasure import UNDER_WAY, Erasure
from shared.domain.ids import ContactId
from shared.domain.keys import of_contact, of_past_erasure
from shared.domain.resident import Resident
from shared.domain.work import Work
from shared.errors import JustErased
from shared.store.port import Store
from shared.work.records import Records


class Erasures:
    """The records that `shared/erasure/erase.py` writes. Every method raises StoreUnavailable."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.records = Records(store, "erasures", Erasure)
        self._clock = clock

    def check(self, record: Work) -> None:
        """Raises JustErased when one of the record's contacts was erased less than UNDER_WAY ago.

        In that time the record may come from a step that ran during the erasure. After that time a new resident means
        that Econobis asked something for the contact, and that ends the erasure.
        """
        for contact in record.contacts:
            erasure = self.records.get(of_contact(record.cooperation, contact))
            if erasure and self._clock() <= erasure.at + UNDER_WAY:
                raise JustErased("this contact was erased a moment ago")
            if erasure and isinstance(record, Resident):
                self.end(record.cooperation, contact, self._clock())

    def end(self, cooperation: str, contact_id: ContactId, at: datetime) -> None:
        """The contact came back at `at` (UTC): from now on events about it are stored again."""
        for key, erasure in self.records.find(where={"cooperation": cooperation, "contact_id": contact_id}):
            past = of_past_erasure(cooperation, contact_id, erasure.at)
            if key == past or erasure.at >= at:
                continue
            ended = erasure.model_copy(update={"due_at": None})
            self.records.update(past, lambda _record, ended=ended: ended)  # type: ignore[misc]  # its default
            self.records.delete(key)
