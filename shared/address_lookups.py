"""Street and town of a postcode and a number: remembered for a while, else asked of the register.

What is remembered names nobody: its key is a keyed hash of postcode and number, and it holds no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.clock import Clock, to_text, utc_now
from shared.domain.homes import Homes
from shared.domain.keys import secret_key
from shared.errors import AlreadyExists, StoreError
from shared.logs import log
from shared.retention import ADDRESS_LOOKUPS
from shared.store.port import Data, Store

if TYPE_CHECKING:
    from shared.address_register import AddressRegister

COLLECTION = "address_lookups"
UNKNOWN_KEPT = timedelta(days=1)
"""How long it is remembered that the register knows no such home: a new house is in it soon."""


@dataclass(frozen=True)
class AddressLookups:
    """Look-ups of one cooperation. `secret` keys the hashes under which they are remembered.

    A store that is away is no reason not to answer.
    """

    store: Store
    register: AddressRegister
    secret: str
    clock: Clock = utc_now

    def homes(self, postcode: str, number: int) -> Homes | None:
        """The homes with this Dutch postcode and number; None when the register knows none. Raises RegisterAway."""
        key = secret_key(self.secret, "address", postcode, number)
        known = self._remembered(key)
        if known is not None:
            return _homes_of(known)
        homes = self.register.homes(postcode, number)
        self._remember(key, homes)
        return homes

    def _remembered(self, key: str) -> Data | None:
        try:
            document = self.store.get(COLLECTION, key)
        except StoreError as error:
            log.warning("address not looked up in the store", error=type(error).__name__)
            return None
        return document.data if document else None

    def _remember(self, key: str, homes: Homes | None) -> None:
        until = self.clock() + (UNKNOWN_KEPT if homes is None else ADDRESS_LOOKUPS)
        kept = {"street": homes.street, "city": homes.city, "additions": list(homes.additions)} if homes else {}
        try:
            self.store.create(COLLECTION, key, {**kept, "expires_at": to_text(until)})
        except AlreadyExists:  # Somebody else asked at the same moment.
            return
        except StoreError as error:
            log.warning("address not kept", error=type(error).__name__)


def _homes_of(data: Data) -> Homes | None:
    return Homes(data["street"], data["city"], tuple(data["additions"])) if "street" in data else None
