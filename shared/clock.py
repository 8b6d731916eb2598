"""Time inside the link: UTC, to the microsecond, in a text that sorts. A peer's local times: `domain/local_time.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """`2026-11-23T04:36:55.000000Z`: always the same length, so that texts sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


Moment = Annotated[AwareDatetime, PlainSerializer(to_text, when_used="json")]
