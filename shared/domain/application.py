"""An application for a dossier, and the account that comes of it. Econobis applies and Hoomdossier registers.

Neither peer's field names stand here: `econobis/inbound.py` reads an application, `hoomdossier/payloads.py` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shared.domain.ids import ContactId


@dataclass(frozen=True)
class Application:
    """One resident and one home, with the values that Econobis has. Only white space has been tidied.

    `last_name` includes the prefix. `house_number` may include the addition (`12a`). `phone` and `addition` are empty
    when absent. `residents` counts persons, `gas` is in m3 a year, and `electricity` in kWh a year (negative for a home
    that feeds in more than it uses); each is None when unknown, and none of the three is limited to what is possible.
    """

    contact_id: ContactId
    email: str
    first_name: str
    last_name: str
    postal_code: str
    house_number: str
    street: str
    city: str
    addition: str = ""
    phone: str = ""
    residents: Decimal | None = None
    gas: Decimal | None = None
    electricity: Decimal | None = None


@dataclass(frozen=True)
class Registered:
    """Hoomdossier's ids of the account (one per person) and the user (one per person and cooperation).

    `user_id` is 0 when Hoomdossier's answer does not name the user.
    """

    account_id: int
    user_id: int
