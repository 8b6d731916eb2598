"""What one stand-in of Econobis is told at its start."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class EconobisSettings(BaseModel, frozen=True, extra="forbid"):
    """Each key is that of a webform, and opens the webform and the endpoints for Hoomdossier alike. It may be called
    `max_requests_per_minute`, whatever for. `event_key` is that of a second webform, if there is one.

    The `hoom_…` settings are the cooperation's own: where it registers residents and links coaches (whole URLs), and
    the bearer token for both. Without `hoom_link` everything about Hoomdossier is off.
    """

    country: Literal["NL", "BE"]
    webform_key: str
    event_key: str | None = None
    hoom_link: str | None = None
    hoom_connect_coach_link: str | None = None
    hoom_key: str | None = None
    max_requests_per_minute: int = 60
