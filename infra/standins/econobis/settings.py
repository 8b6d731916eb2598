"""The settings with which a stand-in of Econobis starts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class EconobisSettings(BaseModel, frozen=True, extra="forbid"):
    """The key of a webform opens both the web form and the endpoints for Hoomdossier. `event_key` is the key of a
    second webform, if there is one.

    The `hoom_…` settings are the cooperation's own (docs/peers/econobis.md 1): the URLs for registering a resident and
    linking a coach, and the bearer token for both. Without `hoom_link` everything about Hoomdossier is off.
    """

    country: Literal["NL", "BE"]
    webform_key: str
    event_key: str | None = None
    hoom_link: str | None = None
    hoom_connect_coach_link: str | None = None
    hoom_key: str | None = None
