"""What a register of addresses knows of one house number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Homes:
    """The homes with one postcode and one number. `additions`: theirs, in the order in which people would list them.

    `""` among them is the home without an addition. They are empty when there are more than the register tells at once.
    """

    street: str
    city: str
    additions: Sequence[str] = ()
