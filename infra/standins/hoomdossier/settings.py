"""What one stand-in of Hoomdossier is told at its start."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class HoomdossierSettings(BaseModel, frozen=True, extra="forbid"):
    """`token` is what Econobis and we call with. A push goes to `{econobis_url}/{econobis_key}/hoomdossier/{kind}`.

    Without `econobis_url` or `econobis_key` a push is silently skipped, as in Hoomdossier's production.
    `calls_enabled` is Hoomdossier's ECONOBIS_ENABLED. `calls_per_minute` counts per caller's address.
    """

    country: Literal["NL", "BE"]
    token: str
    econobis_url: str | None = None
    econobis_key: str | None = None
    calls_enabled: bool = True
    calls_per_minute: int = 60
