"""The cooperation that an operator names."""

from __future__ import annotations

from shared.config import Cooperation
from shared.work.services import Services


class NoCooperation(Exception):
    """The settings have no cooperation with this name. The text says which they have."""


def settings_of(services: Services, name: str) -> Cooperation:
    """Raises NoCooperation."""
    if name not in services.cooperations:
        raise NoCooperation(f"no cooperation {name}, only {', '.join(services.cooperations)}")
    return services.cooperations[name]
