"""What one stand-in of Econobis is told at its start."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class EconobisSettings(BaseModel, frozen=True, extra="forbid"):
    """`webform_key` opens the webform and the endpoints for Hoomdossier alike, `max_requests_per_minute` holds for both.

    The `hoom_…` settings are the cooperation's own: where it registers residents and links coaches (whole URLs), and
    the bearer token for both. Without `hoom_link` everything about Hoomdossier is off.
    """

    country: Literal["NL", "BE"]
    webform_key: str
    hoom_link: str | None = None
    hoom_connect_coach_link: str | None = None
    hoom_key: str | None = None
    max_requests_per_minute: int = 60
