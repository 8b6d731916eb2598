"""The settings of one stand-in of Hoomdossier."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class HoomdossierSettings(BaseModel, frozen=True, extra="forbid"):
    """`token` is the bearer token of callers. A push goes to `{econobis_url}/{econobis_key}/hoomdossier/{kind}`.

    Without `econobis_url` or `econobis_key`, or when `calls_enabled` (ECONOBIS_ENABLED there) is False, pushes are
    skipped silently, as in Hoomdossier. `calls_per_minute` is the limit per address of a caller.
    """

    country: Literal["NL", "BE"]
    token: str
    econobis_url: str | None = None
    econobis_key: str | None = None
    calls_enabled: bool = True
    calls_per_minute: int = 60
