"""How long a page with a form has been open, by a time that we signed when the page asked for it.

The page puts the signed time into its hidden field FIELD. Nobody can make one without the cooperation's secret.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from typing import Any

from shared.domain.form_value import text_of
from shared.domain.keys import secret_key
from shared.domain.problem import Problem

FIELD = "dossierlink_made"
LONGEST = timedelta(days=1)
"""How long a page may be open. A robot can use a time that it was given once for as long."""


def sign_time(secret: str, cooperation: str, form: str, now: datetime) -> str:
    """The value of FIELD for a page of this form that is made at `now` (UTC)."""
    seconds = int(now.timestamp())
    return f"{seconds}-{_signature(secret, cooperation, form, seconds)}"


def seconds_open(secret: str, cooperation: str, form: str, given: Any, now: datetime) -> float | None:
    """How long the page was open at `now` (UTC), in seconds. `given` is the value of FIELD.

    None when it is missing or not signed by us for this form, or older than LONGEST. Also when it lies ahead: the clock
    of the instance that signed it may be wrong, and nobody should be taken for a robot for that.
    """
    try:
        parts = re.fullmatch("([0-9]{1,12})-([0-9a-f]{32})", text_of(given), re.ASCII)
    except Problem:
        return None
    if parts is None:
        return None
    seconds = int(parts[1])
    if not hmac.compare_digest(parts[2], _signature(secret, cooperation, form, seconds)):
        return None
    age = now.timestamp() - seconds
    return age if 0 <= age <= LONGEST.total_seconds() else None


def _signature(secret: str, cooperation: str, form: str, seconds: int) -> str:
    return secret_key(secret, "made", cooperation, form, seconds)
