"""Time inside the link: UTC, in microseconds. The local times of the peers: `domain/local_time.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer

Clock = Callable[[], datetime]
"""Returns the present moment in UTC. Tests pass a clock that they set themselves."""


def utc_now() -> datetime:
    """The present moment, from the system's clock."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """An aware `moment` as `2026-11-23T04:36:55.000000Z`. All texts have one length, so they sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The moment of a text of `to_text`. Raises ValueError."""
    return datetime.fromisoformat(text)


Moment = Annotated[AwareDatetime, PlainSerializer(to_text, when_used="json")]
"""A field of a model: an aware moment, stored as a text of `to_text`."""
